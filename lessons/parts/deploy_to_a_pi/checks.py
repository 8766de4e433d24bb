"""Checks of the exercises of the lesson *Deploy to a Raspberry Pi*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

words = Words(__package__)

# What a model said of nine photos; at 0.8 and 0.6 the confidence is equal to a threshold.
CONFIDENCE = np.array([0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
RIGHT = np.array([True, True, False, True, True, False, True, False, False])


def _pair(found, names):
    """Two numbers that a function gave back, or the verdict that they are not."""
    if found is None:
        return nothing_back()
    found = np.asarray(found, dtype=float)
    if found.shape != (2,):
        return not_yet(words, "two_numbers", shape=found.shape, names=names)
    return found


def _matching(found, slips):
    """The verdict of the first slip that gives the same numbers."""
    for slip, wrong in slips.items():
        if np.allclose(found, wrong, atol=1e-6):
            return not_yet(words, slip)
    return None


@exercise("deploy_to_a_pi-1")
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
    errors = answers & ~RIGHT
    slips = {
        "coverage_and_error.at_the_threshold": (above.mean(), (~RIGHT[above]).mean()),
        "coverage_and_error.asked": (1 - answers.mean(), wrong),
        "coverage_and_error.share_of_all": (answers.mean(), errors.mean()),
        "coverage_and_error.errors_of_all": (answers.mean(), (~RIGHT).mean()),
        "coverage_and_error.share_right": (answers.mean(), 1 - wrong),
        "coverage_and_error.changed_places": (wrong, answers.mean()),
        "coverage_and_error.counts": (answers.sum(), errors.sum()),
    }
    return _matching(found, slips) or not_yet(
        words, "coverage_and_error.other", answered=found[0], wrong=found[1]
    )


def _other_thresholds(answer):
    lower = CONFIDENCE >= 0.6
    found = np.asarray(answer(CONFIDENCE.copy(), RIGHT.copy(), 0.6), dtype=float)
    if not np.allclose(found, (lower.mean(), (~RIGHT[lower]).mean())):
        return not_yet(words, "coverage_and_error.fixed_threshold")
    with np.errstate(all="ignore"):
        none = np.asarray(answer(CONFIDENCE.copy(), RIGHT.copy(), 1.0), dtype=float)
    if not np.array_equal(none, (0, 0)):
        return not_yet(words, "coverage_and_error.none_answered")
    return words("coverage_and_error.right")


@exercise("deploy_to_a_pi-2")
def cheapest_threshold(answer):
    """`answer(confidence, right, thresholds, question, error)` gives the cheapest threshold."""
    thresholds = [0.0, 0.65, 0.92, 1.0]
    found = answer(CONFIDENCE.copy(), RIGHT.copy(), thresholds, 1.0, 4.0)
    if found is None:
        return nothing_back()
    if np.ndim(found):
        return not_yet(words, "cheapest_threshold.several")
    # Costs: 0.0: 16; 0.65: 4 questions and 1 error, 8; 0.92: 7 questions; 1.0: 9 questions.
    slips = {
        "cheapest_threshold.asks_always": 1.0,
        "cheapest_threshold.asks_never": 0.0,
        "cheapest_threshold.one_error": 0.65,
        "cheapest_threshold.cost": 7.0,
        "cheapest_threshold.position": 2.0,
    }
    if not np.isclose(found, 0.92):
        slip = _matching(found, slips)
        return slip or not_yet(words, "cheapest_threshold.other", found=found)
    others = (((1.0, 1.0), 0.0), ((1.0, 100.0), 0.92), ((1.0, 2.5), 0.65))
    for (question, error), wanted in others:
        again = answer(CONFIDENCE.copy(), RIGHT.copy(), thresholds, question, error)
        if not np.isclose(again, wanted):
            prices = {"question": question, "error": error}
            return not_yet(
                words, "cheapest_threshold.fixed_prices", found=again, wanted=wanted, **prices
            )
    return words("cheapest_threshold.right")


@exercise("deploy_to_a_pi-3")
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
            return not_yet(words, "solar.fixed_numbers")
        return words("solar.right")
    slips = {
        "solar.changed_places": (panel, battery),
        "solar.times_depth": (energy * dark_days * depth, panel),
        "solar.no_depth": (energy * dark_days, panel),
        "solar.one_day": (energy / depth, panel),
        "solar.no_loss": (battery, energy / sun_hours),
        "solar.times_kept": (battery, energy * kept / sun_hours),
        "solar.panel_for_dark_days": (battery, energy * dark_days / (sun_hours * kept)),
        "solar.watts": (watts * dark_days / depth, watts / (sun_hours * kept)),
        "solar.sun_all_day": (battery, energy / (24 * kept)),
    }
    return _matching(found, slips) or not_yet(
        words, "solar.other", found=found, battery=battery, panel=panel
    )
