"""Exercises of lesson 10: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_kit.workshop.checks import lesson_10 as check


def shares(confidence, right, below):
    answered = confidence >= below
    return (answered.mean(), (~right[answered]).mean()) if answered.any() else (0.0, 0.0)


def shares_by_hand(confidence, right, below):
    told = [r for c, r in zip(confidence, right) if c >= below]
    if not told:
        return [0, 0]
    return [len(told) / len(right), told.count(False) / len(told)]


@pytest.mark.parametrize("answer", [shares, shares_by_hand])
def test_coverage_and_error_passes(answer):
    assert check.coverage_and_error(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda c, r, b: ..., "not yet"),
        (lambda c, r, b: None, "return"),
        (lambda c, r, b: 0.5, "two numbers"),
        (lambda c, r, b: (*shares(c, r, b), 1), "shape"),
        (lambda c, r, b: ((c > b).mean(), (~r[c > b]).mean()), "exactly that confidence"),
        (lambda c, r, b: ((c < b).mean(), (~r[c >= b]).mean()), "person is asked"),
        (lambda c, r, b: ((c >= b).mean(), ((c >= b) & ~r).mean()), "share of all photos"),
        (lambda c, r, b: ((c >= b).mean(), (~r).mean()), "those of all photos"),
        (lambda c, r, b: ((c >= b).mean(), r[c >= b].mean()), "share that is right"),
        (lambda c, r, b: shares(c, r, b)[::-1], "changed places"),
        (lambda c, r, b: ((c >= b).sum(), (~r[c >= b]).sum()), "counts"),
        (lambda c, r, b: (0.1, 0.2), "not right"),
        (lambda c, r, b: shares(c, r, 0.8), "another threshold"),
        (lambda c, r, b: ((c >= b).mean(), (~r[c >= b]).mean()), "nothing is answered"),
        (lambda c, r, b: c.nonsense, "nonsense"),
    ],
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_coverage_and_error_slips(answer, sign):
    assert_says(check.coverage_and_error(answer), sign)


def cost(confidence, right, below, question, error):
    answered = confidence >= below
    return question * (~answered).sum() + error * (answered & ~right).sum()


def cheapest(confidence, right, thresholds, question, error):
    return min(thresholds, key=lambda b: cost(confidence, right, b, question, error))


def cheapest_by_position(confidence, right, thresholds, question, error):
    costs = [cost(confidence, right, b, question, error) for b in thresholds]
    return thresholds[int(np.argmin(costs))]


@pytest.mark.parametrize("answer", [cheapest, cheapest_by_position])
def test_cheapest_threshold_passes(answer):
    assert check.cheapest_threshold(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda c, r, t, q, e: ..., "not yet"),
        (lambda c, r, t, q, e: None, "return"),
        (lambda c, r, t, q, e: t, "several"),
        (lambda c, r, t, q, e: max(t, key=lambda b: cost(c, r, b, q, e)), "never asks"),
        (lambda c, r, t, q, e: cheapest(c, r, t, q, 1), "times `error`"),
        (lambda c, r, t, q, e: min(t, key=lambda b: ((c >= b) & ~r).sum() - b), "every photo"),
        (lambda c, r, t, q, e: t[1], "another one costs less"),
        (lambda c, r, t, q, e: min(cost(c, r, b, q, e) for b in t), "lowest cost"),
        (lambda c, r, t, q, e: t.index(cheapest(c, r, t, q, e)), "position"),
        (lambda c, r, t, q, e: 0.5, "not one of them"),
        (lambda c, r, t, q, e: cheapest(c, r, t, q, 4), "but 0 costs less"),
        (lambda c, r, t, q, e: cheapest(c, r, t, q, e) if e != 2.5 else 0.92, "0.65 costs less"),
    ],
)
def test_cheapest_threshold_slips(answer, sign):
    assert_says(check.cheapest_threshold(answer), sign)


def solar(watts, hours, dark_days, depth, sun_hours, kept):
    energy = watts * hours
    return energy * dark_days / depth, energy / (sun_hours * kept)


def test_solar_passes():
    assert check.solar(solar).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda w, h, d, b, s, k: ..., "not yet"),
        (lambda w, h, d, b, s, k: None, "return"),
        (lambda w, h, d, b, s, k: w * h, "two numbers"),
        (lambda w, h, d, b, s, k: solar(w, h, d, b, s, k)[::-1], "changed places"),
        (lambda w, h, d, b, s, k: (w * h * d * b, w * h / s / k), "larger, not smaller"),
        (lambda w, h, d, b, s, k: (w * h * d, w * h / s / k), "to the bottom"),
        (lambda w, h, d, b, s, k: (w * h / b, w * h / s / k), "one day"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h / s), "loses nothing"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h * k / s), "smaller your panel"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h * d / s / k), "fills the whole battery"),
        (lambda w, h, d, b, s, k: solar(w, 1, d, b, s, k), "watts are not energy"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h / 24 / k), "24 hours"),
        (lambda w, h, d, b, s, k: (1, 2), "wanted were 180.0 and 12.0"),
        (lambda w, h, d, b, s, k: solar(3, 12, 4, 0.8, 5, 0.6), "all six"),
    ],
)
def test_solar_slips(answer, sign):
    assert_says(check.solar(answer), sign)
