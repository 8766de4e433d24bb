"""Learning from photos without a label: what each method promises, where it wins and fails."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_moons

from lowres_kit.errors import KitError
from lowres_kit.learn import (
    balanced_self_training,
    co_training,
    label_spreading,
    learning_curve,
    linear_probe,
    self_training,
    semi_supervised_fit,
)
from lowres_kit.learn.semi_supervised import FREE

VIEWS = (slice(0, 3), slice(3, 6))
METHODS = {
    "self-training": self_training,
    "balanced": balanced_self_training,
    "spreading": label_spreading,
    "co-training": lambda features, labels, pool: co_training(features, labels, pool, VIEWS),
}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def heaps(seed, each=30, apart=1.2, classes=3, width=6):
    """Round heaps of points, one a class, and their labels."""
    rng = np.random.default_rng(seed)
    middles = apart * rng.normal(size=(classes, width))
    labels = np.repeat(np.arange(classes), each)
    return middles[labels] + rng.normal(size=(len(labels), width)), labels


def some(labels, count):
    return np.concatenate([np.flatnonzero(labels == k)[:count] for k in np.unique(labels)])


def parted(seed, count=3, **shape):
    """Some points with a label, the others without, and what the others are."""
    x, y = heaps(seed, **shape)
    named = some(y, count)
    others = np.setdiff1d(np.arange(len(y)), named)
    return x[named], y[named], x[others], y[others]


def test_on_two_moons_labels_spread_along_the_moon_where_a_line_cannot_follow():
    """Two labels a class, which lie where they happen to; the median of eight draws."""
    spread, line = [], []
    for seed in range(8):
        x, y = make_moons(500, noise=0.06, random_state=seed)
        named, test = some(y[:300], 2), slice(300, None)
        pool = np.delete(x[:300], named, axis=0)
        fitted = label_spreading(x[named], y[named], pool, flow=0.99)  # as in the paper
        spread.append(fitted.score(x[test], y[test]))
        line.append(linear_probe(x[named], y[named], FREE).score(x[test], y[test]))
    assert np.median(spread) > 0.95 > max(line)


def test_photos_that_no_label_reaches_get_an_answer_all_the_same():
    """Two far islands, one of them without a label, and seven neighbours within each."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(40, 2)), 1000 + rng.normal(size=(40, 2))])
    spread = label_spreading(x[:4], np.array([0, 0, 1, 1]), x[4:])
    assert np.isfinite(spread.predict_proba(x)).all()


@pytest.mark.parametrize("method", [self_training, balanced_self_training])
def test_a_pool_of_nothing_gives_the_probe_bit_for_bit(method):
    x, y, pool, _ = parted(0)
    alone = linear_probe(x, y, FREE)
    for nothing in (pool[:0], []):
        assert np.array_equal(method(x, y, nothing).predict_proba(pool), alone.predict_proba(pool))


def test_nothing_to_spread_over_is_the_probe_and_two_views_alone_are_two_probes():
    x, y, pool, _ = parted(0)
    alone = linear_probe(x, y, FREE)
    assert np.array_equal(label_spreading(x, y, []).predict_proba(pool), alone.predict_proba(pool))
    two = co_training(x, y, pool[:0], VIEWS)
    one, other = (linear_probe(x[:, v], y, FREE).predict_proba(pool[:, v]) for v in VIEWS)
    product = one * other / (one * other).sum(1, keepdims=True)
    np.testing.assert_allclose(two.predict_proba(pool), product, atol=1e-9)


@given(st.integers(0, 1000), st.floats(0.4, 0.99))
@settings(max_examples=15, deadline=None)
def test_self_training_never_changes_a_given_label(seed, threshold):
    x, y, pool, _ = parted(seed)
    wrong = (y + 1) % 3  # whatever it is told
    told = self_training(x, wrong, pool, threshold=threshold)
    assert np.array_equal(told.transduction_[: len(y)], wrong)
    assert (told.labeled_iter_[: len(y)] == 0).all()


@each_method
@given(st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_the_order_of_the_pool_does_not_matter(method, seed):
    x, y, pool, _ = parted(seed)
    order = np.random.default_rng(seed).permutation(len(pool))
    one, other = method(x, y, pool), method(x, y, pool[order])
    np.testing.assert_allclose(one.predict_proba(pool), other.predict_proba(pool), atol=1e-3)


@each_method
def test_what_it_is_given_stays_as_it_was(method):
    x, y, pool, _ = parted(1)
    before = x.copy(), y.copy(), pool.copy()
    method(x, y, pool)
    assert all(np.array_equal(a, b) for a, b in zip((x, y, pool), before))


@each_method
def test_it_learns_from_the_pool_where_the_classes_are_heaps(method):
    """Median over ten worlds; a probe from one label a class stays far behind."""
    gains = []
    for seed in range(10):
        x, y, pool, hidden = parted(seed, count=1, apart=1.5, each=60)
        fitted = method(x, y, pool)
        gains.append(fitted.score(pool, hidden) - linear_probe(x, y, FREE).score(pool, hidden))
    assert np.median(gains) > 0


def test_two_views_win_where_they_are_independent():
    """Each view alone is weak; given the class, what one sees tells nothing of the other."""
    gains = []
    for seed in range(8):
        x, y, pool, hidden = parted(seed, count=2, apart=1.3, each=80)
        fitted = co_training(x, y, pool, VIEWS)
        gains.append(fitted.score(pool, hidden) - co_training(x, y, [], VIEWS).score(pool, hidden))
    assert np.median(gains) > 0.01


def test_one_class_eats_another_unless_they_are_taken_in_equal_numbers():
    """Nine labels of one class for one of the other: the failure that the lesson shows."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 150)
    x = rng.normal(size=(300, 10)) + 0.5 * y[:, None]
    named = np.concatenate([np.arange(9), [150]])
    others = np.setdiff1d(np.arange(300), named)
    plain = self_training(x[named], y[named], x[others], threshold=0.6)
    equal = balanced_self_training(x[named], y[named], x[others])
    share = [(fitted.predict(x[others]) == 1).mean() for fitted in (plain, equal)]
    assert share[0] < 0.25 and 0.35 < share[1] < 0.65


@each_method
def test_labels_need_not_be_counted_from_zero(method):
    x, y, pool, hidden = parted(2, apart=3)
    fitted = method(x, np.array([4, 7, 9])[y], pool)
    assert (fitted.predict(pool) == np.array([4, 7, 9])[hidden]).mean() > 0.9
    assert list(fitted.classes_) == [4, 7, 9]


@each_method
def test_a_pool_smaller_than_the_neighbours(method):
    x, y, pool, _ = parted(3, count=2)
    probabilities = method(x, y, pool[:1]).predict_proba(pool)
    assert np.isfinite(probabilities).all() and probabilities.shape == (len(pool), 3)


@each_method
def test_what_cannot_be_is_said_in_words(method):
    x, y, pool, _ = parted(0)
    with pytest.raises(KitError, match="put what has no label into the pool"):
        method(x, np.where(y == 2, -1, y), pool)
    with pytest.raises(KitError, match=r"have 5 features, .* 6"):
        method(x, y, pool[:, :5])
    with pytest.raises(KitError, match="but 2 labels"):
        method(x, y[:2], pool)
    with pytest.raises(KitError, match="two classes"):
        method(x[y == 0], y[y == 0], pool)


def test_a_curve_takes_it():
    x, y, pool, hidden = parted(0, count=4)
    fit = semi_supervised_fit(self_training, pool, threshold=0.9)
    curve = learning_curve(x, y, pool, hidden, [1, 4], draws=2, fit=fit)
    assert curve.accuracy.shape == (2, 2)
    expected = self_training(x, y, pool, threshold=0.9).score(pool, hidden)
    assert curve.accuracy[1] == pytest.approx([expected] * 2)  # all four of each: one possible draw
