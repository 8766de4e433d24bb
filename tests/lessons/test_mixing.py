"""Mixed pictures: labels are shared as the pictures are, and what was given stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_lessons.simulate_and_augment.mixing import area, box, cutmix, mixup

seeds = st.integers(0, 2**31)
alphas = st.sampled_from([0.1, 0.2, 1.0, 4.0])


def batch(n, height=6, width=9):
    """Picture i is full of i, and is of class i: a pixel tells where it comes from."""
    pictures = np.broadcast_to(np.arange(n, dtype=float)[:, None, None], (n, height, width))
    return pictures.copy(), np.eye(n)


both = pytest.mark.parametrize("mix", [mixup, cutmix])


@both
@given(n=st.integers(1, 8), seed=seeds, alpha=alphas)
def test_shares_of_a_label_are_shares_and_add_up_to_1(mix, n, seed, alpha):
    mixed, targets = mix(*batch(n), np.random.default_rng(seed), alpha)
    assert mixed.shape == (n, 6, 9) and targets.shape == (n, n)
    assert (targets >= 0).all()
    assert targets.sum(axis=1) == pytest.approx(np.ones(n))


@both
@given(seed=seeds)
def test_what_was_given_stays(mix, seed):
    pictures, targets = batch(5)
    mix(pictures, targets, np.random.default_rng(seed))
    assert np.array_equal(pictures, batch(5)[0]) and np.array_equal(targets, np.eye(5))


@given(n=st.integers(2, 8), seed=seeds, alpha=alphas)
def test_mixup_shares_the_pixels_as_the_label(n, seed, alpha):
    mixed, targets = mixup(*batch(n), np.random.default_rng(seed), alpha)
    assert mixed == pytest.approx(np.broadcast_to((targets @ np.arange(n))[:, None, None],
                                                  mixed.shape))  # fmt: skip


@given(n=st.integers(2, 8), seed=seeds, alpha=alphas)
def test_the_label_of_cutmix_is_the_area_in_pixels(n, seed, alpha):
    mixed, targets = cutmix(*batch(n), np.random.default_rng(seed), alpha)
    for picture, target in zip(mixed, targets):
        counted = [(picture == i).mean() for i in range(n)]
        assert target == pytest.approx(counted)


@given(height=st.integers(1, 40), width=st.integers(1, 40), share=st.floats(0, 1), seed=seeds)
def test_a_piece_lies_inside_and_has_about_its_share(height, width, share, seed):
    rows, columns = box(height, width, share, np.random.default_rng(seed))
    assert 0 <= rows.start <= rows.stop <= height and 0 <= columns.start <= columns.stop <= width
    # Each side is rounded by half a pixel at most.
    off = abs(area((rows, columns)) - share * height * width)
    assert off <= 0.5 * (height + width) + 0.25


def test_pieces_may_lie_anywhere():
    rng = np.random.default_rng(0)
    seen = np.zeros((6, 6))
    for _ in range(300):
        seen[box(6, 6, 0.25, rng)] += 1
    assert (seen > 0).all()


def test_colours_are_mixed_too():
    pictures = np.random.default_rng(0).random((4, 8, 8, 3))
    for mix in (mixup, cutmix):
        assert mix(pictures, np.eye(4), np.random.default_rng(1))[0].shape == pictures.shape


@both
def test_labels_must_be_shares(mix):
    with pytest.raises(KitError, match="shares of all classes"):
        mix(batch(3)[0], np.array([0, 1, 2]), np.random.default_rng(0))


def test_cutmix_needs_a_picture():
    with pytest.raises(KitError, match="height and a width"):
        cutmix(np.zeros((3, 4)), np.eye(3), np.random.default_rng(0))
