"""Checks of the exercises of the lesson *Simulate and augment*."""

import numpy as np

from lowres_kit.learn import copies_of_training
from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet


@exercise("simulate_and_augment-1")
def paste(answer):
    """`answer(one, other, label, other_label, rows, columns)` gives a picture and its label."""
    one, other = np.zeros((8, 10)), np.ones((8, 10))
    label, other_label = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    given = one.copy(), other.copy()
    found = answer(one, other, label, other_label, slice(2, 6), slice(5, 10))  # 20 of 80 pixels
    if found is None:
        return NOTHING_BACK
    if not (isinstance(found, tuple) and len(found) == 2):
        return not_yet("two things are wanted: the picture and its label.",
                       hint="`return picture, …` with a comma gives both.")  # fmt: skip
    if any(part is ... for part in found):
        return not_yet("one of the `...` is still there.", hint="Put your own code in its place.")
    if not (np.array_equal(one, given[0]) and np.array_equal(other, given[1])):
        return not_yet("a picture that was given has changed.",
                       hint="Begin with `picture = one.copy()`.")  # fmt: skip
    picture, mixed = np.asarray(found[0], float), np.asarray(found[1], float)
    right = one.copy()
    right[2:6, 5:10] = 1
    if picture.shape != right.shape or not np.array_equal(picture, right):
        if picture.shape == right.shape and np.array_equal(picture, 1 - right):
            return not_yet("the piece comes from the wrong picture.",
                           hint="Begin with a copy of `one`; the piece is of `other`.")  # fmt: skip
        return not_yet("the piece is not where it should be.",
                       hint="`picture[rows, columns] = other[rows, columns]`")  # fmt: skip
    if mixed.shape != (3,):
        return not_yet("the label must have a share for each class.",
                       hint="`(1 - share) * label + share * other_label`")  # fmt: skip
    if np.allclose(mixed, [0.25, 0, 0.75]):
        return not_yet("the shares are the wrong way round: the piece covers a quarter only.",
                       hint="The other picture's label gets the share of the piece.")  # fmt: skip
    if np.allclose(mixed, [0.5, 0, 0.5]):
        return not_yet("both labels get a half, but the piece covers a quarter.",
                       hint="Divide the pixels of the piece by all pixels.")  # fmt: skip
    if not np.isclose(mixed.sum(), 1):
        return not_yet(f"the shares add up to {mixed.sum():.2f}; they must add up to 1.",
                       hint="`(1 - share) * label + share * other_label`")  # fmt: skip
    if not np.allclose(mixed, [0.75, 0, 0.25]):
        return not_yet(f"the piece covers a quarter; your label says {mixed[2]:.2f} for it.",
                       hint="`share = picture[rows, columns].size / picture.size`")  # fmt: skip
    whole = answer(one, other, label, other_label, slice(0, 8), slice(0, 10))
    if not np.allclose(whole[1], other_label):
        return not_yet("a piece that covers everything must bring all of its label.",
                       hint="Is a number in your code that belongs to one case only?")  # fmt: skip
    return "Right: the label is shared as the area is."


# For each case whether the label survives, and why.
CASES = {
    "leaf, mirrored": (True, "a leaf has no left and no right, and a spot stays a spot"),
    "leaf with rust, hue turned to green": (False, "its colour is what tells that it is rust"),
    "digit, upside down": (False, "an upside-down 6 is a 9"),
    "page of text, mirrored": (False, "a mirrored b is a d, and nobody writes like that"),
    "tomato ripe or unripe, darker": (True, "a cloud does not ripen a tomato"),
    "chest X-ray, heart on which side?, mirrored": (False, "the side is the question"),
}


@exercise("simulate_and_augment-2")
def keeps_label(answer):
    """`answer` says of each case True (the label stays right) or False."""
    if not isinstance(answer, dict):
        return not_yet("a dictionary is wanted, as in the stub.", hint="Keep the stub's names.")
    missing = [case for case in CASES if answer.get(case, ...) is ...]
    if missing:
        return not_yet(f"{len(missing)} of {len(CASES)} have no answer yet: {missing[0]!r}.",
                       hint="Write True or False in place of each `...`.")  # fmt: skip
    odd = [case for case in CASES if not isinstance(answer[case], (bool, np.bool_))]
    if odd:
        return not_yet(f"{odd[0]!r} is {answer[odd[0]]!r}; True or False is wanted.",
                       hint="Without quotes, and with a capital letter.")  # fmt: skip
    wrong = [case for case, (keeps, _) in CASES.items() if bool(answer[case]) != keeps]
    if len(wrong) == len(CASES):
        return not_yet("all are the other way round.", hint="True: the label stays right.")
    if wrong:
        return not_yet(f"{len(wrong)} of {len(CASES)} are not right; look at {wrong[0]!r}.",
                       hint=f"Think of this: {CASES[wrong[0]][1]}.")  # fmt: skip
    return "Right: what keeps a label is decided by the question, not by the picture."


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
        return NOTHING_BACK
    found = np.asarray(found)
    if found.shape != (60,):
        return not_yet(
            f"it gives {found.size} values for 60 examples.",
            hint="Compare `nearest_distances(made, training)` with one number.",
        )
    if found.dtype != bool:
        return not_yet("True or False is wanted for each example.",
                       hint="`distances < limit` gives that.")  # fmt: skip
    right = copies_of_training(made, training, held_out)
    if np.array_equal(found, ~right):
        return not_yet("it names all that are no copies.", hint="`<` where you have `>`?")
    if not found.any():
        return not_yet("three copies were hidden among them, and it finds none.",
                       hint="How near do new real examples come? See `held_out`.")  # fmt: skip
    if not found[planted].all():
        return not_yet("it misses a copy that was hidden among them.",
                       hint="The distance is to `training`, not to `held_out`.")  # fmt: skip
    if found.sum() > 15:
        return not_yet(f"it suspects {found.sum()} of 60; three are copies.",
                       hint="The limit is a small quantile, 0.01, of the distances of `held_out` "
                       "to `training`.")  # fmt: skip
    if found.sum() > right.sum():
        return not_yet(f"it suspects {found.sum()} examples; with the 1 % limit it is "
                       f"{right.sum()}.", hint="`np.quantile(…, 0.01)`")  # fmt: skip
    if np.array_equal(answer(made, training, held_out * 0 + training[:1]), found):
        return not_yet(
            "the limit must come from `held_out`, and yours does not change with it.",
            hint="`np.quantile(nearest_distances(held_out, training), 0.01)`",
        )
    return "Right: what lies nearer than new real examples do has been seen before."
