"""Checks of the exercises of the lesson *Use the unlabelled*."""

import numpy as np

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet


@exercise("use_the_unlabelled-1")
def sure_names(answer):
    """`answer(probabilities, threshold)` gives the pseudo-labels, and a mask of those to take."""
    probabilities = np.array(
        [[0.90, 0.06, 0.04], [0.34, 0.33, 0.33], [0.10, 0.10, 0.80], [0.30, 0.65, 0.05]]
    )
    found = answer(probabilities, 0.8)
    if found is None:
        return NOTHING_BACK
    if not isinstance(found, tuple) or len(found) != 2:
        return not_yet("it should give two things.", hint="`return names, mask`.")
    if any(part is ... for part in found):
        return not_yet(
            "your function still gives back `...`.", hint="Put your own code where the `...` stand."
        )
    names, mask = map(np.asarray, found)
    if names.shape != (4,) or mask.shape != (4,):
        return not_yet(
            f"for four photos it gives arrays of the shapes {names.shape} and {mask.shape}.",
            hint="Look along each row: `axis=1`.",
        )
    if np.allclose(names, probabilities.max(axis=1)):
        return not_yet(
            "the names are probabilities, not classes.", hint="`argmax` where you have `max`."
        )
    if names.tolist() != [0, 0, 2, 1]:
        return not_yet(
            f"the names are {names.tolist()}; the likeliest classes are [0, 0, 2, 1].",
            hint="`probabilities.argmax(axis=1)`.",
        )
    if mask.dtype != bool:
        return not_yet(
            "the mask must hold True and False.", hint="A comparison such as `a >= b` gives them."
        )
    if mask.tolist() == [True, False, False, False]:
        return not_yet(
            "a photo exactly at the threshold is sure enough.", hint="`>=` where you have `>`?"
        )
    if mask.tolist() == [False, True, False, True]:
        return not_yet(
            "it takes the photos in doubt and leaves the sure ones.",
            hint="Take those at or above the threshold.",
        )
    if mask.tolist() != [True, False, True, False]:
        return not_yet(
            f"the mask is {mask.tolist()}; rows 0 and 2 are sure enough.",
            hint="Compare the largest probability of each row with the threshold.",
        )
    if np.asarray(answer(probabilities, 0.6)[1]).tolist() != [True, False, True, True]:
        return not_yet(
            "with the threshold 0.6, rows 0, 2 and 3 are sure enough.",
            hint="Use the value of `threshold`.",
        )
    return "Right: the likeliest class of each photo, and only the sure ones are taken."


def _loss(weak, strong, threshold):
    names = weak.argmax(axis=1)
    surprise = -np.log(strong[np.arange(len(strong)), names])
    return (surprise * (weak.max(axis=1) >= threshold)).mean()


@exercise("use_the_unlabelled-2")
def loss_of_views(answer):
    """`answer(weak, strong, threshold)` gives the consistency loss of two views' probabilities."""
    rng = np.random.default_rng(6)
    weak, strong = rng.dirichlet([0.4] * 3, 40), rng.dirichlet([0.8] * 3, 40)
    found = answer(weak, strong, 0.8)
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found, float)
    if found.shape != ():
        return not_yet(
            f"it gives {found.size} numbers, one is wanted.", hint="Take the mean at the end."
        )
    own, names = np.arange(40), weak.argmax(axis=1)
    mask = weak.max(axis=1) >= 0.8
    slips = {
        -_loss(weak, strong, 0.8): ("it is negative.", "Surprise is *minus* the logarithm."),
        _loss(weak, strong, 0.0): (
            "photos in doubt count as well.", "Multiply by the mask: `sure >= threshold`."
        ),
        _loss(strong, weak, 0.8): (
            "the strong view gives the names.", "The weak view names, the strong view is judged."
        ),
        _loss(weak, weak, 0.8): (
            "the strong view plays no part.", "Look up the probability in `strong`."
        ),
        (-np.log(strong[own, names]))[mask].mean(): (
            "it divides by the number of sure photos.",
            "Divide by all photos: few sure ones must weigh little.",
        ),
        -(np.log(strong[own, strong.argmax(axis=1)]) * mask).mean(): (
            "each strong view is judged by its own name.", "Use the name that the weak view gives."
        ),
    }  # fmt: skip
    for value, (text, hint) in slips.items():
        if np.isclose(found, value):
            return not_yet(text, hint=hint)
    if not np.isclose(found, _loss(weak, strong, 0.8)):
        return not_yet(
            f"it gives {found:.3f}; {_loss(weak, strong, 0.8):.3f} is right.",
            hint="`-np.log(strong[np.arange(len(strong)), names])`, times the mask, then the mean.",
        )
    if not np.isclose(float(answer(weak, strong, 0.5)), _loss(weak, strong, 0.5)):
        return not_yet("with the threshold 0.5 it is wrong.", hint="Use the value of `threshold`.")
    return "Right: the weak view names, and the strong view is judged where the weak one is sure."


@exercise("use_the_unlabelled-3")
def eaten_class(answer):
    """`answer(counts, pool)` names the class that is eaten, or gives None."""
    falling = {"rust": [5, 9, 22, 47], "spot": [5, 6, 6, 6], "healthy": [5, 8, 19, 40]}
    level = {"rust": [5, 12, 25, 31], "spot": [5, 10, 22, 30], "healthy": [5, 11, 27, 33]}
    late = {"a": [2, 30, 30, 60], "b": [2, 3, 20, 55], "c": [2, 25, 26, 14]}
    found = answer(falling)
    if found is None:
        return not_yet(
            "one class has 6 of 93 labels after the last round; your function sees nothing.",
            hint="Compare the last count of each class with the mean of the last counts.",
        )
    if not isinstance(found, str):
        return not_yet(
            f"it gives {found!r}; the name of a class, or None, is wanted.",
            hint="`min(counts, key=…)` gives a name.",
        )
    if found != "spot":
        return not_yet(
            f"it names '{found}', but 'spot' has 6 labels of 93.",
            hint="Look at the last count of each class: `counts[name][-1]`.",
        )
    if answer(level) is not None:
        return not_yet(
            "it sounds the alarm where all classes have about 30 labels.",
            hint="Only where the smallest is below half of the mean; else return None.",
        )
    if answer(late) != "c":
        return not_yet(
            "in another table 'c' falls from 26 to 14 while the mean is 43.",
            hint="Look at the last round alone, and at less than half of the mean.",
        )
    return "Right: a class with less than half of its share is being eaten. Look at its photos."
