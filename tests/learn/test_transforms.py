"""Changes of photos: nothing at 0, what is named at full strength, and the same from a seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_kit.learn import TRANSFORMS, transformed, views, with_views
from lowres_kit.learn.transforms import BLUE, GREEN, NEED_COLOUR, RED

PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 12, 12, 3), dtype=np.uint8)
LEAF = np.full((1, 8, 8, 3), (60, 150, 40), np.uint8)
each_change = pytest.mark.parametrize("name", TRANSFORMS)
amounts = st.floats(-1, 1)


@each_change
def test_amount_0_gives_the_photo_back(name):
    assert np.array_equal(transformed(PHOTOS, name, 0), PHOTOS)


@each_change
@given(amount=amounts)
def test_a_changed_photo_is_a_photo_and_the_given_one_stays(name, amount):
    before = PHOTOS.copy()
    after = transformed(PHOTOS, name, amount)
    assert after.shape == PHOTOS.shape and after.dtype == np.uint8
    assert np.array_equal(PHOTOS, before)


@each_change
def test_full_strength_changes_it(name):
    assert (transformed(PHOTOS, name, 1) != PHOTOS).mean() > 0.3


@each_change
@given(some=st.lists(amounts, min_size=3, max_size=3))
def test_each_photo_is_changed_by_its_own_amount(name, some):
    together = transformed(PHOTOS, name, np.array(some))
    alone = [transformed(PHOTOS[i : i + 1], name, some[i]) for i in range(3)]
    # A value in the middle between two whole numbers may be rounded to either.
    assert np.abs(together.astype(int) - np.concatenate(alone)).max() <= 1


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name not in NEED_COLOUR])
def test_grey_pictures_can_be_changed_too(name):
    assert transformed(PHOTOS[..., :1], name, 0.7).shape == (3, 12, 12, 1)


def test_mirror_and_upside_down_are_what_they_say():
    assert np.array_equal(transformed(PHOTOS, "mirror", 1), PHOTOS[:, :, ::-1])
    assert np.array_equal(transformed(PHOTOS, "mirror", -1), PHOTOS)
    half_turn = np.rot90(PHOTOS, 2, axes=(1, 2))
    assert np.array_equal(transformed(PHOTOS, "upside_down", 1), half_turn)
    assert np.array_equal(transformed(PHOTOS, "turn", 1), half_turn)


def test_a_shift_moves_by_an_eighth_of_the_width():
    photo = np.zeros((1, 16, 16, 1), np.uint8)
    photo[0, 8, 8] = 200
    moved = transformed(photo, "shift", 1)
    row, column = np.unravel_index(moved[0, :, :, 0].argmax(), (16, 16))
    assert column == 6 and abs(row - 8) <= 2


def test_zoom_comes_closer_with_amounts_above_0():
    photo = np.zeros((1, 16, 16, 1), np.uint8)
    photo[0, 6:10, 6:10] = 200
    sizes = [(transformed(photo, "zoom", amount) > 100).sum() for amount in (-1, 0, 1)]
    assert sizes == sorted(sizes) and len(set(sizes)) == 3 and sizes[2] == 36


def test_light_doubles_or_halves():
    assert transformed(LEAF, "light", 1)[0, 0, 0].tolist() == [120, 255, 80]
    assert transformed(LEAF, "light", -1)[0, 0, 0].tolist() == [30, 75, 20]


def test_colour_can_be_taken_away():
    pixel = transformed(LEAF, "colour", -1)[0, 0, 0]
    assert pixel.max() - pixel.min() <= 1


@given(amount=amounts)
def test_hue_keeps_the_brightness(amount):
    photo = np.full((1, 2, 2, 3), (110, 130, 120), np.uint8)  # weak: no colour is cut off
    before, after = ((one[0, 0, 0] * (RED, GREEN, BLUE)).sum()
                     for one in (photo, transformed(photo, "hue", amount)))  # fmt: skip
    assert after == pytest.approx(before, abs=1)


def test_hue_turns_a_green_leaf_blue_or_red():
    assert LEAF[0, 0, 0].argmax() == 1
    assert transformed(LEAF, "hue", 2 / 3)[0, 0, 0].argmax() == 2
    assert transformed(LEAF, "hue", -2 / 3)[0, 0, 0].argmax() == 0


@given(seed=st.integers(0, 2**31))
def test_views_come_from_the_seed(seed):
    policy = {"turn": 1.0, "light": 0.5}
    one = views(PHOTOS, policy, seed)
    assert np.array_equal(one, views(PHOTOS, policy, seed))
    assert not np.array_equal(one, views(PHOTOS, policy, seed + 1))


def test_an_empty_policy_changes_nothing():
    assert np.array_equal(views(PHOTOS, {}, 3), PHOTOS)


@given(copies=st.integers(0, 4))
def test_copies_stand_behind_the_photos_with_their_labels(copies):
    photos, labels = with_views(PHOTOS, np.array([5, 6, 7]), {"shift": 1.0}, copies)
    assert np.array_equal(photos[:3], PHOTOS)
    assert labels.tolist() == [5, 6, 7] * (1 + copies)
    assert len(photos) == len(labels)
    assert len(np.unique(photos.reshape(len(photos), -1), axis=0)) == len(photos)


@pytest.mark.parametrize(
    "photos, name, amount, sign",
    [
        (PHOTOS, "rain", 0.5, "no change 'rain'; choose one of turn"),
        (PHOTOS, "turn", 1.5, "between -1 and 1"),
        (PHOTOS, "turn", np.nan, "between -1 and 1"),
        (PHOTOS[..., :1], "hue", 0.5, "three colours"),
        (PHOTOS / 255, "turn", 0.5, "uint8"),
        (PHOTOS[0], "turn", 0.5, "shape"),
    ],
)
def test_what_cannot_be_changed_is_refused_in_words(photos, name, amount, sign):
    with pytest.raises(KitError, match=sign):
        transformed(photos, name, amount)
