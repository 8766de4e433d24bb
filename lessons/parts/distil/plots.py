"""The plots of the lesson *Distil*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, MARKERS, PALETTE, PAPER
from lowres_kit.words import Words

words = Words(__package__)


def soft_label_view(photo, names, label, probabilities, temperature, kind):
    """Draw a photo, and beside it what the label and what the teacher say of it.

    Parameters
    ----------
    photo : numpy.ndarray
        uint8, ``(size, size, 3)``.
    names : sequence of str
        Of the classes.
    label : int
        The class that a person wrote down.
    probabilities : sequence of float
        The teacher's probabilities, softened.
    temperature : float
        With which they were softened.
    kind : str
        "simulated" or "real".

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3), width_ratios=[1, 1.9])
    left.imshow(photo)
    left.set(xticks=[], yticks=[])
    left.spines[:].set_visible(False)
    left.set_title(words("soft_label_view.photo", kind=kind), fontsize=10)
    places, high = np.arange(len(names)), 0.38
    ways = {
        words("soft_label_view.label_says"): 100.0 * (places == label),
        words("soft_label_view.teacher_says", temperature=temperature): 100
        * np.asarray(probabilities),
    }
    for number, (name, shares) in enumerate(ways.items()):
        look = {"color": PALETTE[4 - 3 * number], "hatch": HATCHES[number], "edgecolor": "black"}
        bars = right.barh(places + high * (number - 0.5), shares, high, label=name, **look)
        right.bar_label(bars, [f"{share:.1f}" for share in shares], padding=4, fontsize=9)
    right.set_yticks(places, [name.replace("_", "\n") for name in names])
    right.invert_yaxis()
    right.set_axisbelow(True)
    right.set(xlim=(0, 115), xlabel=words("soft_label_view.across"))
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    return figure


def ways_view(scores, teacher, photos, kind):
    """Draw the accuracy of each way to teach: a mark for each seed, a line at their mean.

    Parameters
    ----------
    scores : dict of str to sequence of float
        For each way the accuracy (0 to 1) with each seed.
    teacher : float
        Accuracy of the teacher, 0 to 1.
    photos : int
        With how many photos all were tested.
    kind : str
        "simulated" or "real".

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 1.4 + 0.45 * len(scores)))
    for row, (name, found) in enumerate(scores.items()):
        found = 100 * np.asarray(found)
        # Marks side by side where they would hide each other.
        places = row + 0.18 * (np.arange(len(found)) - (len(found) - 1) / 2)
        look = {"marker": MARKERS[row], "color": PALETTE[row], "markeredgecolor": "black"}
        axis.plot(found, places, ls="", ms=8, zorder=3, **look)
        axis.plot([found.mean()] * 2, [row - 0.38, row + 0.38], "-", color="black", marker="")
        mean = words("ways_view.mean", mean=found.mean())
        axis.text(0.99, row, mean, va="center", ha="right", fontsize=9, bbox=PAPER,
                  transform=axis.get_yaxis_transform())  # fmt: skip
    axis.axvline(100 * teacher, color="black", ls="--", marker="",
                 label=words("ways_view.teacher", right=100 * teacher))  # fmt: skip
    lowest = 100 * min(min(map(min, scores.values())), teacher)
    highest = 100 * max(max(map(max, scores.values())), teacher)
    room = max(highest - lowest, 5)
    axis.set(xlim=(lowest - 0.1 * room, highest + 0.45 * room), ylim=(len(scores) - 0.5, -0.5))
    axis.set_yticks(range(len(scores)), list(scores))
    axis.set_xlabel(words("ways_view.across", photos=photos, kind=kind))
    figure.legend(loc="outside upper center", fontsize=9)
    return figure
