"""Checks of the exercises of the lesson *Simulate and augment*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back
from lowres_lessons.simulate_and_augment.synthetic import copies_of_training

words = Words(__package__)


@exercise("simulate_and_augment-1")
def paste(answer):
    """`answer(one, other, label, other_label, rows, columns)` gives a picture and its label."""
    one, other = np.zeros((8, 10)), np.ones((8, 10))
    label, other_label = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    given = one.copy(), other.copy()
    found = answer(one, other, label, other_label, slice(2, 6), slice(5, 10))  # 20 of 80 pixels
    if found is None:
        return nothing_back()
    if not (isinstance(found, tuple) and len(found) == 2):
        return not_yet(words, "paste.not_two")
    if not (np.array_equal(one, given[0]) and np.array_equal(other, given[1])):
        return not_yet(words, "paste.changed")
    picture, mixed = np.asarray(found[0], float), np.asarray(found[1], float)
    right = one.copy()
    right[2:6, 5:10] = 1
    if picture.shape != right.shape or not np.array_equal(picture, right):
        if picture.shape == right.shape and np.array_equal(picture, 1 - right):
            return not_yet(words, "paste.wrong_picture")
        return not_yet(words, "paste.elsewhere")
    if mixed.shape != (3,):
        return not_yet(words, "paste.label_shape")
    if np.allclose(mixed, [0.25, 0, 0.75]):
        return not_yet(words, "paste.swapped")
    if np.allclose(mixed, [0.5, 0, 0.5]):
        return not_yet(words, "paste.half")
    if not np.isclose(mixed.sum(), 1):
        return not_yet(words, "paste.not_one", sum=mixed.sum())
    if not np.allclose(mixed, [0.75, 0, 0.25]):
        return not_yet(words, "paste.other", share=mixed[2])
    whole = answer(one, other, label, other_label, slice(0, 8), slice(0, 10))
    if not np.allclose(whole[1], other_label):
        return not_yet(words, "paste.whole")
    return words("paste.right")


# For each case whether the label survives; why, the words say.
CASES = {
    "leaf, mirrored": True,
    "leaf with rust, hue turned to green": False,
    "digit, upside down": False,
    "page of text, mirrored": False,
    "tomato ripe or unripe, darker": True,
    "chest X-ray, heart on which side?, mirrored": False,
}


@exercise("simulate_and_augment-2")
def keeps_label(answer):
    """`answer` says of each case True (the label stays right) or False."""
    if not isinstance(answer, dict):
        return not_yet(words, "keeps_label.not_a_dictionary")
    missing = [case for case in CASES if answer.get(case, ...) is ...]
    if missing:
        return not_yet(words, "keeps_label.missing", missing=len(missing), cases=len(CASES),
                       case=missing[0])  # fmt: skip
    odd = [case for case in CASES if not isinstance(answer[case], (bool, np.bool_))]
    if odd:
        return not_yet(words, "keeps_label.not_a_truth", case=odd[0], answer=answer[odd[0]])
    wrong = [case for case, keeps in CASES.items() if bool(answer[case]) != keeps]
    if len(wrong) == len(CASES):
        return not_yet(words, "keeps_label.all_wrong")
    if wrong:
        because = words(f"keeps_label.because.{wrong[0]}")
        return not_yet(words, "keeps_label.wrong", wrong=len(wrong), cases=len(CASES),
                       case=wrong[0], because=because)  # fmt: skip
    return words("keeps_label.right")


@exercise("simulate_and_augment-3")
def find_copies(answer):
    """`answer(made, training, held_out)` is True for each made-up example that is a copy."""
    rng = np.random.default_rng(4)
    training, held_out = rng.normal(size=(200, 6)), rng.normal(size=(150, 6))
    made = rng.normal(size=(60, 6))
    planted = np.array([3, 17, 40])
    made[planted] = training[[5, 90, 150]] + 0.001
    found = answer(made, training, held_out)
    if found is None:
        return nothing_back()
    found = np.asarray(found)
    if found.shape != (60,):
        return not_yet(words, "copies.count", count=found.size)
    if found.dtype != bool:
        return not_yet(words, "copies.not_truths")
    right = copies_of_training(made, training, held_out)
    if np.array_equal(found, ~right):
        return not_yet(words, "copies.turned_round")
    if not found.any():
        return not_yet(words, "copies.none")
    if not found[planted].all():
        return not_yet(words, "copies.missed")
    if found.sum() > 15:
        return not_yet(words, "copies.far_too_many", found=found.sum())
    if found.sum() > right.sum():
        return not_yet(words, "copies.too_many", found=found.sum(), right=right.sum())
    if np.array_equal(answer(made, training, held_out * 0 + training[:1]), found):
        return not_yet(words, "copies.same_limit")
    return words("copies.right")
