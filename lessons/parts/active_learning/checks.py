"""Checks of the exercises of the lesson *Active learning*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

words = Words(__package__)


@exercise("active_learning-1")
def doubt(answer):
    """`answer(p)` gives 1 less the margin of each row, the likeliest class anywhere in it."""
    p = np.array([[0.90, 0.06, 0.04], [0.10, 0.46, 0.44], [0.30, 0.30, 0.40], [0.02, 0.28, 0.70]])
    wanted = np.array([0.16, 0.98, 0.90, 0.58])
    found = answer(p.copy())
    if found is None:
        return nothing_back()
    found = np.asarray(found, float)
    if found.shape != (4,):
        return not_yet(words, "doubt.shape", shape=found.shape)
    if np.allclose(found, 1 - wanted):
        return not_yet(words, "doubt.margin")
    if np.allclose(found, 1 - p.max(axis=1)):
        return not_yet(words, "doubt.least_confidence")
    if np.allclose(found, 1 - (p[:, 0] - p[:, 1])):
        return not_yet(words, "doubt.first_two")
    if np.allclose(found, 1 - (np.sort(p)[:, -1] - np.sort(p)[:, 0])):
        return not_yet(words, "doubt.least_likely")
    if not np.allclose(found, wanted):
        return not_yet(words, "doubt.other", found=found[1])
    if not np.allclose(answer(np.array([[0.5, 0.5], [1.0, 0.0]])), [1, 0]):
        return not_yet(words, "doubt.two_classes")
    return words("doubt.right")


@exercise("active_learning-2")
def farthest(answer):
    """`answer(features, chosen)` gives the photo with the farthest nearest chosen one."""
    # Heaps at 0, 10 and 4 on a line; the one farthest from *both* 0 and 10 stands at 4.
    features = np.array([[0.0, 0], [1, 0], [10, 0], [4, 0], [9, 0], [12, 0]])
    chosen = [0, 2]
    found = answer(features.copy(), list(chosen))
    if found is None:
        return nothing_back()
    found = np.asarray(found)
    if found.shape != ():
        return not_yet(words, "farthest.many", count=found.size)
    if found in chosen:
        return not_yet(words, "farthest.again", found=found)
    distance = np.linalg.norm(features[:, None] - features[chosen], axis=2)
    if found in (distance.sum(axis=1).argmax(), distance.max(axis=1).argmax()):
        return not_yet(words, "farthest.near_another", found=found)
    if np.isclose(float(found), 4.0):
        return not_yet(words, "farthest.distance")
    if found != 3:
        return not_yet(words, "farthest.other", found=found)
    rng = np.random.default_rng(5)
    for _ in range(20):
        features, chosen = rng.normal(size=(12, 3)), rng.permutation(12)[:3]
        nearest = np.linalg.norm(features[:, None] - features[chosen], axis=2).min(axis=1)
        if answer(features, list(chosen)) != nearest.argmax():
            return not_yet(words, "farthest.one_case")
    return words("farthest.right")


@exercise("active_learning-3")
def worth_asking(answer):
    """`answer(needed, chance, seconds, wage)` gives the money that asking saves."""
    cases = (((60, 120, 10, 6.0), 1.0), ((90, 240, 30, 4.0), 5.0), ((80, 80, 30, 4.0), 0.0))
    for (needed, chance, seconds, wage), saved in cases:
        found = answer(needed, chance, seconds, wage)
        if found is None:
            return nothing_back()
        found = float(found)
        if np.isclose(found, saved):
            continue
        if np.isclose(found, -saved):
            hint = words("worth_asking.slip.sign")
        elif np.isclose(found, 60 * saved):
            hint = words("worth_asking.slip.sixty")
        elif np.isclose(found, 3600 * saved):
            hint = words("worth_asking.slip.wage_of_a_second")
        elif np.isclose(found, chance * seconds / 3600 * wage):
            hint = words("worth_asking.slip.cost_of_chance")
        elif np.isclose(found, (chance - needed) * seconds / 3600):
            hint = words("worth_asking.slip.hours")
        else:
            hint = words("worth_asking.slip.other")
        return not_yet(words, "worth_asking.wrong", needed=needed, chance=chance, seconds=seconds,
                       wage=wage, found=found, saved=saved, hint=hint)  # fmt: skip
    if answer(100, 60, 36, 5.0) is None or not np.isclose(float(answer(100, 60, 36, 5.0)), -2.0):
        return not_yet(words, "worth_asking.positive")
    return words("worth_asking.right")
