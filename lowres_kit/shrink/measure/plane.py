"""Where we are on the plane of size and accuracy: the picture that closes a lesson on size."""

import matplotlib.pyplot as plt

from ...errors import KitError
from ...plotting import LINES, MARKERS, PALETTE

MOST = len(MARKERS)  # as many as can be told apart in print


def size_accuracy_plane(points, budget=None, kind="simulated", heading=None):
    """Draw models as points: the farther left and up, the better.

    Parameters
    ----------
    points : dict of str to sequence
        For each way to make a model small, its models, joined by a line in the order of their
        sizes. A model is a `Measured`, or a dict with ``size_kb`` (kB, 1000 bytes) and
        ``accuracy`` (0 to 1), and ``accuracy_interval`` (two of them) if it is known.
    budget : Budget, optional
        Its promises are drawn as a corner in which a model must lie: the size, and the accuracy
        if that is its metric.
    kind : str
        What photos they were tested on; "simulated" or "real".
    heading : str, optional
        Stands above the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    KitError
        If there are more ways than can be told apart in print.
    """
    if len(points) > MOST:
        raise KitError(f"At most {MOST} kinds of points can be told apart; leave some out.")
    figure, axis = plt.subplots(figsize=(6.8, 4.2))
    everything = []
    for number, (name, models) in enumerate(points.items()):
        models = sorted((_numbers(model) for model in models), key=lambda one: one["size_kb"])
        everything += models
        sizes = [one["size_kb"] for one in models]
        scores = [100 * one["accuracy"] for one in models]
        look = {"marker": MARKERS[number], "color": PALETTE[number], "markeredgecolor": "black"}
        look["ms"] = max(7, 15 - 3 * number)  # a point under another one shows at its edge
        axis.plot(sizes, scores, ls=LINES[number % len(LINES)], label=name, zorder=3, **look)
        for one, size in zip(models, sizes):
            if one.get("accuracy_interval"):
                low, high = one["accuracy_interval"]
                axis.plot([size] * 2, [100 * low, 100 * high], "-", color="0.6", marker="", lw=1)
    _axes(axis, everything, budget)
    _corner(axis, budget)
    axis.set_xlabel("size of the file (kB, logarithmic scale)")
    axis.set_ylabel(f"right answers (%, {kind} photos)")
    if heading:
        axis.set_title(heading, fontsize=10)
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    return figure


def _numbers(model):
    return model.as_dict() if hasattr(model, "as_dict") else model


def _axes(axis, models, budget):
    sizes = [one["size_kb"] for one in models]
    scores = [end for one in models for end in one.get("accuracy_interval") or [one["accuracy"]]]
    if budget is not None:
        sizes += [budget.size_kb] if budget.size_kb else []
        scores += [budget.at_least] if budget.metric == "accuracy" else []
    left, right = min(sizes) / 2, max(sizes) * 2  # room for two marks at least
    axis.set_xscale("log")
    axis.set(xlim=(left, right), ylim=(max(0, 100 * min(scores) - 5), 101))
    marks = [n * 10**power for power in range(-1, 6) for n in (1, 2, 5)]
    marks = [mark for mark in marks if left <= mark <= right]
    marks = [mark for mark in marks if f"{mark:g}"[0] == "1"] if len(marks) > 9 else marks
    axis.set_xticks(marks, [f"{mark:g}" for mark in marks])
    axis.minorticks_off()


def _corner(axis, budget):
    """Shade where the promises hold."""
    if budget is None or not (budget.size_kb or budget.metric == "accuracy"):
        return
    (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
    lowest = 100 * budget.at_least if budget.metric == "accuracy" else bottom
    largest = budget.size_kb or right
    held = {"facecolor": "0.93", "edgecolor": "0.4", "linestyle": "--", "zorder": 0}
    told = [f"at most {largest:g} kB"] if budget.size_kb else []
    told += [f"at least {lowest:g} %"] if budget.metric == "accuracy" else []
    label = f"promise: {', '.join(told)}"
    axis.fill([left, largest, largest, left], [lowest, lowest, top, top], label=label, **held)
