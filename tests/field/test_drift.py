"""The watch for drift: silent while nothing changes, and it finds what does."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from lowres_kit.data import LeafSettings, leaf_photo
from lowres_kit.field.pack import drift
from lowres_kit.field.pack.drift import (
    QUANTILES,
    STATISTICS,
    DriftWatch,
    Reference,
    distance,
    distance_limit,
    statistics_of,
    usual_counts,
)

NAMES = ("rust", "spot", "healthy")
FEW = st.lists(st.integers(0, 9).map(float), min_size=2, max_size=40)  # with many equal values


def surely(rng, n, shares=(0.4, 0.3, 0.3)):
    """Probabilities of n answers with these shares, sure as a model mostly is: many are 0.99."""
    kinds = rng.choice(len(shares), n, p=shares)
    confidence = np.round(0.5 + 0.5 * rng.beta(3, 0.3, n), 2)
    found = np.repeat((1 - confidence)[:, None] / 2, len(shares), axis=1)
    found[np.arange(n), kinds] = confidence
    return found


def leaves(n, seed, **settings):
    settings = LeafSettings(photos_per_plant=1, **settings)
    return np.stack([leaf_photo("bean_rust", k, seed, 64, settings) for k in range(n)])


def watched(reference, photos, probabilities, window=50):
    watch = DriftWatch(reference, NAMES, window)
    found = statistics_of(photos, probabilities)
    for k, answer in enumerate(probabilities.argmax(1)):
        watch.add({name: float(values[k]) for name, values in found.items()}, NAMES[answer])
    return watch.state()


@given(FEW, FEW)
def test_distance_is_never_more_than_that_of_the_samples(ours, theirs):
    ours, theirs = np.array(ours), np.array(theirs)
    told = distance(ours, np.quantile(theirs, QUANTILES), len(theirs))
    values = np.union1d(ours, theirs)
    full = max(abs((ours <= v).mean() - (theirs <= v).mean()) for v in values)
    assert told <= full + 1e-12


def test_distance_sees_both_directions():
    quantiles = np.quantile(np.arange(1000.0), QUANTILES)
    assert distance(np.full(20, -1.0), quantiles, 1000) == pytest.approx(1, abs=0.01)
    assert distance(np.full(20, 2e3), quantiles, 1000) == pytest.approx(1, abs=0.01)
    half = np.linspace(0, 500, 20)
    assert distance(half, quantiles, 1000) == pytest.approx(0.5, abs=0.06)
    assert distance(np.linspace(0, 999, 20), quantiles, 1000) < 0.06


@given(st.integers(1, 60), st.integers(1, 200), st.data(), st.sampled_from([0.2, 0.01, 1e-4]))
def test_usual_counts_leave_out_so_much_and_no_more(n, m, data, chance):
    together = data.draw(st.integers(0, n + m))
    low, high = usual_counts(n, m, together, chance)

    def between(first, last):
        ways = sum(
            math.comb(together, k) * math.comb(n + m - together, n - k)
            for k in range(max(0, together - m), min(n, together) + 1) if first <= k <= last
        )  # fmt: skip
        return ways / math.comb(n + m, n)

    assert between(0, low - 1) <= chance / 2 and between(high + 1, n) <= chance / 2
    assert low == high or min(between(0, low), between(high, n)) > chance / 2


@pytest.mark.parametrize("m", [20, 100, 1000])
def test_limit_of_the_distance_holds_and_is_not_too_wide(m):
    rng, n, chance = np.random.default_rng(m), 50, 0.05
    limit = distance_limit(n, m, chance)
    apart = [
        distance(rng.normal(size=n), np.quantile(rng.normal(size=m), QUANTILES), m)
        for _ in range(3000)
    ]
    alarms = np.mean(np.array(apart) > limit)
    assert alarms <= chance
    assert np.mean(np.array(apart) > 0.7 * limit) > chance  # a limit of 2 would keep it as well


def test_false_alarms_are_as_rare_as_promised(monkeypatch):
    # At its own chance it would take hours to see an alarm, so a larger one is promised here.
    monkeypatch.setattr(drift, "CHANCE", 0.1)
    rng, alarms, looks = np.random.default_rng(5), 0, 600
    for _ in range(looks):
        photos = rng.integers(0, 256, (150, 4, 4, 3), np.uint8)
        probabilities = surely(rng, 150)
        reference = Reference.of(photos[50:], probabilities[50:])
        alarms += bool(watched(reference, photos[:50], probabilities[:50])["drifting"])
    assert 0 < alarms <= 0.1 * looks


@pytest.fixture(scope="module")
def usual():
    photos = leaves(200, seed=1)
    return Reference.of(photos, surely(np.random.default_rng(1), 200))


def test_the_same_farm_is_no_drift(usual):
    state = watched(usual, leaves(50, seed=2), surely(np.random.default_rng(2), 50))
    assert state["enough"] and state["drifting"] == []
    assert set(state["statistics"]) == {*STATISTICS, "answers"}


def behind_a_dirty_lens(photos):
    blur = ImageFilter.GaussianBlur(1.5)
    return np.stack([np.asarray(Image.fromarray(photo).filter(blur)) for photo in photos])


@pytest.mark.parametrize(
    ("photos", "seen", "more"),
    [
        (leaves(50, seed=3, light="dusk"), "brightness", False),
        (behind_a_dirty_lens(leaves(50, seed=3)), "sharpness", False),
        (leaves(50, seed=3, phone="old"), "red", True),
    ],
    ids=["dusk", "dirty lens", "another phone"],
)
def test_another_light_lens_or_phone_is_found(usual, photos, seen, more):
    state = watched(usual, photos, surely(np.random.default_rng(3), 50))
    assert seen in state["drifting"] and "confidence" not in state["drifting"]
    one = state["statistics"][seen]
    assert one["score"] > one["limit"] and (one["now"] > one["usual"]) == more


def test_other_answers_are_found(usual):
    rng, photos = np.random.default_rng(4), leaves(50, seed=4)
    state = watched(usual, photos, surely(rng, 50, (0.05, 0.15, 0.8)))
    assert state["drifting"] == ["answers"]
    one = state["statistics"]["answers"]
    assert one["label"] == "healthy" and one["now"] > 0.7 and one["usual"] < 0.4
    unsure = surely(rng, 50) * 0.4 + 0.2
    assert watched(usual, photos, unsure)["drifting"] == ["confidence"]


def test_nothing_is_told_before_the_window_is_full(usual):
    state = watched(usual, np.zeros((49, 8, 8, 3), np.uint8), surely(np.random.default_rng(0), 49))
    assert not state["enough"] and state["photos"] == 49
    assert state["drifting"] == [] and state["statistics"] == {}


def test_old_photos_are_forgotten(usual):
    dark, normal = np.zeros((60, 64, 64, 3), np.uint8), leaves(50, seed=6)
    photos = np.concatenate([dark, normal])
    state = watched(usual, photos, surely(np.random.default_rng(6), 110))
    assert state["drifting"] == []
