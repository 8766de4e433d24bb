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
        return not_yet(words, "magnitude_mask.sign")
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
    first, second, keep = rng.normal(size=(6, 4)), rng.normal(size=(3, 6)), np.array([0, 2, 5])
    found = answer(first, second, keep)
    if found is None:
        return nothing_back()
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return not_yet(words, "without_channels.two_layers")
    one, two = map(np.asarray, found)
    if one.shape == first.shape:
        return not_yet(words, "without_channels.first_as_before")
    if one.shape != (3, 4):
        return not_yet(words, "without_channels.first_shape", shape=one.shape)
    if two.shape == second.shape:
        return not_yet(words, "without_channels.second_as_before")
    if two.shape != (3, 3) or np.array_equal(two, second[: len(keep)][:, : len(keep)]):
        return not_yet(words, "without_channels.second_columns", shape=two.shape)
    x = rng.normal(size=4)
    silent = np.zeros(6)
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
    if answer({"a": 0.5, "b": 0.9}, {"a": 0.1, "b": 0.7}) != "a":
        return not_yet(words, "most_hurt.fixed_answer")
    return words("most_hurt.right")
