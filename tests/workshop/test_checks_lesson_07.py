"""Exercises of lesson 07: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_kit.workshop.checks import lesson_07 as check


def limit(weights, sparsity):
    return np.quantile(np.abs(weights), sparsity)


def by_rank(weights, sparsity):
    order = np.argsort(np.abs(weights), axis=None)
    mask = np.ones(weights.size, bool)
    mask[order[: round(sparsity * weights.size)]] = False
    return mask.reshape(weights.shape)


@pytest.mark.parametrize(
    "answer",
    [
        lambda weights, sparsity: np.abs(weights) > limit(weights, sparsity),
        lambda weights, sparsity: np.abs(weights) >= limit(weights, sparsity),
        lambda weights, sparsity: weights**2 > limit(weights, sparsity) ** 2,
        by_rank,
    ],
)
def test_magnitude_mask_passes(answer):
    assert check.magnitude_mask(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda weights, sparsity: ..., "not yet"),
        (lambda weights, sparsity: None, "return"),
        (lambda weights, sparsity: abs(weights) < limit(weights, sparsity), "large weights away"),
        (lambda weights, sparsity: weights > np.quantile(weights, sparsity), "np.abs"),
        (lambda weights, sparsity: by_rank(weights, sparsity).ravel(), "shape"),
        (lambda weights, sparsity: by_rank(weights, sparsity) * 1.0, "True and False"),
        (lambda weights, sparsity: by_rank(weights, 1 - sparsity), "6 of 20"),
        (lambda weights, sparsity: np.abs(weights) > sparsity, "quantile"),
        (lambda weights, sparsity: by_rank(weights, 0.3), "value of `sparsity`"),
        (lambda weights, sparsity: weights.nonsense, "nonsense"),
    ],
)
def test_magnitude_mask_slips(answer, sign):
    assert_says(check.magnitude_mask(answer), sign)


def test_without_channels_passes():
    assert check.without_channels(lambda a, b, keep: (a[keep], b[:, keep])).passed
    assert check.without_channels(lambda a, b, keep: [a.take(keep, 0), b.take(keep, 1)]).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda a, b, keep: ..., "not yet"),
        (lambda a, b, keep: None, "return"),
        (lambda a, b, keep: a[keep], "two layers"),
        (lambda a, b, keep: (a[keep], ...), "still gives back"),
        (lambda a, b, keep: (a * np.isin(np.arange(6), keep)[:, None], b), "Zeros take no memory"),
        (lambda a, b, keep: (a[:, keep[:2]], b), "Rows come first"),
        (lambda a, b, keep: (a[keep], b), "still expects all 6"),
        (lambda a, b, keep: (a[keep], b[keep % 3]), "second\\[:, keep\\]"),
        (lambda a, b, keep: (a[keep], b[:, :3]), "other columns"),
        (lambda a, b, keep: (a[keep], b[:, keep[::-1]]), "same channels in both"),
    ],
)
def test_without_channels_slips(answer, sign):
    assert_says(check.without_channels(answer), sign)


def test_most_hurt_passes():
    def answer(before, after):
        return max(before, key=lambda name: before[name] - after[name])

    assert check.most_hurt(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda before, after: ..., "not yet"),
        (lambda before, after: None, "return"),
        (lambda before, after: min(after, key=after.get), "weak before"),
        (lambda before, after: max(b - after[n] for n, b in before.items()), "name of one class"),
        (lambda before, after: min(before, key=lambda n: before[n] - after[n]), "won 2 points"),
        (lambda before, after: "rust", "other numbers"),
        (lambda before, after: "bus", "not one of the classes"),
    ],
)
def test_most_hurt_slips(answer, sign):
    assert_says(check.most_hurt(answer), sign)
