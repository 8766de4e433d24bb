"""The page and the picture of `labels_needed.py`."""

import platform
from statistics import median

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.learn import LabelCurve
from lowres_kit.plotting import LINES, MARKERS, PALETTE
from lowres_kit.scope import Scope

from .environments import ASKING_PINS, pin

TARGETS = (0.90, 0.95, 0.98)  # of the accuracy with all labels
PROMISE = Scope.example().threshold  # accuracy that the lessons' example card promises
DRAWN = ("random", "margin", "core-set", "typical", "typical start, then mixed",
         "random, label spreading")  # fmt: skip
OURS = "this kit"
ALL_LABELS = "A probe with all labels of the pool is right for"


def shares(result):
    """The curve as a share of the accuracy with all labels, each seed by its own."""
    curve, full, _ = result
    return LabelCurve(curve.labels, curve.scores / full)


def page(results, beside, picture):
    """All tables in Markdown.

    Parameters
    ----------
    results : dict of str to dict
        For each question and method what `run` gave.
    beside : list, str or None
        What the peers' program found, why it could not, or None if it was not asked.
    picture : str or None
        File name of the figure.
    """
    seeds = next(iter(next(iter(results.values())).values()))[1].size
    lines = [setting(seeds), ""]
    if picture:
        alt = "Share of the full accuracy against labels, one panel a question, a line a method."
        lines += [f"![{alt}]({picture})", ""]
    for question, methods in results.items():
        lines += [*needed_table(question, methods), ""]
    lines += [*start_table(results), "", *stop_table(results), ""]
    if isinstance(beside, str):
        lines += [f"scikit-activeml and modAL were not measured: {beside}."]
    elif beside:
        lines += [*query_table(beside), "", *curve_table(beside)]
    return "\n".join(lines).rstrip() + "\n"


def setting(seeds):
    """On what, and with what."""
    name = platform.processor() or platform.machine()
    versions = ", ".join([pin("scikit-learn"), *(f"{k}=={v}" for k, v in ASKING_PINS.items())])
    return (
        f"{seeds} seeds: each draws the photos kept apart (30 %), the first labels and all that is "
        f"left to chance. Medians. {name}, Python {platform.python_version()}, {versions}."
    )


def cell(needed, by_chance, most):
    """Labels, and in brackets how many of those that chance needs."""
    if needed is None:
        return f"> {most}"
    if by_chance is None:
        return f"{needed:.0f} (< {needed / most:.2f})"
    ratio = needed / by_chance
    text = f"{needed:.0f} ({ratio:.2f})"
    return f"**{text}**" if ratio <= 0.5 else text


def needed_table(question, methods):
    """Labels needed for each target and for the promise, by method."""
    curve, full, _ = methods["random"]
    most = curve.labels[-1]
    yield f"## Labels needed: {question}"
    yield ""
    yield f"{ALL_LABELS} {100 * np.median(full):.1f} %. In brackets: part of what chance needs."
    yield ""
    wanted = [f"{100 * target:.0f} % of it" for target in TARGETS]
    yield f"| asked by | {' | '.join(wanted)} | {100 * PROMISE:.0f} % right |"
    yield "|---|" + "---|" * (len(TARGETS) + 1)
    needs = {
        name: [shares(result).needed(t) for t in TARGETS] + [result[0].needed(PROMISE)]
        for name, result in methods.items()
    }
    for name, found in needs.items():
        cells = [cell(one, chance, most) for one, chance in zip(found, needs["random"])]
        yield f"| {name} | {' | '.join(cells)} |"


def start_table(results):
    """The first labels: drawn by chance, or typical photos."""
    yield "## Cold start"
    yield ""
    yield "Share of the full accuracy, median and quartiles over the seeds."
    yield ""
    yield "| question | 10 labels by chance | 10 typical photos | 20 by chance | 20 typical |"
    yield "|---|---|---|---|---|"
    for question, methods in results.items():
        cells = []
        for count in (10, 20):
            for name in ("random", "typical start, then mixed" if count == 10 else "typical"):
                curve = shares(methods[name])
                row = curve.scores[curve.labels.index(count)]
                low, middle, high = 100 * np.quantile(row, (0.25, 0.5, 0.75))
                cells.append(f"{middle:.0f} % ({low:.0f} to {high:.0f})")
        yield f"| {question} | {' | '.join(cells)} |"


def stop_table(results):
    """Where stabilizing predictions would have stopped, and what the model was worth there."""
    yield "## When the answers are steady"
    yield ""
    yield (
        "Where the rule of Bloodgood and Vijay-Shanker (2009; mean kappa of the last three turns "
        "at least 0.99) would have stopped: labels, and the share of the full accuracy there."
    )
    yield ""
    yield "| question | asked by | stopped | labels, median | of full accuracy, median (worst) |"
    yield "|---|---|---|---|---|"
    for question, methods in results.items():
        for name in ("random", "margin", "typical start, then mixed"):
            curve, stops = shares(methods[name]), methods[name][2]
            at = [(turn, seed) for seed, turn in enumerate(stops) if turn is not None]
            words = f"| {question} | {name} | {len(at)} of {len(stops)} seeds |"
            if not at:
                yield f"{words} | |"
                continue
            worth = [100 * curve.scores[place] for place in at]
            labels = median(curve.labels[turn] for turn, _ in at)
            yield f"{words} {labels:.0f} | {median(worth):.0f} % ({min(worth):.0f} %) |"


def query_table(beside):
    """Times of a query, side by side on the same state, and whether the same photos come out."""
    yield "## Time of a query"
    yield ""
    yield (
        "All choose five photos from the same pool with the same fitted model, one after another; "
        "ratio: median over all turns and seeds of their time by ours. Same: part of the photos "
        "that ours asked for, too."
    )
    yield ""
    yield "| question | asked by | whose | time | by ours | same |"
    yield "|---|---|---|---|---|---|"
    for question, name, group in groups(beside):
        ours = [np.array(one["queries"][OURS]["seconds"]) for one in group]
        for who in group[0]["queries"]:
            seconds = [np.array(one["queries"][who]["seconds"]) for one in group]
            same = np.mean(np.concatenate([one["queries"][who]["same"] for one in group]))
            # Ours has a time for each turn, theirs only from the second class on.
            ratio = np.median(np.concatenate([b / a[-len(b) :] for a, b in zip(ours, seconds)]))
            ms = 1000 * np.median(np.concatenate(seconds))
            yield (
                f"| {question} | {name} | {who} | {ms:.1f} ms | {ratio:.1f} | {100 * same:.0f} % |"
            )


def curve_table(beside):
    """What the models are worth on the way that each library asked for."""
    yield "## Curves"
    yield ""
    yield (
        "Same features, model, start and seeds; each goes its own way. Mean of the accuracy over "
        "all turns, median of the seeds; then ours less theirs in points: mean over the seeds (and "
        "its standard error), and the seeds in which ours is better, equal and worse."
    )
    yield ""
    yield (
        "| question | asked by | whose | mean accuracy | ours less theirs | better, equal, worse |"
    )
    yield "|---|---|---|---|---|---|"
    for question, name, group in groups(beside):
        area = {
            who: 100 * np.array([np.mean([s for _, s in one["curves"][who]]) for one in group])
            for who in group[0]["curves"]
        }
        for who, worth in area.items():
            gap, tail = area[OURS] - worth, " | "
            if who != OURS:
                error = np.std(gap, ddof=1) / len(gap) ** 0.5 if len(gap) > 1 else np.nan
                seeds = ", ".join(str(np.sum(np.sign(gap) == sign)) for sign in (1, 0, -1))
                tail = f"{np.mean(gap):+.1f} ({error:.1f}) | {seeds}"
            yield f"| {question} | {name} | {who} | {np.median(worth):.1f} % | {tail} |"


def groups(beside):
    """All seeds of each question and strategy together."""
    keys = dict.fromkeys((one["question"], one["strategy"]) for one in beside)
    for question, name in keys:
        yield (
            question,
            name,
            [one for one in beside if (one["question"], one["strategy"]) == (question, name)],
        )


def figure(results):
    """One panel a question: median and middle half of the seeds, by method."""
    columns = min(3, len(results))
    rows = -(-len(results) // columns)
    drawn, panels = plt.subplots(rows, columns, figsize=(3.7 * columns, 0.5 + 3.1 * rows),
                                 sharex=True, sharey=True, squeeze=False)  # fmt: skip
    for panel in panels.flat[len(results) :]:
        panel.axis("off")
    for panel, (question, methods) in zip(panels.flat, results.items()):
        for number, name in enumerate(DRAWN):
            curve = shares(methods[name])
            look = {"color": PALETTE[number], "ls": LINES[number % 4], "marker": MARKERS[number]}
            label = name if panel is panels.flat[0] else None
            curve.plot(panel, label, markevery=0.15, ms=4, **look)
        for target in TARGETS[:2]:
            panel.axhline(100 * target, color="black", ls=":", lw=0.8, marker="")
        panel.set_title(question, fontsize=10)
        panel.set(xlim=(0, 250), ylim=(50, 103), ylabel="", xlabel="labels")
        panel.tick_params(labelbottom=True)  # the one below may be empty
    drawn.supylabel("% of the accuracy with all labels", fontsize=10)
    drawn.legend(loc="outside lower center", ncols=3, fontsize=9)
    return drawn
