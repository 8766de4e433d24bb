"""Exercises of lesson 05: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_kit.learn.asking import farthest_first, margin
from lowres_kit.workshop.checks import lesson_05 as check


def in_order(p):
    return np.sort(p, axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        margin,
        lambda p: 1 - (in_order(p)[:, -1] - in_order(p)[:, -2]),
        lambda p: [1 - (sorted(row)[-1] - sorted(row)[-2]) for row in p],
    ],
)
def test_doubt_passes(answer):
    assert check.doubt(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda p: ..., "not yet"),
        (lambda p: None, "return"),
        (lambda p: in_order(p)[:, -1] - in_order(p)[:, -2], "turn it round"),
        (lambda p: 1 - p.max(axis=1), "least confidence"),
        (lambda p: 1 - (p[:, 0] - p[:, 1]), "two likeliest"),
        (lambda p: 1 - (in_order(p)[:, -1] - in_order(p)[:, 0]), "least likely"),
        (lambda p: 1 - (in_order(p)[-1] - in_order(p)[-2]), "4 numbers"),
        (lambda p: 1 - (in_order(p)[:, 2] - in_order(p)[:, 1]), "three columns|IndexError"),
        (lambda p: np.zeros(len(p)), "0.98"),
    ],
)
def test_doubt_slips(answer, sign):
    assert_says(check.doubt(answer), sign)


def gaps(features, chosen):
    return np.linalg.norm(features[:, None] - features[chosen], axis=2)


@pytest.mark.parametrize(
    "answer",
    [
        lambda features, chosen: farthest_first(features, chosen, 1)[0],
        lambda features, chosen: int(gaps(features, chosen).min(axis=1).argmax()),
    ],
)
def test_farthest_passes(answer):
    assert check.farthest(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda features, chosen: ..., "not yet"),
        (lambda features, chosen: None, "return"),
        (lambda features, chosen: gaps(features, chosen).min(axis=1), "one position"),
        (lambda features, chosen: gaps(features, chosen).min(axis=1).argmin(), "again"),
        (lambda features, chosen: gaps(features, chosen).max(axis=1).argmax(), "nearest"),
        (lambda features, chosen: gaps(features, chosen).sum(axis=1).argmax(), "nearest"),
        (lambda features, chosen: gaps(features, chosen).min(axis=1).max(), "argmax"),
        (lambda features, chosen: 4, "photo 4"),
        (lambda features, chosen: 3, "wrong for others"),
        (lambda features, chosen: gaps(features[:, :1], chosen).min(axis=1).argmax(), "columns"),
    ],
)
def test_farthest_slips(answer, sign):
    assert_says(check.farthest(answer), sign)


def test_worth_asking_passes():
    assert check.worth_asking(lambda n, c, s, w: (c - n) * s / 3600 * w).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda n, c, s, w: ..., "not yet"),
        (lambda n, c, s, w: None, "return"),
        (lambda n, c, s, w: (n - c) * s / 3600 * w, "less what asking needs"),
        (lambda n, c, s, w: (c - n) * s / 60 * w, "3600"),
        (lambda n, c, s, w: (c - n) * s * w, "divide the seconds"),
        (lambda n, c, s, w: c * s / 3600 * w, "take off"),
        (lambda n, c, s, w: (c - n) * s / 3600, "hours"),
        (lambda n, c, s, w: (c - n) * w, "x seconds"),
        (lambda n, c, s, w: abs(c - n) * s / 3600 * w, "negative"),
        (lambda n, c, s, w: max(0, c - n) * s / 3600 * w, "negative"),
    ],
)
def test_worth_asking_slips(answer, sign):
    assert_says(check.worth_asking(answer), sign)
