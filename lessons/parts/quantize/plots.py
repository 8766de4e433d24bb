"""The plots of the lesson *Quantize*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import LINES, MARKERS, PALETTE
from lowres_kit.words import Words

words = Words(__package__)


def channel_bars(largest, step, name):
    """Draw the largest weight of each channel against the step of one scale for all.

    Parameters
    ----------
    largest : numpy.ndarray
        Largest magnitude in each channel.
    step : float
        The step that a single scale would give to all channels.
    name : str
        Of the layer.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.4, 2.6))
    # A channel of zeros would fall off a logarithmic axis.
    heights = np.maximum(np.sort(largest)[::-1], step / 1000)
    axis.bar(range(len(heights)), heights, color=PALETTE[4], edgecolor="black", linewidth=0.4)
    axis.axhline(step / 2, color="black", ls="--", label=words("channel_bars.half_a_step"))
    axis.set_yscale("log")
    axis.set(xlabel=words("channel_bars.across", layer=name), ylabel=words("channel_bars.up"))
    axis.legend(loc="upper right", fontsize=9)
    axis.set_axisbelow(True)
    return figure


def rounding_picture(weights, rounded, photo, coarse, before, after, heading):
    """Draw what few bits do to weights, to a photo, and to what a layer makes of the photo.

    Parameters
    ----------
    weights, rounded : numpy.ndarray
        Weights of a layer, and what is left of them.
    photo, coarse : numpy.ndarray
        uint8 ``(size, size, 3)``: a photo, its pixels rounded to as many bits.
    before, after : numpy.ndarray
        ``(height, width)``: one channel that the layer makes of the photo, with the weights and
        with the rounded ones.
    heading : str
        Stands above.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, 4, figsize=(9, 2.7), width_ratios=[1.5, 1, 1, 1])
    axes[0].plot(weights.ravel(), weights.ravel(), color="0.6", ls="-", marker="", lw=1)
    axes[0].plot(weights.ravel(), rounded.ravel(), ".", color=PALETTE[0], ms=3)
    axes[0].set(xlabel=words("rounding_picture.across"), ylabel=words("rounding_picture.up"))
    pictures = (
        (coarse, words("rounding_picture.photo"), {}),
        (before, words("rounding_picture.exact"), {}),
        (after, words("rounding_picture.rounded"), {"vmin": before.min(), "vmax": before.max()}),
    )
    for axis, (picture, title, limits) in zip(axes[1:], pictures):
        axis.imshow(picture, **limits)
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.suptitle(heading, fontsize=10)
    return figure


def accuracy_by_bits(curves, guess, kind, count):
    """Draw the accuracy against the bits of the weights.

    Parameters
    ----------
    curves : dict of str to dict
        For each way to round, its accuracy (0 to 1) by the number of bits.
    guess : float
        The accuracy of guessing, 0 to 1.
    kind : str
        "simulated" or "real" photos.
    count : int
        How many photos they were tested on.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.4, 3.4))
    for number, (name, curve) in enumerate(curves.items()):
        look = {"color": PALETTE[number], "marker": MARKERS[number], "ls": LINES[number]}
        axis.plot(list(curve), [100 * score for score in curve.values()], label=name, **look)
    by_chance = words("accuracy_by_bits.guessing")
    axis.axhline(100 * guess, color="black", ls=":", marker="", label=by_chance)
    bits = sorted({bits for curve in curves.values() for bits in curve})
    axis.set_xticks(bits, [str(one) for one in bits])
    axis.invert_xaxis()
    axis.set(xlabel=words("accuracy_by_bits.across"), ylim=(0, 102))
    axis.set_ylabel(words("accuracy_by_bits.up", count=count, kind=kind))
    axis.legend(loc="lower left", fontsize=9)
    return figure


def range_bars(ranges, marks=None, marks_name=None):
    """Draw the range of numbers of each tensor that flows through a network.

    Parameters
    ----------
    ranges : dict of str to tuple of float
        Tensor name to (smallest, largest), from the input to the output.
    marks : dict of str to tuple of float, optional
        Other ranges of the same tensors, drawn as marks.
    marks_name : str, optional
        What they are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(7.2, 3.4))
    places = np.arange(len(ranges))
    low, high = np.array(list(ranges.values())).T
    bars = {"color": PALETTE[4], "edgecolor": "black", "linewidth": 0.5}
    axis.bar(places, high - low, bottom=low, label=words("range_bars.all_photos"), **bars)
    if marks:
        ends = np.array([marks[name] for name in ranges]).T
        for end, sign in zip(ends, ("v", "^")):
            axis.plot(places, end, sign, color=PALETTE[5], ms=5, markeredgecolor="black",
                      label=marks_name if sign == "v" else None)  # fmt: skip
    axis.set(xlabel=words("range_bars.across"), ylabel=words("range_bars.up"))
    axis.set(xlim=(-1, len(ranges)))
    axis.set_xticks([])
    figure.legend(fontsize=9, loc="outside upper center", ncols=2)
    axis.set_axisbelow(True)
    return figure
