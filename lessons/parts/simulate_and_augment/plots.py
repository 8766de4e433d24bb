"""The plots of the lesson *Simulate and augment*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, MARKERS, PALETTE
from lowres_kit.words import Words

words = Words(__package__)


def strip(pictures, titles, title, rows=1):
    """Draw pictures in rows, each with a few words above it.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        uint8 photos ``(height, width, 3)``, or ink from 0 to 1 ``(height, width)``.
    titles : sequence of str
        One a picture.
    title : str
        Above all of them; says whether they are simulated, real or made up.
    rows : int
        In how many rows.

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns = -(-len(pictures) // rows)
    wide = min(1.35, 8.4 / columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(wide * columns, 0.45 + (wide + 0.25) * rows), squeeze=False
    )
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.axis("off")
    for axis, picture, above in zip(axes.flat, pictures, titles):
        picture = np.asarray(picture)
        if picture.ndim == 2:  # ink on paper
            axis.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        else:
            axis.imshow(picture)
        axis.set_title(above.replace("_", " "), fontsize=8)
    figure.suptitle(title, fontsize=10)
    return figure


def class_view(gains, classes, subtitle):
    """Draw, for each class, by how many points each change helps or hurts.

    Parameters
    ----------
    gains : dict of str to sequence of float
        For each change the gain of each class, as a share: 0.1 is ten points.
    classes : sequence of str
        Names of the classes.
    subtitle : str
        What was measured on what.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = [str(name).replace("_", "\n") for name in classes]
    figure, axis = plt.subplots(figsize=(7.4, 3))
    places, wide = np.arange(len(names)), 0.8 / len(gains)
    for number, (change, found) in enumerate(gains.items()):
        at = places + wide * (number - (len(gains) - 1) / 2)
        look = {"color": PALETTE[number], "hatch": HATCHES[number], "edgecolor": "black"}
        axis.bar(at, 100 * np.asarray(found), wide, label=change.replace("_", " "), **look)
    axis.axhline(0, color="black", lw=1, ls="-", marker="")
    axis.set_axisbelow(True)
    axis.set_xticks(places, names)
    axis.set(ylabel=words("classes.gain"), xlabel=subtitle)
    figure.legend(loc="outside upper center", ncols=len(gains), fontsize=9)
    return figure


def seeds_view(scores, xlabel):
    """Draw a result of each way: a mark for each draw, a line at their median.

    Parameters
    ----------
    scores : dict of str to sequence of float
        For each way a share, 0 to 1, of each draw.
    xlabel : str
        What was measured, in percent.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 0.8 + 0.42 * len(scores)))
    everything = 100 * np.concatenate([np.asarray(found, float) for found in scores.values()])
    room = max(np.ptp(everything), 5)
    for row, (name, found) in enumerate(scores.items()):
        found = 100 * np.asarray(found, float)
        # Marks side by side where they would hide each other.
        places = row + 0.09 * (np.arange(len(found)) - (len(found) - 1) / 2)
        look = {"marker": MARKERS[row], "color": PALETTE[row], "markeredgecolor": "black"}
        axis.plot(found, places, ls="", ms=6, zorder=3, **look)
        axis.plot([np.median(found)] * 2, [row - 0.4, row + 0.4], "-", color="black", marker="")
        axis.text(0.99, row, words("seeds.median", median=np.median(found)), va="center",
                  ha="right", transform=axis.get_yaxis_transform(), fontsize=9)  # fmt: skip
    axis.set(xlim=(everything.min() - 0.1 * room, everything.max() + 0.5 * room))
    axis.set(ylim=(len(scores) - 0.5, -0.5), xlabel=xlabel)
    axis.set_yticks(range(len(scores)), list(scores))
    return figure


def distances_view(distances, limit, xlabel):
    """Draw how far examples lie from their nearest training example, a row a kind.

    Parameters
    ----------
    distances : dict of str to sequence of float
        For each kind of example its distances.
    limit : float
        Nearer than that is suspect.
    xlabel : str
        What the distance is, with its unit.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(
        len(distances), 1, figsize=(6.8, 0.7 + 0.75 * len(distances)), sharex=True
    )
    most = max(max(found) for found in distances.values())
    bins = np.linspace(0, most, 40)
    for number, (axis, (name, found)) in enumerate(zip(axes, distances.items())):
        look = {"color": PALETTE[number], "hatch": HATCHES[number], "edgecolor": "black"}
        axis.hist(found, bins, **look)
        axis.axvline(limit, color="black", ls="--", marker="")
        axis.set_yticks([])
        axis.grid(False)
        nearer = 100 * np.mean(np.asarray(found) < limit)
        axis.text(0.99, 0.9, words("distances.nearer", name=name, nearer=nearer), va="top",
                  ha="right", transform=axis.transAxes, fontsize=9)  # fmt: skip
    axes[-1].set(xlim=(0, 1.5 * most), xlabel=xlabel)
    return figure
