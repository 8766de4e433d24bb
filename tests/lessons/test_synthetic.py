"""Tests of made-up data: planted copies are all found, honest ones seldom, shares are counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from lowres_kit.errors import KitError
from lowres_lessons.simulate_and_augment.synthetic import (
    copies_of_training,
    nearest_distances,
    share_by_group,
    train_synthetic_test_real,
)

seeds = st.integers(0, 2**31)


@given(seed=seeds, count=st.integers(0, 12), d=st.integers(2, 20), far=st.sampled_from([0, 1e6]))
def test_all_planted_copies_are_found(seed, count, d, far):
    """Far from 0 as well, where a distance by scalar products would lose its digits."""
    rng = np.random.default_rng(seed)
    training, held_out, made = (far + rng.normal(size=(n, d)) for n in (60, 50, 30))
    planted = rng.permutation(30)[:count]
    made[planted] = training[rng.integers(60, size=count)]
    found = copies_of_training(made, training, held_out)
    assert found.dtype == bool and found.shape == (30,)
    assert found[planted].all()


@given(seed=seeds)
def test_near_copies_are_found_and_honest_ones_seldom(seed):
    rng = np.random.default_rng(seed)
    training, held_out, honest = (rng.normal(size=(n, 8)) for n in (200, 1000, 500))
    near = training[:100] + rng.normal(0, 1e-3, (100, 8))
    assert copies_of_training(near, training, held_out).all()
    assert copies_of_training(honest, training, held_out).mean() < 0.05  # by chance: 0.01


def test_copies_are_found_where_held_out_examples_are_doubles():
    training = np.arange(20.0)[:, None]
    found = copies_of_training([[3.0], [3.4]], training, training)
    assert found.tolist() == [True, False]


@given(seed=seeds)
def test_distances_are_the_smallest_of_all(seed):
    rng = np.random.default_rng(seed)
    some, others = rng.normal(size=(9, 4)), rng.normal(size=(7, 4))
    slow = [min(np.linalg.norm(a - b) for b in others) for a in some]
    assert nearest_distances(some, others) == pytest.approx(np.array(slow))


def test_pictures_are_compared_as_rows_of_pixels():
    pictures = np.random.default_rng(0).random((5, 4, 4))
    assert nearest_distances(pictures, pictures).tolist() == [0] * 5


groups = st.lists(st.sampled_from("abc"), min_size=1, max_size=40)


@given(real=groups, made=groups)
def test_shares_are_counted_and_the_rarest_comes_first(real, made):
    shares = share_by_group(real, made)
    assert set(shares) == set(real) | set(made)
    for group, (of_real, of_made) in shares.items():
        assert of_real == pytest.approx(real.count(group) / len(real))
        assert of_made == pytest.approx(made.count(group) / len(made))
    assert [a for a, _ in shares.values()] == sorted(a for a, _ in shares.values())


def test_a_group_that_vanished_has_the_share_0():
    assert share_by_group(["paper"] * 19 + ["slate"], ["paper"] * 5)["slate"] == (0.05, 0.0)


def test_what_was_learned_from_the_made_up_is_tested_on_the_real():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 2)), np.repeat([0, 1], 100)
    x[y == 1] += 4
    wrong = (x, 1 - y)  # a generator that mixed up the classes

    def fit(features, labels):
        return KNeighborsClassifier(3).fit(features, labels)

    found = train_synthetic_test_real(fit, wrong, (x, y), (x[::2], y[::2]))
    assert found["real"] > 0.95 and found["synthetic"] < 0.05


@pytest.mark.parametrize(
    "call",
    [
        lambda: copies_of_training(np.zeros((0, 2)), np.zeros((3, 2)), np.zeros((3, 2))),
        lambda: copies_of_training(np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((0, 2))),
        lambda: share_by_group([], ["a"]),
        lambda: share_by_group(["a"], []),
    ],
)
def test_nothing_cannot_be_compared(call):
    with pytest.raises(KitError, match="at least one"):
        call()


def test_examples_of_another_length_are_refused_in_words():
    with pytest.raises(KitError, match="3 and 2"):
        nearest_distances(np.zeros((4, 3)), np.zeros((4, 2)))
