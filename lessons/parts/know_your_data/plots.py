"""The plots of the lesson *Know your data*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, PALETTE
from lowres_kit.words import Words

words = Words(__package__)


def plain(name):
    """Write the name of a class as people do, on lines short enough for a picture's edge."""
    return name.replace("_", " ")


def photo_rows(rows, names, heading, columns=()):
    """Draw rows of photos, with a name before each row.

    Parameters
    ----------
    rows : sequence of sequence
        Photos, uint8 ``(size, size, 3)``; rows may differ in length.
    names : sequence of str
        One a row.
    heading : str
        It must say "simulated" where the photos are.
    columns : sequence of str
        Titles of the columns, if they have any.

    Returns
    -------
    matplotlib.figure.Figure
    """
    width = max(len(row) for row in rows)
    size = (8.4, 0.5 + 8.2 / width * len(rows) + 0.2 * bool(columns))
    figure, axes = plt.subplots(len(rows), width, figsize=size, squeeze=False)
    for number, (row, name) in enumerate(zip(rows, names)):
        axes[number, 0].set_ylabel(plain(name).replace(" ", "\n"), fontsize=9)
        for axis, photo in zip(axes[number], row):
            axis.imshow(photo)
    for axis, title in zip(axes[0], columns):
        axis.set_title(title, fontsize=9)
    _bare(axes)
    figure.suptitle(heading, fontsize=10)
    return figure


def suspect_grid(photos, above, below, heading):
    """Draw ten photos in two rows, with a text above and below each one."""
    figure, axes = plt.subplots(2, 5, figsize=(8.4, 5), squeeze=False)
    for axis, photo, title, note in zip(axes.flat, photos, above, below):
        axis.imshow(photo)
        axis.set_title(title, fontsize=8)
        axis.set_xlabel(note, fontsize=8)
    _bare(axes)
    figure.suptitle(heading, fontsize=10)
    figure.get_layout_engine().set(h_pad=0.08)
    return figure


def _bare(axes):
    """Take away ticks and frames, also those of places without a photo."""
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)


def money_curves(money, careful, quick, what, kind):
    """Draw what two ways of spending the same money on labels achieve.

    Parameters
    ----------
    money : sequence of int
        The money, as the number of quick labels that it buys for each class.
    careful, quick : sequence of float
        Share of the test photos that is answered rightly, for each amount of money.
    what : str
        How many quick labels are wrong, and in which way.
    kind : str
        "simulated" or "real".

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 3.2))
    axis.plot(money, 100 * np.array(careful), label=words("money.careful"))
    axis.plot(money, 100 * np.array(quick), label=words("money.quick", what=what))
    axis.set_xscale("log")
    axis.set_xticks(money, [str(amount) for amount in money])
    axis.minorticks_off()
    # The scale stays while the controls move: the curves shall move, not the axis under them.
    axis.set(ylim=(20, 100), ylabel=words("money.score", kind=kind))
    axis.set_xlabel(words("money.money"))
    axis.legend(loc="upper left", fontsize=9)
    return figure


def leak_bars(estimate, truth, kind):
    """Draw what each way to split promises, beside what the same models do on other photos.

    Parameters
    ----------
    estimate, truth : dict of str to float
        Way to split, and a share of right answers from 0 to 1.
    kind : str
        "simulated" or "real".

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 2.6))
    for number, (what, scores) in enumerate((("estimate", estimate), ("truth", truth))):
        places = np.arange(len(scores)) + 0.38 * (number - 0.5)
        shares = [100 * score for score in scores.values()]
        look = {"color": PALETTE[1 - number], "hatch": HATCHES[1 - number], "edgecolor": "black"}
        bars = axis.barh(places, shares, 0.36, label=words(f"leak.bars.{what}"), **look)
        axis.bar_label(bars, [words("leak.share", share=share) for share in shares], padding=4)
    axis.set_yticks(range(len(estimate)), list(estimate))
    axis.invert_yaxis()
    axis.set_axisbelow(True)
    axis.set(xlim=(0, 110), xlabel=words("leak.score", kind=kind))
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=9, frameon=False)
    return figure
