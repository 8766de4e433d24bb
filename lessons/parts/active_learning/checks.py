"""Checks of the exercises of the lesson *Active learning*."""

import numpy as np

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet


@exercise("active_learning-1")
def doubt(answer):
    """`answer(p)` gives 1 less the margin of each row, the likeliest class anywhere in it."""
    p = np.array([[0.90, 0.06, 0.04], [0.10, 0.46, 0.44], [0.30, 0.30, 0.40], [0.02, 0.28, 0.70]])
    wanted = np.array([0.16, 0.98, 0.90, 0.58])
    found = answer(p.copy())
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found, float)
    if found.shape != (4,):
        return not_yet(
            f"for 4 photos it gives an array of shape {found.shape}; 4 numbers are wanted.",
            hint="Sort along the classes: `np.sort(p, axis=1)`. Its last column is the largest.",
        )
    if np.allclose(found, 1 - wanted):
        return not_yet(
            "it gives the margin; a large margin means little doubt.",
            hint="Turn it round: `1 - (first - second)`.",
        )
    if np.allclose(found, 1 - p.max(axis=1)):
        return not_yet(
            "that is least confidence; it looks at one class only.",
            hint="The margin is the difference between the largest and the second largest.",
        )
    if np.allclose(found, 1 - (p[:, 0] - p[:, 1])):
        return not_yet(
            "it takes the first two classes, not the two likeliest ones.",
            hint="Sort each row first: `np.sort(p, axis=1)`.",
        )
    if np.allclose(found, 1 - (np.sort(p)[:, -1] - np.sort(p)[:, 0])):
        return not_yet(
            "it compares the likeliest class with the least likely one.",
            hint="The second largest is `np.sort(p, axis=1)[:, -2]`.",
        )
    if not np.allclose(found, wanted):
        return not_yet(
            f"for the probabilities 0.10, 0.46, 0.44 it gives {found[1]:.2f}; 0.98 is right.",
            hint="1 - (0.46 - 0.44).",
        )
    if not np.allclose(answer(np.array([[0.5, 0.5], [1.0, 0.0]])), [1, 0]):
        return not_yet("with two classes it is wrong.", hint="Do not count on three columns.")
    return "Right: the photo between two classes, 0.46 and 0.44, is asked for first."


@exercise("active_learning-2")
def farthest(answer):
    """`answer(features, chosen)` gives the photo with the farthest nearest chosen one."""
    # Heaps at 0, 10 and 4 on a line; the one farthest from *both* 0 and 10 stands at 4.
    features = np.array([[0.0, 0], [1, 0], [10, 0], [4, 0], [9, 0], [12, 0]])
    chosen = [0, 2]
    found = answer(features.copy(), list(chosen))
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found)
    if found.shape != ():
        return not_yet(
            f"it gives {found.size} numbers, one position is wanted.",
            hint="First the smallest distance of each photo, then `argmax` over the photos.",
        )
    if found in chosen:
        return not_yet(
            f"it asks for photo {found} again, which has a label already.",
            hint="For a chosen photo the nearest chosen one is itself, at 0: take the largest.",
        )
    distance = np.linalg.norm(features[:, None] - features[chosen], axis=2)
    if found in (distance.sum(axis=1).argmax(), distance.max(axis=1).argmax()):
        return not_yet(
            f"photo {found} is far from one chosen photo, but near another.",
            hint="What counts is the *nearest* chosen photo: `.min(axis=1)` before `argmax`.",
        )
    if np.isclose(float(found), 4.0):
        return not_yet("it gives a distance, or photo 4.", hint="`argmax` gives a position.")
    if found != 3:
        return not_yet(
            f"it asks for photo {found}; photo 3 is farther from all chosen ones.",
            hint="Distances to all chosen photos, the smallest of them, then the largest photo.",
        )
    rng = np.random.default_rng(5)
    for _ in range(20):
        features, chosen = rng.normal(size=(12, 3)), rng.permutation(12)[:3]
        nearest = np.linalg.norm(features[:, None] - features[chosen], axis=2).min(axis=1)
        if answer(features, list(chosen)) != nearest.argmax():
            return not_yet(
                "it is right for one case, and wrong for others.",
                hint="Use all columns of the features, and all chosen photos.",
            )
    return "Right: it goes where no label is near yet. Repeat it, and you have a core-set."


@exercise("active_learning-3")
def worth_asking(answer):
    """`answer(needed, chance, seconds, wage)` gives the money that asking saves."""
    cases = (((60, 120, 10, 6.0), 1.0), ((90, 240, 30, 4.0), 5.0), ((80, 80, 30, 4.0), 0.0))
    for (needed, chance, seconds, wage), saved in cases:
        found = answer(needed, chance, seconds, wage)
        if found is None:
            return NOTHING_BACK
        found = float(found)
        labels = f"{chance} labels by chance or {needed} asked for, {seconds} s each, wage {wage}"
        if np.isclose(found, saved):
            continue
        if np.isclose(found, -saved):
            hint = "What chance needs, less what asking needs."
        elif np.isclose(found, 60 * saved):
            hint = "An hour has 3600 seconds; you divided by 60."
        elif np.isclose(found, 3600 * saved):
            hint = "The wage is for an hour: divide the seconds by 3600."
        elif np.isclose(found, chance * seconds / 3600 * wage):
            hint = "That is what the labels by chance cost; take off those that are asked for."
        elif np.isclose(found, (chance - needed) * seconds / 3600):
            hint = "Those are hours; times the wage they are money."
        else:
            hint = "(labels by chance - labels asked for) x seconds / 3600 x wage."
        return not_yet(f"{labels}: it gives {found:g}; {saved:g} is saved.", hint=hint)
    if answer(100, 60, 36, 5.0) is None or not np.isclose(float(answer(100, 60, 36, 5.0)), -2.0):
        return not_yet(
            "where asking needs *more* labels, it costs money: the answer must be negative.",
            hint="Do not use `abs` or `max`.",
        )
    return "Right. If it comes out negative, let chance choose."
