"""Checks of the exercises of the lesson *Use the unlabelled*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

words = Words(__package__)


@exercise("use_the_unlabelled-1")
def sure_names(answer):
    """`answer(probabilities, threshold)` gives the pseudo-labels, and a mask of those to take."""
    probabilities = np.array(
        [[0.90, 0.06, 0.04], [0.34, 0.33, 0.33], [0.10, 0.10, 0.80], [0.30, 0.65, 0.05]]
    )
    found = answer(probabilities, 0.8)
    if found is None:
        return nothing_back()
    if not isinstance(found, tuple) or len(found) != 2:
        return not_yet(words, "sure_names.two_things")
    names, mask = map(np.asarray, found)
    if names.shape != (4,) or mask.shape != (4,):
        return not_yet(words, "sure_names.shapes", names=names.shape, mask=mask.shape)
    if np.allclose(names, probabilities.max(axis=1)):
        return not_yet(words, "sure_names.probabilities")
    if names.tolist() != [0, 0, 2, 1]:
        return not_yet(words, "sure_names.other_names", names=names.tolist())
    if mask.dtype != bool:
        return not_yet(words, "sure_names.no_mask")
    if mask.tolist() == [True, False, False, False]:
        return not_yet(words, "sure_names.at_the_threshold")
    if mask.tolist() == [False, True, False, True]:
        return not_yet(words, "sure_names.turned_round")
    if mask.tolist() != [True, False, True, False]:
        return not_yet(words, "sure_names.other_mask", mask=mask.tolist())
    if np.asarray(answer(probabilities, 0.6)[1]).tolist() != [True, False, True, True]:
        return not_yet(words, "sure_names.fixed_threshold")
    return words("sure_names.right")


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
        return nothing_back()
    found = np.asarray(found, float)
    if found.shape != ():
        return not_yet(words, "loss_of_views.several", count=found.size)
    own, names = np.arange(40), weak.argmax(axis=1)
    mask = weak.max(axis=1) >= 0.8
    wanted = _loss(weak, strong, 0.8)
    slips = {
        "loss_of_views.negative": -wanted,
        "loss_of_views.no_mask": _loss(weak, strong, 0.0),
        "loss_of_views.changed_places": _loss(strong, weak, 0.8),
        "loss_of_views.weak_alone": _loss(weak, weak, 0.8),
        "loss_of_views.mean_of_sure": (-np.log(strong[own, names]))[mask].mean(),
        "loss_of_views.own_name": -(np.log(strong[own, strong.argmax(axis=1)]) * mask).mean(),
    }
    for slip, wrong in slips.items():
        if np.isclose(found, wrong):
            return not_yet(words, slip)
    if not np.isclose(found, wanted):
        return not_yet(words, "loss_of_views.other", found=found, wanted=wanted)
    if not np.isclose(float(answer(weak, strong, 0.5)), _loss(weak, strong, 0.5)):
        return not_yet(words, "loss_of_views.fixed_threshold")
    return words("loss_of_views.right")


@exercise("use_the_unlabelled-3")
def eaten_class(answer):
    """`answer(counts, pool)` names the class that is eaten, or gives None."""
    falling = {"rust": [5, 9, 22, 47], "spot": [5, 6, 6, 6], "healthy": [5, 8, 19, 40]}
    level = {"rust": [5, 12, 25, 31], "spot": [5, 10, 22, 30], "healthy": [5, 11, 27, 33]}
    late = {"a": [2, 30, 30, 60], "b": [2, 3, 20, 55], "c": [2, 25, 26, 14]}
    found = answer(falling)
    if found is None:
        return not_yet(words, "eaten_class.none_seen")
    if not isinstance(found, str):
        return not_yet(words, "eaten_class.no_name", found=found)
    if found != "spot":
        return not_yet(words, "eaten_class.other_class", found=found)
    if answer(level) is not None:
        return not_yet(words, "eaten_class.false_alarm")
    if answer(late) != "c":
        return not_yet(words, "eaten_class.late")
    return words("eaten_class.right")
