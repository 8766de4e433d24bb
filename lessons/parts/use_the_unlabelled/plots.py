"""The plots of the lesson *Use the unlabelled*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, LINES, MARKERS, PALETTE
from lowres_kit.words import Words

words = Words(__package__)


def taken_view(names, guess, truth, taken, kind):
    """Draw, for each class, how many pseudo-labels were taken, and how many of them are right.

    Parameters
    ----------
    names : sequence of str
        Of the k classes.
    guess, truth : numpy.ndarray
        int, ``(m,)``: pseudo-label and label of each photo without a label.
    taken : numpy.ndarray
        bool, ``(m,)``: whether its pseudo-label is used.
    kind : str
        "simulated", "real" or another word for the photos.

    Returns
    -------
    matplotlib.figure.Figure
    """
    right, wrong = (
        np.bincount(guess[taken & same], minlength=len(names))
        for same in (guess == truth, guess != truth)
    )
    figure, axis = plt.subplots(figsize=(6.8, 1.5 + 0.3 * len(names)))
    rows = np.arange(len(names))
    axis.barh(rows, right, color=PALETTE[0], edgecolor="black",
              label=words("taken_view.right"))  # fmt: skip
    axis.barh(rows, wrong, left=right, color=PALETTE[1], hatch=HATCHES[1], edgecolor="black",
              label=words("taken_view.wrong"))  # fmt: skip
    axis.set_yticks(rows, [str(name).replace("_", " ") for name in names])
    axis.invert_yaxis()
    axis.set_axisbelow(True)
    axis.set_xlim(0, max(1, 1.05 * np.bincount(guess, minlength=len(names)).max()))
    axis.set_xlabel(words("taken_view.across", kind=kind))
    counts = {"count": int(taken.sum()), "photos": len(guess)}
    if taken.any():
        share = 100 * right.sum() / counts["count"]
        heading = words("taken_view.heading", right=share, **counts)
    else:
        heading = words("taken_view.none_taken", **counts)
    axis.set_title(heading, fontsize=10)
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    return figure


def moons_view(x, y, named, answers):
    """Draw two half moons: the points with a label, and what each method says of the others.

    Parameters
    ----------
    x, y : numpy.ndarray
        float ``(n, 2)`` and int ``(n,)``.
    named : numpy.ndarray
        int positions: the points with a label.
    answers : dict of str to numpy.ndarray
        For each method its answers, int ``(n,)``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, len(answers), figsize=(7.4, 2.9), sharey=True)
    for axis, (name, predicted) in zip(axes, answers.items()):
        for k in (0, 1):
            own = predicted == k
            axis.scatter(*x[own].T, s=14, marker=MARKERS[k], color=PALETTE[k], alpha=0.6)
            given = named[y[named] == k]
            axis.scatter(*x[given].T, s=130, marker=MARKERS[k], color=PALETTE[k],
                         edgecolor="black", linewidth=2, zorder=3)  # fmt: skip
        share = 100 * (predicted == y).mean()
        axis.set_title(words("moons_view.heading", method=name, right=share), fontsize=10)
        axis.set_xlabel(words("moons_view.across"))
    axes[0].set_ylabel(words("moons_view.up"))
    return figure


def curves_view(worlds, promises):
    """Draw for each set of photos the curve of each method, and what is to be reached.

    Parameters
    ----------
    worlds : dict of str to dict of str to Curve
        For each set of photos, for each method its learning curve.
    promises : dict of str to float
        For each set the accuracy to reach, 0 to 1.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, len(worlds), figsize=(8.6, 4.2), sharey=True)
    for axis, (title, curves) in zip(np.atleast_1d(axes), worlds.items()):
        for i, (name, curve) in enumerate(curves.items()):
            curve.plot(axis, label=name, color=PALETTE[i], marker=MARKERS[i], ls=LINES[i % 4])
        axis.axhline(100 * promises[title], color="black", ls=":", marker="",
                     label=words("curves_view.promise"))  # fmt: skip
        counts = max((curve.counts for curve in curves.values()), key=len)
        axis.set_xticks(counts, [str(count) for count in counts])  # a short curve sets its own
        axis.set_title(title, fontsize=10)
        axis.set_xlabel(words("curves_view.across"))
    for axis in np.atleast_1d(axes)[1:]:
        axis.set_ylabel("")
    lines, texts = np.atleast_1d(axes)[0].get_legend_handles_labels()
    figure.legend(lines, texts, loc="outside lower center", ncols=3, fontsize=9)
    return figure
