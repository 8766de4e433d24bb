"""Checks of lesson 07, prune."""

import numpy as np

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet


@exercise("07-1")
def magnitude_mask(answer):
    """`answer(weights, sparsity)` gives True for each weight to keep."""
    weights = np.random.default_rng(7).normal(size=(4, 5))
    mask = answer(weights, 0.3)
    if mask is None:
        return NOTHING_BACK
    mask = np.asarray(mask)
    if mask.shape != weights.shape:
        return not_yet(
            f"the weights have shape {weights.shape}, but your mask has {mask.shape}.",
            hint="Compare the whole array with the limit: `size > limit`.",
        )
    if mask.dtype != bool:
        return not_yet(
            "a mask holds True and False, yours holds numbers.",
            hint="A comparison such as `size > limit` gives True and False.",
        )
    gone, size = ~mask, np.abs(weights)
    if gone.any() and mask.any() and size[gone].min() >= size[mask].max():
        return not_yet(
            "it throws the large weights away and keeps the small ones.",
            hint="Keep what is larger than the limit: `>` where you have `<`?",
        )
    if gone.any() and mask.any() and size[gone].max() > size[mask].min():
        return not_yet(
            "a weight goes that is larger than one that stays: a large negative one matters too.",
            hint="Compare sizes without their sign: `np.abs(weights)`.",
        )
    if not np.array_equal(mask, answer(weights / 100, 0.3)):
        return not_yet(
            "with weights a hundred times smaller, other weights go.",
            hint="The limit is no fixed number: `np.quantile(size, sparsity)`.",
        )
    if abs(gone.sum() - 6) > 1:
        return not_yet(
            f"with `sparsity=0.3`, 6 of 20 weights shall go; {gone.sum()} do.",
            hint="`np.quantile(size, sparsity)` is the size below which this share lies.",
        )
    many = np.asarray(answer(weights, 0.8))
    if abs((~many).sum() - 16) > 1:
        return not_yet(
            f"with `sparsity=0.8`, 16 of 20 weights shall go; {(~many).sum()} do.",
            hint="Use the value of `sparsity`.",
        )
    return "Right: the smallest weights go, whatever their sign."


@exercise("07-2")
def without_channels(answer):
    """`answer(first, second, keep)` gives both layers without the channels that are not kept."""
    rng = np.random.default_rng(7)
    first, second, keep = rng.normal(size=(6, 4)), rng.normal(size=(3, 6)), np.array([0, 2, 5])
    found = answer(first, second, keep)
    if found is None:
        return NOTHING_BACK
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return not_yet("it must give two layers back.", hint="`return thin_first, thin_second`.")
    if any(one is ... for one in found):
        return not_yet(
            "your function still gives back `...`.", hint="Put your own code where the `...` stand."
        )
    one, two = map(np.asarray, found)
    if one.shape == first.shape:
        return not_yet(
            "the first layer is as large as before. Zeros take no memory away.",
            hint="Keep only the rows of the channels: `first[keep]`.",
        )
    if one.shape != (3, 4):
        return not_yet(
            f"the first layer must have shape (3, 4), one row a channel; yours has {one.shape}.",
            hint="Rows come first: `first[keep]`.",
        )
    if two.shape == second.shape:
        return not_yet(
            "the second layer still expects all 6 channels.",
            hint="It reads the channels with its columns: `second[:, keep]`.",
        )
    if two.shape != (3, 3) or np.array_equal(two, second[: len(keep)][:, : len(keep)]):
        return not_yet(
            f"the second layer must have shape (3, 3); yours has {two.shape}, or other columns.",
            hint="It reads the channels with its columns: `second[:, keep]`.",
        )
    x = rng.normal(size=4)
    silent = np.zeros(6)
    silent[keep] = np.maximum(first[keep] @ x, 0)
    if not np.allclose(two @ np.maximum(one @ x, 0), second @ silent):
        return not_yet(
            "the shapes are right, but the answers are not those of the silent channels.",
            hint="Take the same channels in both: `first[keep]` and `second[:, keep]`.",
        )
    return "Right: both layers are smaller, and the answers are those with silent channels."


@exercise("07-3")
def most_hurt(answer):
    """`answer(before, after)` names the class that lost most."""
    before = {"rust": 0.95, "spot": 0.70, "healthy": 0.90}
    after = {"rust": 0.75, "spot": 0.60, "healthy": 0.92}
    found = answer(before, after)
    if found is None:
        return NOTHING_BACK
    if not isinstance(found, str):
        return not_yet(
            f"it gives {found!r}; the name of one class is wanted.",
            hint="`max(before, key=lambda name: ...)` gives a name.",
        )
    if found == "spot":
        return not_yet(
            "'spot' is the worst afterwards, but it was weak before; another class lost more.",
            hint="Compare the losses: `before[name] - after[name]`.",
        )
    if found == "healthy":
        return not_yet(
            "'healthy' won 2 points.",
            hint="A loss is `before[name] - after[name]`; take the `max`.",
        )
    if found != "rust":
        return not_yet(f"{found!r} is not one of the classes.", hint="`max(before, key=...)`.")
    if answer({"a": 0.5, "b": 0.9}, {"a": 0.1, "b": 0.7}) != "a":
        return not_yet(
            "with other numbers the answer does not change.", hint="Use `before` and `after`."
        )
    return "Right: 'rust' lost 20 points, though it is not the worst class afterwards."
