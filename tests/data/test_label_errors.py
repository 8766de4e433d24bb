"""Wrong labels that were planted are found far above chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowres_kit.data import likely_label_errors
from lowres_kit.data.label_errors import out_of_fold_probabilities
from lowres_kit.errors import KitError


def clouds(count, classes, seed, apart=2.0, dimensions=20):
    """Draw points of several classes that overlap a little."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    centres = rng.normal(0, apart, (classes, dimensions))
    return centres[labels] + rng.normal(0, 2, (count, dimensions)), labels


def plant(labels, share, classes, seed):
    rng = np.random.default_rng(seed)
    wrong = rng.choice(len(labels), round(share * len(labels)), replace=False)
    noisy = labels.copy()
    noisy[wrong] = (noisy[wrong] + rng.integers(1, classes, len(wrong))) % classes
    return noisy, wrong


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_planted_errors_are_found(classes):
    features, labels = clouds(360, classes, seed=3)
    noisy, wrong = plant(labels, 0.1, classes, seed=4)
    suspects = likely_label_errors(features, noisy)
    hits = np.isin([one.index for one in suspects], wrong)
    top = hits[: len(wrong)]
    assert top.mean() > 0.7, f"precision {top.mean():.2f} of the first {len(wrong)}; chance is 0.10"
    found = [one for one in suspects if one.index in set(wrong.tolist())]
    assert all(one.given == noisy[one.index] for one in suspects)
    right = np.mean([one.suggested == labels[one.index] for one in found])
    assert right > 0.8
    assert all(0 <= one.confidence < 0.5 for one in suspects)


def test_clean_labels_give_few_suspects():
    features, labels = clouds(360, 3, seed=3, apart=4)
    assert len(likely_label_errors(features, labels)) <= 3


def test_labels_may_be_any_numbers():
    features, labels = clouds(200, 2, seed=1, apart=4)
    noisy, wrong = plant(labels, 0.05, 2, seed=1)
    suspects = likely_label_errors(features, np.array([7, 3])[noisy])
    assert {one.given for one in suspects} | {one.suggested for one in suspects} == {3, 7}
    assert len({one.index for one in suspects} & set(wrong.tolist())) >= 7


def test_same_seed_same_list():
    features, labels = clouds(150, 3, seed=5, apart=1)
    noisy, _ = plant(labels, 0.1, 3, seed=6)
    assert likely_label_errors(features, noisy, seed=1) == likely_label_errors(
        features, noisy, seed=1
    )


def test_a_copy_does_not_vouch_for_a_wrong_label():
    """With 30 noisy dimensions a classifier knows by heart what it has seen, copies included."""
    features, labels = clouds(120, 2, seed=8, apart=0.9, dimensions=60)
    noisy, wrong = plant(labels, 0.1, 2, seed=9)
    doubled, twice = np.concatenate([features, features]), np.concatenate([noisy, noisy])
    groups = np.tile(np.arange(len(labels)), 2)
    apart = {one.index for one in likely_label_errors(doubled, twice, groups=groups)}
    torn = {one.index for one in likely_label_errors(doubled, twice)}
    assert len(apart & set(wrong.tolist())) > len(torn & set(wrong.tolist()))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=25), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_few_and_lonely_photos_do_not_stop_it(labels, seed):
    features = np.random.default_rng(seed).normal(size=(len(labels), 5))
    if len(set(labels)) < 2:
        with pytest.raises(KitError, match="two classes"):
            likely_label_errors(features, labels)
        return
    for one in likely_label_errors(features, labels, seed, rounds=1):
        assert labels[one.index] == one.given != one.suggested


def test_probabilities_are_probabilities():
    features, labels = clouds(60, 3, seed=2)
    found = out_of_fold_probabilities(features, labels, 3, 0, np.arange(60))
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert (found.argmax(axis=1) == labels).mean() > 0.6
