"""Labels needed are read honestly from a curve, and the stop rule follows its paper."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score

from lowres_kit.learn import LabelCurve, cohen_kappa, labels_needed, steady_from

SHARES = st.integers(0, 64).map(lambda part: part / 64)


def test_between_two_points_the_line_is_straight():
    assert labels_needed([10, 20, 40], [0.5, 0.7, 0.9], 0.8) == pytest.approx(30)
    assert labels_needed([10, 20, 40], [0.5, 0.7, 0.9], 0.7) == pytest.approx(20)


def test_a_lucky_turn_does_not_count():
    assert labels_needed([10, 20, 30, 40], [0.5, 0.9, 0.7, 0.9], 0.8) == pytest.approx(35)


def test_never_reached_is_none_and_fewer_than_tried_is_not_claimed():
    assert labels_needed([10, 20], [0.9, 0.7], 0.8) is None
    assert labels_needed([10, 20], [0.9, 0.8], 0.8) == 10


@given(st.lists(SHARES, min_size=1, max_size=12), SHARES)
def test_from_there_on_the_curve_stays_above(scores, target):
    labels = 5 * np.arange(1, len(scores) + 1)
    needed = labels_needed(labels, scores, target)
    if needed is None:
        assert scores[-1] < target
        return
    assert all(score >= target for count, score in zip(labels, scores) if count >= needed)
    before = [score for count, score in zip(labels, scores) if count < needed]
    assert not before or before[-1] < target


@given(arrays(float, st.tuples(st.integers(2, 8), st.integers(1, 7)), elements=SHARES), SHARES)
def test_a_curve_gives_medians_quartiles_and_what_is_needed(scores, target):
    curve = LabelCurve(tuple(range(10, 10 + len(scores))), scores)
    low, high = curve.band
    assert (low <= curve.median + 1e-12).all() and (curve.median <= high + 1e-12).all()
    assert curve.needed(target) == labels_needed(curve.labels, curve.median, target)
    assert curve.at(10) == pytest.approx(curve.median[0])


@given(arrays(int, st.tuples(st.just(2), st.integers(2, 40)), elements=st.integers(0, 3)))
def test_agreement_is_cohens_kappa(answers):
    before, after = answers
    assume(len(np.union1d(before, after)) > 1)
    assert cohen_kappa(before, after) == pytest.approx(cohen_kappa_score(before, after))


def test_the_same_answers_agree_even_if_all_are_one_class():
    assert cohen_kappa([2, 2, 2], [2, 2, 2]) == 1


def test_one_may_stop_when_three_agreements_in_a_row_are_nearly_perfect():
    moving = [np.arange(60) % 3, (np.arange(60) + 1) % 3]
    still = [np.arange(60) % 3] * 4
    assert steady_from(moving * 3) is None
    assert steady_from(moving + still) == 5  # turns 3, 4 and 5, each with the one before
    assert steady_from(still[:3]) is None
    assert steady_from(moving + still, window=1) == 3
    nearly = [answers.copy() for answers in still]
    nearly[3][:3] = [1, 2, 0]
    assert steady_from(nearly) is None and steady_from(nearly, limit=0.97) == 3
