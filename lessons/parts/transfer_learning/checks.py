"""Checks of the exercises of the lesson *Transfer learning*."""

import numpy as np

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet


@exercise("transfer_learning-1")
def nearest(answer):
    """`answer(query, features)` gives the position of the nearest row."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(20, 5))
    features[7] = [0.1, 0.2, 0.3, 0.4, 0.5]
    query = np.array([0.1, 0.2, 0.3, 0.4, 0.6])
    found = answer(query, features)
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found)
    if found.shape != ():
        return not_yet(
            f"it gives {found.size} numbers, one position is wanted.",
            hint="Add up the squares of each photo: `.sum(axis=1)`; then take the smallest.",
        )
    distances = ((features - query) ** 2).sum(axis=1)
    if found == distances.argmax():
        return not_yet(
            "it finds the photo that is farthest away.", hint="`argmin`, where you have `argmax`?"
        )
    if found == (features - query).sum(axis=1).argmin():
        return not_yet(
            "positive and negative differences cancel each other.",
            hint="Square each difference before you add them up: `** 2`.",
        )
    if np.isclose(found, distances.min()):
        return not_yet(
            "it gives the smallest distance, not where it is.", hint="`argmin` in place of `min`."
        )
    if found != 7:
        return not_yet(
            f"of 20 photos it names number {found}, but number 7 is nearest.",
            hint="Compare with `((features - query) ** 2).sum(axis=1)`.",
        )
    if any(answer(row, features) != i for i, row in enumerate(features)):
        return not_yet(
            "a photo is not found to be nearest to itself.", hint="Is anything left out?"
        )
    return "Right: it finds the nearest photo, and each photo is nearest to itself."


@exercise("transfer_learning-2")
def smallest_good_enough(answer):
    """`answer(sizes, scores, give)` names the smallest network near enough to the best."""
    sizes = {"a": 40, "b": 900, "c": 300, "d": 13000}
    scores = {"a": 0.70, "b": 0.92, "c": 0.90, "d": 0.93}
    found = answer(sizes, scores, 0.04)
    if found is None:
        return NOTHING_BACK
    if not isinstance(found, str):
        return not_yet(
            f"it gives {found!r}; the name of one network is wanted.",
            hint="`min(names, key=lambda name: sizes[name])` gives a name.",
        )
    if found == "a":
        return not_yet(
            "it chose the smallest of all, whose score is 23 points below the best.",
            hint="First keep the names whose score is at least `best - give`.",
        )
    if found == "d":
        return not_yet(
            "it chose the best score; a network of a fortieth of the size is nearly as good.",
            hint="Among those that are good enough, take the smallest by `sizes`.",
        )
    if found != "c":
        return not_yet(
            f"it chose {found!r}, but 'c' is smaller and is good enough.",
            hint="Take the smallest by `sizes[name]`, not by name or by score.",
        )
    if answer(sizes, scores, 0.3) != "a":
        return not_yet(
            "with `give=0.3` all four are good enough, and 'a' is the smallest.",
            hint="Use the value of `give`.",
        )
    if answer({"x": 2, "y": 1}, {"x": 0.5, "y": 0.25}, 0.25) != "y":
        return not_yet(
            "a score exactly at the limit is good enough.", hint="`>=` where you have `>`?"
        )
    if answer(sizes, scores, 0.0) != "d":
        return not_yet(
            "with `give=0` only the best is good enough.", hint="Use the value of `give`."
        )
    return "Right: small first, but only among those that are good enough."
