"""The plots of the lesson *Scope the problem*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, PALETTE
from lowres_kit.words import Words

words = Words(__package__)


def in_words(seconds):
    """Write a time as people say it: seconds, minutes, hours or days."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return words(f"time.{unit}", time=seconds / length)
    return words("time.seconds", time=seconds)


def waiting_bars(seconds, title):
    """Draw how long each download takes.

    Parameters
    ----------
    seconds : dict of str to float
        What is downloaded, and how long it takes in seconds.
    title : str
        Stands above the bars.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 2.3))
    bars = axis.barh(list(seconds), list(seconds.values()), color=PALETTE[4], edgecolor="black")
    axis.bar_label(bars, [in_words(second) for second in seconds.values()], padding=4)
    # The scale stays while the slider moves: the bars shall move, not the axis under them.
    axis.set(xscale="log", xlim=(0.05, 3e6), title=title, xlabel=words("waiting.time"))
    marks = {"tenth": 0.1, "second": 1, "minute": 60, "hour": 3600, "day": 86400}
    axis.set_xticks(list(marks.values()), [words(f"waiting.mark.{mark}") for mark in marks])
    axis.minorticks_off()
    axis.set_axisbelow(True)
    axis.invert_yaxis()
    return figure


def score_bars(scores, promise, what):
    """Draw accuracies as bars against the promised one.

    Parameters
    ----------
    scores : dict of str to float
        Way of answering, and its accuracy from 0 to 1.
    promise : float
        The accuracy on the scope card.
    what : str
        Which photos: it must say "simulated" where they are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 2.3))
    shares = [100 * score for score in scores.values()]
    bars = axis.barh(list(scores), shares, color=PALETTE[4], edgecolor="black")
    axis.bar_label(bars, [words("scores.share", share=share) for share in shares], padding=4)
    axis.axvline(100 * promise, color="black", linestyle="--")
    axis.set_title(words("scores.promise", promise=100 * promise), fontsize=10, loc="right")
    axis.set(xlim=(0, 108), xlabel=words("scores.accuracy", what=what))
    axis.set_axisbelow(True)
    axis.invert_yaxis()
    return figure


def photo_row(photos, titles, heading):
    """Draw a few photos, uint8 ``(n, size, size, 3)``, in one row with a title each."""
    figure, axes = plt.subplots(1, len(photos), figsize=(7.4, 7.4 / len(photos) + 0.7))
    for axis, photo, title in zip(np.atleast_1d(axes), photos, titles):
        axis.imshow(photo)
        axis.set_title(title, fontsize=8)
        axis.axis("off")
    figure.suptitle(heading, fontsize=10)
    return figure


def cost_curve(cost_at, threshold, ratio, call_everybody, missed, alarms, accuracy):
    """Draw the cost against the threshold, with the errors at one threshold beside it.

    Parameters
    ----------
    cost_at : callable
        Threshold to cost for 100 people, in false alarms.
    threshold : float
        Where the reader stands.
    ratio : float
        The cost of a missed case, in false alarms.
    call_everybody : float
        What it costs to call everybody.
    missed, alarms : int
        Missed cases and false alarms at `threshold`.
    accuracy : float
        From 0 to 1, at `threshold`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.8, 3.3), width_ratios=[3, 2])
    grid = np.linspace(0.01, 0.99, 99)
    costs = [cost_at(t) for t in grid]
    left.plot(grid, costs, color=PALETTE[0], marker="", label=words("cost.model"))
    left.axhline(call_everybody, color="black", linestyle=":", label=words("cost.call_everybody"))
    rule = 1 / (1 + ratio)
    left.axvline(rule, color="#767676", linestyle="--", label=f"1 / (1 + {ratio}) = {rule:.2f}")
    here = words("cost.here", cost=cost_at(threshold))
    left.plot(threshold, cost_at(threshold), "D", color=PALETTE[5], markersize=9, label=here)
    left.set(xlabel=words("cost.threshold"), ylim=(0, None), xlim=(0, 1))
    left.set_ylabel(words("cost.cost"))
    left.legend(fontsize=8, loc="upper center")
    bars = right.bar(
        [words("cost.missed"), words("cost.alarms")],
        [missed, alarms],
        color=[PALETTE[5], PALETTE[4]],
        hatch=[HATCHES[1], HATCHES[0]],
        edgecolor="black",
    )
    right.bar_label(bars)
    right.set(ylabel=words("cost.women"), ylim=(0, max(60, 1.1 * max(missed, alarms))))
    right.set_axisbelow(True)
    right.set_title(words("cost.accuracy", accuracy=100 * accuracy), fontsize=10)
    return figure
