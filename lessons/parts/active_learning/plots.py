"""The plots of the lesson *Active learning*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, LINES, MARKERS, PALETTE, PAPER
from lowres_kit.words import Words

words = Words(__package__)


def photo_rows(pixels, rows, heading):
    """Draw rows of photos, each row with a word of its own and each photo with a title.

    Parameters
    ----------
    pixels : numpy.ndarray
        uint8, ``(n, size, size, 3)``: all photos.
    rows : dict of str to sequence
        For each row's word the photos as pairs ``(position, title)``.
    heading : str
        Above all.

    Returns
    -------
    matplotlib.figure.Figure
    """
    across = max(map(len, rows.values()))
    figure, axes = plt.subplots(len(rows), across, figsize=(8, 1.9 * len(rows)), squeeze=False)
    for line, (name, photos) in zip(axes, rows.items()):
        for axis in line:
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        for axis, (position, title) in zip(line, photos):
            axis.imshow(pixels[position])
            axis.set_title(title, fontsize=8)
        line[0].text(-0.12, 0.5, name, transform=line[0].transAxes, rotation=90, va="center",
                     ha="center", fontsize=9)  # fmt: skip
    figure.suptitle(heading, fontsize=10)
    return figure


def curves_view(curves, best, photos, kind, price=None, currency="", drop=40):
    """Draw accuracy against labels, one line a way of asking, with bands over the seeds.

    Parameters
    ----------
    curves : dict of str to LabelCurve
        By name; the first four lines can be told apart in print, more by their marks.
    best : float
        Accuracy with all labels, 0 to 1.
    photos : int
        With how many photos all were tested.
    kind : str
        "simulated" or "real" and what the pictures are, such as "simulated photos".
    price : float, optional
        Of one label; gives a second axis in money.
    currency : str
        Of the price.
    drop : float
        How many points below `best` the picture ends, or lower if a line begins lower.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 3.6))
    for number, (name, curve) in enumerate(curves.items()):
        look = {"color": PALETTE[number % 7], "ls": LINES[number % 4], "marker": MARKERS[number]}
        curve.plot(axis, name, markevery=3, ms=5, **look)
    axis.axhline(100 * best, color="black", ls="-", lw=1, marker="")
    axis.axhline(90 * best, color="black", ls=":", lw=1, marker="")
    end = max(curve.labels[-1] for curve in curves.values())
    axis.text(0.01 * end, 100 * best, words("curves.all_labels"), fontsize=8, va="bottom")
    axis.text(0.01 * end, 90 * best, words("curves.most_of_that"), fontsize=8, va="bottom")
    lowest = min(100 * best - drop, *(100 * curve.median.min() - 3 for curve in curves.values()))
    axis.set(xlim=(0, 1.02 * end), ylim=(max(0, lowest), min(101, 100 * best + 6)))
    axis.set_ylabel(words("curves.score", photos=photos, kind=kind))
    if price is not None:
        money = axis.twiny()
        money.set_xlim(price * np.array(axis.get_xlim()))
        money.set_xticks([sum_ for sum_ in money.get_xticks() if 0 <= sum_ <= money.get_xlim()[1]])
        money.set_xlabel(words("curves.money", currency=currency))
        money.grid(False)
    figure.legend(loc="outside lower center", ncols=3, fontsize=9)
    return figure


def chosen_view(features, chosen, kind):
    """Draw the pool as points, and on it which photos each way would label first.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``; drawn by their first two principal components.
    chosen : dict of str to sequence of int
        For each way the positions.
    kind : str
        What the photos are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    centred = features - features.mean(axis=0)
    place = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    size = (2.7 * len(chosen), 2.9)
    figure, axes = plt.subplots(1, len(chosen), figsize=size, sharey=True, squeeze=False)
    for number, (axis, (name, photos)) in enumerate(zip(axes[0], chosen.items())):
        axis.plot(*place.T, ls="", marker=".", ms=4, color="#BBBBBB")
        look = {"marker": MARKERS[number], "color": PALETTE[number], "markeredgecolor": "black"}
        axis.plot(*place[photos].T, ls="", ms=7, **look)
        axis.set_title(name, fontsize=10)
        axis.set(xticks=[], yticks=[])
    figure.supxlabel(words("chosen.axes", kind=kind), fontsize=9)
    return figure


def needed_view(needs, most, seconds, wage, currency, heading):
    """Draw how many labels each way needs, and what they cost.

    Parameters
    ----------
    needs : dict of str to (float or None)
        Labels by way of asking; None where `most` were not enough.
    most : int
        Labels that were tried.
    seconds, wage : float
        For one label, and for an hour.
    currency : str
        Of the wage.
    heading : str
        What the labels are needed for.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(7, 1.2 + 0.42 * len(needs)))
    for row, (name, labels) in enumerate(needs.items()):
        shown = most if labels is None else labels
        look = {"color": PALETTE[row % 7], "hatch": HATCHES[row % 6], "edgecolor": "black"}
        axis.barh(row, shown, alpha=0.35 if labels is None else 1, **look)
        minutes = shown * seconds / 60
        money = minutes / 60 * wage
        money = f"{money:.2f}" if money < 100 else f"{money:,.0f}"
        cost = words("needed.cost", labels=shown, minutes=minutes, money=money, currency=currency)
        if labels is None:
            cost = words("needed.more_than", cost=cost)
        axis.text(shown + 0.02 * most, row, cost, va="center", fontsize=8, bbox=PAPER)
    axis.set_yticks(range(len(needs)), list(needs))
    axis.invert_yaxis()
    axis.set_axisbelow(True)
    axis.set(xlim=(0, 2.1 * most), xlabel=words("needed.labels"))
    axis.set_xticks(axis.get_xticks()[axis.get_xticks() <= most])
    axis.set_title(heading, fontsize=10)
    return figure


def steady_view(labels, runs, photos, kind):
    """Draw agreement and accuracy, turn by turn, and where the rule says stop.

    Parameters
    ----------
    labels : sequence of int
        Of each turn.
    runs : dict of str to tuple
        By name ``(kappas, scores, stop)``: agreement of each turn with the one before (one
        fewer than turns), accuracy of each, and the turn to stop at or None.
    photos : int
        With how many photos accuracy was measured.
    kind : str
        What the photos are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, len(runs), figsize=(4 * len(runs), 3), sharey=True)
    for axis, (name, (kappas, scores, stop)) in zip(np.atleast_1d(axes), runs.items()):
        look = {"ms": 4, "markevery": 2}
        axis.plot(labels[1:], kappas, color=PALETTE[0], marker="o", ls="-",
                  label=words("steady.agreement"), **look)  # fmt: skip
        axis.plot(labels, scores, color=PALETTE[1], marker="s", ls="--",
                  label=words("steady.accuracy", photos=photos, kind=kind), **look)  # fmt: skip
        if stop is not None:
            axis.axvline(labels[stop], color="black", ls=":", marker="", label=words("steady.stop"))
        axis.set_title(name, fontsize=10)
        axis.set(xlabel=words("steady.labels"), ylim=(0, 1.04))
    handles = {}
    for axis in np.atleast_1d(axes):
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels())))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, fontsize=8)
    return figure
