"""Checks of lesson 10, deploy to a Raspberry Pi."""

import numpy as np

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet

# What a model said of nine photos; at 0.8 and 0.6 the confidence is equal to a threshold.
CONFIDENCE = np.array([0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
RIGHT = np.array([True, True, False, True, True, False, True, False, False])


def _pair(found, names):
    """Two numbers that a function gave back, or the verdict that they are not."""
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found, dtype=float)
    if found.shape != (2,):
        return not_yet(
            f"two numbers are wanted; yours has shape {found.shape}.", hint=f"`return {names}`."
        )
    return found


def _matching(found, slips):
    """The reason and the hint of the first slip that gives the same numbers."""
    for wrong, why, hint in slips:
        if np.allclose(found, wrong, atol=1e-6):
            return not_yet(why, hint=hint)
    return None


@exercise("10-1")
def coverage_and_error(answer):
    """`answer(confidence, right, below)` gives the shares answered, and wrong among them."""
    below = 0.8
    found = _pair(answer(CONFIDENCE.copy(), RIGHT.copy(), below), "answered, wrong")
    if not isinstance(found, np.ndarray):
        return found
    answers = CONFIDENCE >= below
    wrong = (~RIGHT[answers]).mean()
    if np.allclose(found, (answers.mean(), wrong)):
        return _other_thresholds(answer)
    above = CONFIDENCE > below
    slips = (
        (
            (above.mean(), (~RIGHT[above]).mean()),
            "the photo with exactly that confidence is answered too.",
            "A person is asked *below* the threshold; so answered is `confidence >= below`.",
        ),
        (
            (1 - answers.mean(), wrong),
            "the first number is the share for which a person is asked.",
            "Answered is `confidence >= below`; take its `.mean()`.",
        ),
        (
            (answers.mean(), (answers & ~RIGHT).mean()),
            "the errors are a share of all photos; they shall be a share of the answers.",
            "Take the answers first: `right[answered]`, then the share that is wrong.",
        ),
        (
            (answers.mean(), (~RIGHT).mean()),
            "the errors are those of all photos, also where a person is asked.",
            "Take the answers first: `right[answered]`.",
        ),
        (
            (answers.mean(), 1 - wrong),
            "the second number is the share that is right.",
            "`1 -` it, or take the mean of `~right[answered]`.",
        ),
        (
            (wrong, answers.mean()),
            "the two numbers have changed places.",
            "The share answered comes first.",
        ),
        (
            (answers.sum(), (answers & ~RIGHT).sum()),
            "these are counts of photos.",
            "Divide by the number of photos, and the errors by the number of answers.",
        ),
    )
    text = f"answered {found[0]:.3f}, wrong {found[1]:.3f}: for our nine photos this is not right."
    hint = "`answered = confidence >= below`; then its mean, and the mean of `~right[answered]`."
    return _matching(found, slips) or not_yet(text, hint=hint)


def _other_thresholds(answer):
    lower = CONFIDENCE >= 0.6
    found = np.asarray(answer(CONFIDENCE.copy(), RIGHT.copy(), 0.6), dtype=float)
    if not np.allclose(found, (lower.mean(), (~RIGHT[lower]).mean())):
        return not_yet("with another threshold the answer is wrong.", hint="Use `below`.")
    with np.errstate(all="ignore"):
        none = np.asarray(answer(CONFIDENCE.copy(), RIGHT.copy(), 1.0), dtype=float)
    if not np.array_equal(none, (0, 0)):
        return not_yet(
            "with the threshold at 1 nothing is answered, and both shares shall be 0.",
            hint="Where `answered` has no True, return `0.0, 0.0`: a mean of nothing is nan.",
        )
    return "Right: two numbers tell all of a threshold, and both belong on the model card."


@exercise("10-2")
def cheapest_threshold(answer):
    """`answer(confidence, right, thresholds, question, error)` gives the cheapest threshold."""
    thresholds = [0.0, 0.65, 0.92, 1.0]
    found = answer(CONFIDENCE.copy(), RIGHT.copy(), thresholds, 1.0, 4.0)
    if found is None:
        return NOTHING_BACK
    if np.ndim(found):
        return not_yet(
            "it gives several back; one threshold is wanted.",
            hint="`min(thresholds, key=...)` gives the one with the lowest cost.",
        )
    # Costs: 0.0: 16; 0.65: 4 questions and 1 error, 8; 0.92: 7 questions; 1.0: 9 questions.
    slips = (
        (1.0, "it asks for every photo; that is 9 questions.", "Look for the lowest sum."),
        (
            0.0,
            "it never asks: four errors cost more than the questions.",
            "Count the errors among the answers alone, times `error`; take the lowest sum.",
        ),
        (
            0.65,
            "its cost is 4 questions and 1 error, that is 8; another one costs less.",
            "Add both up: questions times `question`, errors among the answers times `error`.",
        ),
        (7.0, "this is the lowest cost; the threshold is wanted.", "`min(thresholds, key=cost)`."),
        (2.0, "this is a position; the threshold is wanted.", "Return `thresholds[position]`."),
    )
    if not np.isclose(found, 0.92):
        reason = _matching(found, slips)
        return reason or not_yet(f"{found!r} is not one of them.", hint="Return a threshold.")
    others = (((1.0, 1.0), 0.0), ((1.0, 100.0), 0.92), ((1.0, 2.5), 0.65))
    for (question, error), wanted in others:
        again = answer(CONFIDENCE.copy(), RIGHT.copy(), thresholds, question, error)
        if not np.isclose(again, wanted):
            return not_yet(
                f"with a question for {question:g} and an error for {error:g} it gives {again:g}, "
                f"but {wanted:g} costs less.",
                hint="Use `question` and `error`, and count errors among the answers alone.",
            )
    return "Right: dear errors push the threshold up, dear questions push it down."


@exercise("10-3")
def solar(answer):
    """`answer(watts, hours, dark_days, depth, sun_hours, kept)` gives battery Wh and panel W."""
    watts, hours, dark_days, depth, sun_hours, kept = 3.0, 12.0, 4.0, 0.8, 5.0, 0.6
    found = _pair(answer(watts, hours, dark_days, depth, sun_hours, kept), "battery, panel")
    if not isinstance(found, np.ndarray):
        return found
    energy = watts * hours
    battery, panel = energy * dark_days / depth, energy / (sun_hours * kept)
    if np.allclose(found, (battery, panel)):
        again = np.asarray(answer(2.0, 24.0, 2.0, 0.5, 4.0, 0.75), dtype=float)
        if not np.allclose(again, (192.0, 16.0)):
            return not_yet("with other numbers the answer is wrong.", hint="Use all six arguments.")
        return "Right: a deeper battery is smaller, and a cloudy place needs a larger panel."
    slips = (
        (
            (panel, battery),
            "battery and panel have changed places.",
            "The battery (Wh) comes first.",
        ),
        (
            (energy * dark_days * depth, panel),
            "a battery that may be emptied less must be larger, not smaller.",
            "Divide by `depth`.",
        ),
        (
            (energy * dark_days, panel),
            "this battery would be emptied to the bottom; that shortens its life.",
            "Divide by `depth`.",
        ),
        (
            (energy / depth, panel),
            "this battery lasts one day.",
            "Multiply by `dark_days`.",
        ),
        (
            (battery, energy / sun_hours),
            "part of the panel's energy is lost on the way; yours loses nothing.",
            "Divide by `sun_hours * kept`.",
        ),
        (
            (battery, energy * kept / sun_hours),
            "the more is lost, the smaller your panel gets.",
            "Divide by `kept` too.",
        ),
        (
            (battery, energy * dark_days / (sun_hours * kept)),
            "your panel fills the whole battery in one day; it has to bring one day's energy.",
            "Leave `dark_days` out of the panel.",
        ),
        (
            (watts * dark_days / depth, watts / (sun_hours * kept)),
            "watts are not energy: it matters how many hours they flow.",
            "Energy of a day in Wh is `watts * hours`.",
        ),
        (
            (battery, energy / (24 * kept)),
            "the sun does not shine for 24 hours.",
            "Divide by `sun_hours * kept`.",
        ),
    )
    text = f"battery {found[0]:.1f} Wh, panel {found[1]:.1f} W; wanted were {battery:.1f} and "
    hint = "Energy of a day: `watts * hours`. Battery: for `dark_days`. Panel: for one day."
    return _matching(found, slips) or not_yet(f"{text}{panel:.1f}.", hint=hint)
