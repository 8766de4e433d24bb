"""Checks of the exercises of the lesson *Know your data*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet

words = Words(__package__)


@exercise("know_your_data-1")
def sharpness(answer):
    """`sharpness(grey)` is the variance of the Laplacian of a grey picture."""
    rng = np.random.default_rng(0)
    fine = rng.integers(0, 256, (20, 30)).astype(float)
    for grey in (fine, _soft(fine), np.outer(np.arange(12.0), np.arange(9.0)) ** 2):
        right = laplacian(grey).var()
        found = answer(grey.copy())
        wrong = _no_number(found)
        if wrong:
            return not_yet(words, "sharpness.no_number", problem=wrong)
        if not np.isclose(found, right, rtol=1e-4):  # rounding to two digits is no error
            return not_yet(words, "sharpness.wrong", found=f"{found:.6g}", right=f"{right:.6g}",
                           hint=_sharpness_hint(float(found), grey))  # fmt: skip
    if not answer(fine) > 4 * answer(_soft(fine)):
        return not_yet(words, "sharpness.soft")
    return words("sharpness.right")


def laplacian(grey):
    """Four times the pixel less its four neighbours, at every pixel that has all four."""
    inner = grey[1:-1, 1:-1]
    return 4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]


def _soft(grey):
    for axis in (0, 1):
        grey = (np.roll(grey, 1, axis) + grey + np.roll(grey, -1, axis)) / 3
    return grey


def _sharpness_hint(found, grey):
    edges = laplacian(grey)
    slips = {
        "deviation": edges.std(),
        "mean": edges.mean(),
        "mean_of_sizes": np.abs(edges).mean(),
        "mean_of_squares": (edges**2).mean(),
        "degrees_of_freedom": edges.var(ddof=1),
        "contrast": grey.var(),
        "neighbours": (edges / 4).var(),
    }
    for slip, value in slips.items():
        if np.isclose(found, value, rtol=1e-6):
            return words(f"sharpness.slip.{slip}")
    return words("sharpness.slip.other")


@exercise("know_your_data-2")
def split_by_plant(answer):
    """`split_by_plant(plants, held_out, seed)` gives positions to learn from and to test with."""
    plants = np.array([name for name in "abcdefghij" for _ in range(4)])
    plants = np.random.default_rng(1).permutation(plants)
    kept = []
    for seed in range(3):
        found = answer(plants.copy(), 0.3, seed)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            return not_yet(words, "split.not_two")
        rest, held = (np.asarray(side) for side in found)
        wrong = _no_split(plants, rest, held)
        if wrong:
            return wrong
        if len(held) == 28:
            return not_yet(words, "split.swapped", held=len(held))
        if len(held) == 0:
            return not_yet(words, "split.nobody")
        if len(held) != 12:
            return not_yet(words, "split.share", held=len(held))
        kept.append(tuple(sorted(held.tolist())))
    half = answer(plants.copy(), 0.5, 0)[1]
    if len(half) != 20:
        return not_yet(words, "split.fixed_share", held=len(half))
    if len(set(kept)) == 1:
        return not_yet(words, "split.one_for_all_seeds")
    again = np.asarray(answer(plants.copy(), 0.3, 2)[1])
    if tuple(sorted(again.tolist())) != kept[-1]:
        return not_yet(words, "split.not_repeated")
    return words("split.right")


def _no_split(plants, rest, held):
    """Say what is wrong with the two sides; None if nothing is."""
    both = [*rest.tolist(), *held.tolist()]
    if rest.dtype.kind == "b" or held.dtype.kind == "b":
        return not_yet(words, "split.truths")
    if rest.dtype.kind not in "iu" or held.dtype.kind not in "iu":
        return not_yet(words, "split.no_positions")
    if set(rest.tolist()) & set(held.tolist()):
        return not_yet(words, "split.photos_on_both")
    if sorted(both) != list(range(len(plants))):
        return not_yet(words, "split.left_out", photos=len(plants), used=len(set(both)))
    torn = sorted(set(plants[rest].tolist()) & set(plants[held].tolist()))
    if torn:
        return not_yet(words, "split.plants_on_both", plants=len(torn))
    return None


# For each change whether the label stays; what to think of, the words say.
CHANGES = {
    "mirror": True,
    "turn by 90 degrees": True,
    "a little lighter": True,
    "green becomes yellow": False,
    "blur until spots vanish": False,
    "mirror, for the text on a medicine box": False,
}


@exercise("know_your_data-3")
def keeps_label(answers):
    """`keeps_label` says for each change whether the label stays right."""
    if not isinstance(answers, dict) or set(answers) != set(CHANGES):
        return not_yet(words, "keeps_label.keys")
    for change, right in CHANGES.items():
        answer, hint = answers[change], words(f"change.{change}")
        if answer is ...:
            return not_yet(words, "keeps_label.stub", change=change, hint=hint)
        if not isinstance(answer, (bool, np.bool_)):
            return not_yet(words, "keeps_label.not_a_truth", change=change, answer=answer)
        if bool(answer) != right:
            return not_yet(words, "keeps_label.wrong", change=change, hint=hint)
    return words("keeps_label.right")


def _no_number(value):
    if value is None:
        return words("no_number.nothing")
    if np.ndim(value) or not np.issubdtype(np.asarray(value).dtype, np.number):
        return words("no_number.other", kind=type(value).__name__)
    if not np.isfinite(value):
        return words("no_number.not_finite")
    return None
