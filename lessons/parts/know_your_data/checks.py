"""Checks of the exercises of the lesson *Know your data*."""

import numpy as np

from lowres_kit.workshop.exercises import exercise, not_yet


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
            return not_yet(wrong, hint="The last line returns one number: `laplacian.var()`.")
        if not np.isclose(found, right, rtol=1e-6):
            return not_yet(
                f"for a trial picture it gives {found:.4g}; it should be {right:.4g}.",
                hint=_sharpness_hint(float(found), grey),
            )
    if not answer(fine) > 4 * answer(_soft(fine)):
        return not_yet("a softened picture is not clearly less sharp.")
    return "Your function gives a sharp picture a high value, and a softened one a low value."


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
    slips = (
        (edges.std(), "That is the standard deviation. The variance is its square: `.var()`."),
        (edges.mean(), "That is the mean. Bright and dark sides of an edge cancel; use `.var()`."),
        (np.abs(edges).mean(), "That is the mean of the sizes. It is a good measure too, but here "
         "the variance is asked for: `.var()`."),
        (grey.var(), "That is the variance of the picture itself, its contrast. Take the "
         "Laplacian first."),
        ((edges / 4).var(), "Each neighbour counts once and the middle counts four times."),
    )  # fmt: skip
    for value, hint in slips:
        if np.isclose(found, value, rtol=1e-6):
            return hint
    return (
        "Middle: `grey[1:-1, 1:-1]`. Above: `grey[:-2, 1:-1]`. Left: `grey[1:-1, :-2]`. Then four "
        "times the middle less the four neighbours."
    )


@exercise("know_your_data-2")
def split_by_plant(answer):
    """`split_by_plant(plants, held_out, seed)` gives positions to learn from and to test with."""
    plants = np.array([name for name in "abcdefghij" for _ in range(4)])
    plants = np.random.default_rng(1).permutation(plants)
    kept = []
    for seed in range(3):
        found = answer(plants.copy(), 0.3, seed)
        if not isinstance(found, tuple) or len(found) != 2:
            return not_yet(
                "the function must return two lists of positions.", hint="`return rest, held`"
            )
        rest, held = (np.asarray(side) for side in found)
        wrong = _no_split(plants, rest, held)
        if wrong:
            return wrong
        share = len(held) / len(plants)
        if not 0.15 <= share <= 0.45:
            return not_yet(
                f"of 40 photos it keeps {len(held)} apart; about 12 (0.3 of them) are wanted.",
                hint="Count plants, not photos: `round(held_out * len(names))` plants.",
            )
        kept.append(tuple(sorted(held.tolist())))
    if len(set(kept)) == 1:
        return not_yet(
            "seeds 0, 1 and 2 give the same split.", hint="`rng = np.random.default_rng(seed)`"
        )
    again = np.asarray(answer(plants.copy(), 0.3, 2)[1])
    if tuple(sorted(again.tolist())) != kept[-1]:
        return not_yet(
            "the same seed gives another split the second time.",
            hint="Make the source of chance inside the function, from the seed.",
        )
    return "No plant is on both sides. This score will tell the truth about new plants."


def _no_split(plants, rest, held):
    """Say what is wrong with the two sides; None if nothing is."""
    both = [*rest.tolist(), *held.tolist()]
    if rest.dtype.kind == "b" or held.dtype.kind == "b":
        return not_yet(
            "the sides are True and False; positions are wanted.", hint="`np.flatnonzero(mask)`"
        )
    if rest.dtype.kind not in "iu" or held.dtype.kind not in "iu":
        return not_yet(
            "the sides must hold positions of photos (whole numbers).",
            hint="`np.flatnonzero(np.isin(plants, chosen))` turns names into positions.",
        )
    if set(rest.tolist()) & set(held.tolist()):
        return not_yet("some photos are on both sides.", hint="`held` is what is not in `rest`.")
    if sorted(both) != list(range(len(plants))):
        return not_yet(
            f"of {len(plants)} photos, {len(set(both))} are on a side.",
            hint="Each photo must be on one side: `np.flatnonzero(~mask)` gives the others.",
        )
    torn = sorted(set(plants[rest].tolist()) & set(plants[held].tolist()))
    if torn:
        return not_yet(
            f"{len(torn)} of 10 plants have photos on both sides.",
            hint="Choose plants, not photos: `names = np.unique(plants)`, then draw from `names`.",
        )
    return None


# For each change: whether the label stays, and what to think of when the answer is wrong.
CHANGES = {
    "mirror": (True, "Look at your left hand in a mirror. Is a mirrored sick leaf less sick?"),
    "turn by 90 degrees": (True, "A leaf has no up and down: a hand can hold it any way."),
    "a little lighter": (True, "The sun comes out from behind a cloud. Has the leaf changed?"),
    "green becomes yellow": (False, "How do you recognise a yellow ring around a spot after that?"),
    "blur until spots vanish": (False, "What is left that tells a sick leaf from a healthy one?"),
    "mirror, for the text on a medicine box": (
        False,
        "Write the letter R on paper and look at it in a mirror. Can you still read a word?",
    ),
}


@exercise("know_your_data-3")
def keeps_label(answers):
    """`keeps_label` says for each change whether the label stays right."""
    if not isinstance(answers, dict) or set(answers) != set(CHANGES):
        return not_yet("`keeps_label` must keep its keys; change only the values.")
    for change, (right, hint) in CHANGES.items():
        answer = answers[change]
        if answer is ...:
            return not_yet(f'the `...` for "{change}" is still there.', hint=hint)
        if not isinstance(answer, (bool, np.bool_)):
            return not_yet(f'for "{change}" write True or False, not {answer!r}.')
        if bool(answer) != right:
            return not_yet(f'look again at "{change}".', hint=hint)
    return "All six are right. Whether a change keeps the label depends on what the label means."


def _no_number(value):
    if value is None:
        return "the function returns nothing; does it end with `return`?"
    if np.ndim(value) or not np.issubdtype(np.asarray(value).dtype, np.number):
        return f"the function returns {type(value).__name__}, not one number."
    if not np.isfinite(value):
        return "the function returns a number that is not finite."
    return None
