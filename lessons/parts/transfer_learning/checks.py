"""Checks of the exercises of the lesson *Transfer learning*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

words = Words(__package__)


@exercise("transfer_learning-1")
def nearest(answer):
    """`answer(query, features)` gives the position of the nearest row."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(20, 5))
    features[7] = [0.1, 0.2, 0.3, 0.4, 0.5]
    query = np.array([0.1, 0.2, 0.3, 0.4, 0.6])
    found = answer(query, features)
    if found is None:
        return nothing_back()
    found = np.asarray(found)
    if found.shape != ():
        return not_yet(words, "nearest.many", count=found.size)
    distances = ((features - query) ** 2).sum(axis=1)
    if found == distances.argmax():
        return not_yet(words, "nearest.farthest")
    if found == (features - query).sum(axis=1).argmin():
        return not_yet(words, "nearest.not_squared")
    if np.isclose(found, distances.min()):
        return not_yet(words, "nearest.distance")
    if found != 7:
        return not_yet(words, "nearest.other", found=found)
    if any(answer(row, features) != i for i, row in enumerate(features)):
        return not_yet(words, "nearest.not_itself")
    return words("nearest.right")


@exercise("transfer_learning-2")
def smallest_good_enough(answer):
    """`answer(sizes, scores, give)` names the smallest network near enough to the best."""
    sizes = {"a": 40, "b": 900, "c": 300, "d": 13000}
    scores = {"a": 0.70, "b": 0.92, "c": 0.90, "d": 0.93}
    found = answer(sizes, scores, 0.04)
    if found is None:
        return nothing_back()
    if not isinstance(found, str):
        return not_yet(words, "smallest.not_a_name", found=found)
    if found == "a":
        return not_yet(words, "smallest.of_all")
    if found == "d":
        return not_yet(words, "smallest.best_score")
    if found != "c":
        return not_yet(words, "smallest.other", found=found)
    if answer(sizes, scores, 0.3) != "a":
        return not_yet(words, "smallest.give_much")
    if answer({"x": 2, "y": 1}, {"x": 0.5, "y": 0.25}, 0.25) != "y":
        return not_yet(words, "smallest.at_the_limit")
    if answer(sizes, scores, 0.0) != "d":
        return not_yet(words, "smallest.give_nothing")
    return words("smallest.right")
