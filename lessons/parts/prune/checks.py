"""Checks of the exercises of the lesson *Prune*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

words = Words(__package__)


@exercise("prune-1")
def magnitude_mask(answer):
    """`answer(weights, sparsity)` gives True for each weight to keep."""
    weights = np.random.default_rng(7).normal(size=(4, 5))
    mask = answer(weights, 0.3)
    if mask is None:
        return nothing_back()
    mask = np.asarray(mask)
    if mask.shape != weights.shape:
        return not_yet(words, "magnitude_mask.shape", weights=weights.shape, mask=mask.shape)
    if mask.dtype != bool:
        return not_yet(words, "magnitude_mask.numbers")
    gone, size = ~mask, np.abs(weights)
    if gone.any() and mask.any() and size[gone].min() >= size[mask].max():
        return not_yet(words, "magnitude_mask.turned_round")
    if gone.any() and mask.any() and size[gone].max() > size[mask].min():
        by_sign = weights[gone].max() <= weights[mask].min()
        return not_yet(words, "magnitude_mask.sign" if by_sign else "magnitude_mask.several_limits")
    if not np.array_equal(mask, answer(weights / 100, 0.3)):
        return not_yet(words, "magnitude_mask.fixed_limit")
    if abs(gone.sum() - 6) > 1:
        return not_yet(words, "magnitude_mask.other_share", gone=gone.sum())
    many = ~np.asarray(answer(weights, 0.8))
    if abs(many.sum() - 16) > 1:
        return not_yet(words, "magnitude_mask.fixed_share", gone=many.sum())
    return words("magnitude_mask.right")


@exercise("prune-2")
def without_channels(answer):
    """`answer(first, second, keep)` gives both layers without the channels that are not kept."""
    rng = np.random.default_rng(7)
    # More rows and columns than channels, so that what takes the wrong ones is told which.
    first, second, keep = rng.normal(size=(6, 8)), rng.normal(size=(7, 6)), np.array([0, 2, 5])
    found = answer(first, second, keep)
    if found is None:
        return nothing_back()
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return not_yet(words, "without_channels.two_layers")
    one, two = map(np.asarray, found)
    if one.shape == first.shape:
        return not_yet(words, "without_channels.first_as_before")
    if one.shape != (3, 8):
        return not_yet(words, "without_channels.first_shape", shape=one.shape)
    if two.shape == second.shape:
        return not_yet(words, "without_channels.second_as_before")
    if two.shape != (7, 3):
        return not_yet(words, "without_channels.second_shape", shape=two.shape)
    rest = np.delete(np.arange(6), keep)
    if np.array_equal(one, first[rest]) and np.array_equal(two, second[:, rest]):
        return not_yet(words, "without_channels.the_others")
    if not np.array_equal(two, second[:, keep]) and np.array_equal(one, first[keep]):
        return not_yet(words, "without_channels.second_columns")
    x = rng.normal(size=(8, 20))
    silent = np.zeros((6, 20))
    silent[keep] = np.maximum(first[keep] @ x, 0)
    if not np.allclose(two @ np.maximum(one @ x, 0), second @ silent):
        return not_yet(words, "without_channels.other_answers")
    return words("without_channels.right")


@exercise("prune-3")
def most_hurt(answer):
    """`answer(before, after)` names the class that lost most."""
    before = {"rust": 0.95, "spot": 0.70, "healthy": 0.90}
    after = {"rust": 0.75, "spot": 0.60, "healthy": 0.92}
    found = answer(before, after)
    if found is None:
        return nothing_back()
    if not isinstance(found, str):
        return not_yet(words, "most_hurt.no_name", found=found)
    if found == "spot":
        return not_yet(words, "most_hurt.worst_afterwards")
    if found == "healthy":
        return not_yet(words, "most_hurt.won")
    if found != "rust":
        return not_yet(words, "most_hurt.no_class", found=found)
    # 'b' wins more than any loses; 'c' is the best before.
    again = answer({"a": 0.5, "b": 0.1, "c": 0.9}, {"a": 0.2, "b": 0.7, "c": 0.7})
    if again == "rust":
        return not_yet(words, "most_hurt.fixed_answer")
    if again != "a":
        return not_yet(words, "most_hurt.other_numbers", found=again)
    return words("most_hurt.right")
