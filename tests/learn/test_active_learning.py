"""Simulated experts err as often as they say, on the photos that they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from lowres_kit.errors import KitError
from lowres_kit.learn import Expert

TRUTH = np.random.default_rng(0).integers(0, 3, 3000)
EVERY = np.arange(3000)


def likely(errors, count, rate):
    """Whether so many errors can well be chance: once in a million they would be more or fewer."""
    low, high = binom.ppf((5e-7, 1 - 5e-7), count, rate)
    return low <= errors <= high


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.6), st.integers(0, 10**6))
def test_errors_are_as_frequent_as_asked_for(rate, seed):
    errors = (Expert(TRUTH, error_rate=rate, seed=seed)(EVERY) != TRUTH).sum()
    assert likely(errors, len(TRUTH), rate)


def test_an_expert_without_errors_tells_the_truth():
    assert np.array_equal(Expert(TRUTH)(EVERY), TRUTH)


def test_a_wrong_answer_is_another_class_any_of_them():
    answers = Expert(TRUTH, error_rate=0.3, seed=1)(EVERY)
    wrong = (answers - TRUTH)[answers != TRUTH] % 3
    counts = np.bincount(wrong, minlength=3)
    assert counts[0] == 0 and likely(counts[1], counts.sum(), 0.5)


def test_the_same_photos_are_hard_in_whatever_order_one_asks():
    order = np.random.default_rng(1).permutation(3000)
    expert, other = (Expert(TRUTH, error_rate=0.2, seed=4) for _ in range(2))
    assert np.array_equal(expert(order), other(EVERY)[order])


def test_an_expert_tires_and_a_rest_helps():
    tired = Expert(TRUTH, error_rate=0.02, tiring=0.2)
    assert [tired.rate(n) for n in (0, 100, 200)] == pytest.approx([0.02, 0.22, 0.42])
    assert tired.rate(10_000) == pytest.approx(2 / 3)  # guessing among three
    rested = Expert(TRUTH, error_rate=0.02, tiring=0.2, sitting=50)
    assert [rested.rate(n) for n in (49, 50, 99)] == pytest.approx([0.118, 0.02, 0.118])
    wrong = {}
    for name, expert in {"tired": tired, "rested": rested}.items():
        wrong[name] = np.concatenate([expert(part) for part in np.split(EVERY, 10)]) != TRUTH
    assert wrong["tired"][:100].mean() < 0.3 < wrong["tired"][300:].mean()
    assert likely(wrong["rested"].sum(), 3000, 0.02 + 0.2 * 24.5 / 100)
    assert rested.given == 3000


def test_an_expert_who_mixes_up_two_classes_is_right_about_all_others():
    answers = Expert(TRUTH, mixes=(1, 2, 0.4), seed=2)(EVERY)
    assert np.array_equal(answers[TRUTH != 1], TRUTH[TRUTH != 1])
    mixed = answers[TRUTH == 1]
    assert set(mixed) == {1, 2} and likely((mixed == 2).sum(), len(mixed), 0.4)


@pytest.mark.parametrize(
    "words, sign",
    [
        ({"error_rate": 1.2}, "error_rate"),
        ({"tiring": -0.1}, "tiring"),
        ({"mixes": (0, 1, 7)}, "share"),
        ({"mixes": (0, 3, 0.5)}, "classes from 0 to 2"),
    ],
)
def test_what_cannot_be_is_said_in_words(words, sign):
    with pytest.raises(KitError, match=sign):
        Expert(TRUTH, **words)
