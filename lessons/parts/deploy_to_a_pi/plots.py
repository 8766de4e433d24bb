"""The plots of the lesson *Deploy to a Raspberry Pi*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, LINES, MARKERS, PALETTE
from lowres_kit.words import Words

words = Words(__package__)


def coverage_curve(asked, wrong, kind, promised=None):
    """Draw the share of wrong answers against the share of photos that a person is asked for.

    Parameters
    ----------
    asked, wrong : numpy.ndarray
        Shares, 0 to 1.
    kind : str
        "simulated" or "real" photos.
    promised : float, optional
        Largest share of wrong answers, drawn as a line.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.4, 3.2))
    axis.plot(100 * asked, 100 * wrong, "-", color=PALETTE[0], marker="", lw=2)
    if promised is not None:
        promise = words("coverage_curve.promise")
        axis.axhline(100 * promised, color="black", ls="--", marker="", label=promise)
        axis.legend(fontsize=9)
    axis.set(xlim=(0, 100), ylim=(0, None))
    axis.set_xlabel(words("coverage_curve.across", kind=kind))
    axis.set_ylabel(words("coverage_curve.up"))
    return figure


def threshold_view(confidence, right, below, costs, heading):
    """Draw which answers a threshold keeps, and what it costs beside other thresholds.

    Parameters
    ----------
    confidence : numpy.ndarray
        float, ``(n,)``, 0 to 1.
    right : numpy.ndarray
        bool, ``(n,)``.
    below : float
        A person is asked below it.
    costs : dict of float to float
        Threshold to cost in money of 100 photos.
    heading : str
        Stands above.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right_axis) = plt.subplots(1, 2, figsize=(8.4, 3.4))
    bins = np.linspace(0, 100, 21)
    parts = [100 * confidence[right], 100 * confidence[~right]]
    names = [words("threshold_view.right"), words("threshold_view.wrong")]
    bars = left.hist(parts, bins, stacked=True, edgecolor="black", label=names,
                     color=[PALETTE[4], PALETTE[5]])[2]  # fmt: skip
    for bar in bars[1]:
        bar.set_hatch(HATCHES[3])
    left.axvspan(0, 100 * below, color="0.85", zorder=0)
    threshold = words("threshold_view.threshold")
    left.axvline(100 * below, color="black", ls="--", marker="", label=threshold)
    left.set(xlim=(0, 100), xlabel=words("threshold_view.confidence"))
    left.set_ylabel(words("threshold_view.photos"))
    left.yaxis.get_major_locator().set_params(integer=True)
    left.legend(loc="upper left", fontsize=9)
    places, amounts = np.array(sorted(costs.items())).T
    right_axis.plot(100 * places, amounts, "-", color=PALETTE[0], marker="", lw=2)
    here = float(np.interp(below, places, amounts))
    look = {"color": PALETTE[5], "ms": 9, "markeredgecolor": "black", "clip_on": False}
    right_axis.plot(100 * below, here, "o", zorder=3, **look)
    right_axis.axvline(100 * below, color="black", ls="--", marker="")
    right_axis.set(xlim=(0, 100), ylim=(0, 1.1 * max(amounts.max(), 1e-9)))
    right_axis.set(xlabel=words("threshold_view.below"), ylabel=words("threshold_view.cost"))
    figure.suptitle(heading, fontsize=10)
    for axis in (left, right_axis):
        axis.set_axisbelow(True)
    return figure


def promise_marks(asked, observed, at_most, promised, kind):
    """Draw the share of errors that was seen, and the one that can be promised.

    Parameters
    ----------
    asked : sequence of float
        Share of the photos that a person is asked for, one for each threshold.
    observed, at_most : sequence of float
        Share of wrong answers that was counted, and its bound.
    promised : float
        The share that must not be passed.
    kind : str
        "simulated" or "real" photos.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 3.4))
    lines = {words("promise_marks.bound"): at_most, words("promise_marks.counted"): observed}
    for number, (name, values) in enumerate(lines.items()):
        axis.plot(100 * np.asarray(asked), 100 * np.asarray(values), label=name,
                  color=PALETTE[(5, 0)[number]], marker=MARKERS[(2, 0)[number]], ms=8,
                  ls=LINES[number + 1], markeredgecolor="black")  # fmt: skip
    axis.axhline(100 * promised, color="black", ls="-", marker="",
                 label=words("promise_marks.promise", promised=100 * promised))  # fmt: skip
    axis.set(ylim=(0, None))
    axis.set_xlabel(words("promise_marks.across", kind=kind))
    axis.set_ylabel(words("promise_marks.up"))
    figure.legend(loc="outside upper center", ncols=3, fontsize=9)
    return figure


def supply_bars(panels, batteries, heading):
    """Draw what panel and what battery each board needs.

    Parameters
    ----------
    panels, batteries : dict of str to float
        Board to watts of panel, and to watt-hours of battery.
    heading : str
        Stands above.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.2), sharey=True)
    # Scales stay while a slider moves: the bars shall move, not the axis under them.
    parts = ((panels, words("supply_bars.panel"), (0.1, 1e3), 1),
             (batteries, words("supply_bars.battery"), (1, 1e4), 4))  # fmt: skip
    for axis, (values, title, (low, high), colour) in zip(axes, parts):
        bars = axis.barh(list(values), list(values.values()), color=PALETTE[colour],
                         edgecolor="black", hatch=HATCHES[1 if colour == 1 else 0])  # fmt: skip
        axis.bar_label(bars, [_short(value) for value in values.values()], padding=3, fontsize=9)
        axis.set(xscale="log", xlim=(low, high), xlabel=title)
        marks = [10.0**power for power in range(-1, 5) if low <= 10.0**power <= high]
        axis.set_xticks(marks, [f"{mark:g}" for mark in marks])
        axis.minorticks_off()
        axis.set_axisbelow(True)
    axes[0].invert_yaxis()
    figure.suptitle(heading, fontsize=10)
    return figure


def cost_bars(costs, heading):
    """Draw what a station costs, part by part.

    Parameters
    ----------
    costs : dict of str to dict of str to float
        For each board its parts and their prices in US dollars, in the same order.
    heading : str
        Stands above.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(7.8, 1.6 + 0.36 * len(costs)))
    names, begin = list(costs), np.zeros(len(costs))
    for number, part in enumerate(next(iter(costs.values()))):
        prices = np.array([costs[name][part] for name in names])
        axis.barh(names, prices, left=begin, label=part, color=PALETTE[number % len(PALETTE)],
                  edgecolor="black", hatch=HATCHES[number % len(HATCHES)])  # fmt: skip
        begin += prices
    for row, total in enumerate(begin):
        axis.text(total + 0.01 * begin.max(), row, _short(total), va="center", fontsize=9)
    axis.set(xlim=(0, 1.13 * begin.max()), xlabel=words("cost_bars.across"))
    axis.invert_yaxis()
    axis.set_axisbelow(True)
    axis.set_title(heading, fontsize=10)
    figure.legend(loc="outside lower center", ncols=3, fontsize=9)
    return figure


def _short(value):
    """Three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
