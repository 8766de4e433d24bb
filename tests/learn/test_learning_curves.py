"""Learning curves and evaluations count rightly."""

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix

from lowres_kit.errors import KitError
from lowres_kit.learn import learning_curve
from lowres_kit.learn.evaluation import Evaluation, log_loss, surely_better


class Counter:
    """In place of a probe: remembers what it was fitted on."""

    seen: ClassVar[list] = []

    def __init__(self, features, labels):
        Counter.seen.append((features[:, 0], labels))

    def score(self, features, labels):
        return len(Counter.seen[-1][0]) / 100


def test_curve_draws_as_many_of_each_class_and_adds_to_what_it_has():
    Counter.seen = []
    labels = np.repeat([0, 1, 2], [10, 20, 30])
    features = np.arange(60.0)[:, None]
    curve = learning_curve(features, labels, features, labels, [2, 5, 11], draws=3, fit=Counter)
    assert curve.counts == (2, 5)  # the smallest class has ten
    assert curve.accuracy.tolist() == [[0.06] * 3, [0.15] * 3]
    for small, large in zip(Counter.seen[::2], Counter.seen[1::2]):
        assert np.bincount(small[1]).tolist() == [2, 2, 2]
        assert set(small[0]) < set(large[0])
    assert curve.enough_for(0.1) == 5 and curve.enough_for(0.5) is None


def test_curve_without_enough_photos_says_so():
    with pytest.raises(KitError, match="smallest class has 1 examples"):
        learning_curve(np.zeros((2, 1)), [0, 1], np.zeros((2, 1)), [0, 1], [5])


answers = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=50)


@given(answers)
def test_evaluation_agrees_with_scikit_learn(pairs):
    truth, answer = map(np.array, zip(*pairs))
    found = Evaluation.of(np.eye(4)[answer], truth, "abcd")
    assert found.accuracy == pytest.approx(accuracy_score(truth, answer))
    assert np.array_equal(found.confusion, confusion_matrix(truth, answer, labels=range(4)))
    low, high = found.interval
    assert 0 <= low <= found.accuracy <= high <= 1
    assert str(found.tested) in str(found)


def test_interval_is_wilsons():
    """97 of 100: 91.5 to 99.0 %, from the formula worked out by hand."""
    low, high = Evaluation("ab", np.array([[97, 3], [0, 0]])).interval
    assert (round(low, 3), round(high, 3)) == (0.915, 0.990)


def test_log_loss_of_a_sure_wrong_answer_is_finite():
    assert np.isfinite(log_loss(np.array([[1.0, 0.0]]), np.array([1])))
    assert log_loss(np.full((2, 4), 0.25), np.array([0, 3])) == pytest.approx(np.log(4))


def of_class_0(right):
    return np.stack([right, 1 - right], 1)


def test_a_small_gain_is_sure_where_each_photo_has_it():
    """Hard and easy photos differ much, the two networks little and always alike."""
    right, labels = np.tile([0.2, 0.9], 20), np.zeros(40, int)
    worse, better = of_class_0(right), of_class_0(1.05 * right)
    assert surely_better(better, worse, labels)
    assert not surely_better(worse, better, labels) and not surely_better(worse, worse, labels)


def test_of_equals_few_are_surely_better():
    rng, labels = np.random.default_rng(0), np.zeros(100, int)
    pairs = (map(of_class_0, rng.uniform(0.05, 0.95, (2, 100))) for _ in range(400))
    # Two standard errors: one in forty, as often as chance goes so far to that side.
    assert np.mean([surely_better(one, other, labels) for one, other in pairs]) < 0.05
