"""The threshold keeps what it promises, also on photos that are still to come."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_kit.field import Reference, choose_threshold
from lowres_kit.field.pack.drift import QUANTILES, STATISTICS, statistics_of
from lowres_kit.field.pack.threshold import enough_photos, upper_bound


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_bound_is_that_of_clopper_and_pearson(answered, data):
    from scipy.stats import beta

    errors = data.draw(st.integers(0, answered))
    chance = data.draw(st.sampled_from([0.1, 0.0125, 0.5]))
    expected = 1.0 if errors == answered else beta.ppf(1 - chance, errors + 1, answered - errors)
    assert upper_bound(errors, answered, chance) == pytest.approx(expected, abs=2e-6)


def world(rng, n):
    """Photos of a model that is right as often as its confidence says, squared and turned."""
    confidence = rng.uniform(0.4, 1, n)
    return confidence, rng.random(n) < 1 - (1 - confidence) ** 1.5


def test_promise_holds_on_photos_to_come():
    """In at most one of ten worlds may the promise be broken; here, in the long run."""
    rng, broken, kept = np.random.default_rng(0), 0, 0
    later, right = world(rng, 100_000)
    for _ in range(400):
        threshold = choose_threshold(*world(rng, 2000), 0.1)
        kept += threshold.kept
        answered = later >= threshold.below
        broken += threshold.kept and (~right[answered]).mean() > 0.1
    assert kept > 350  # it is not careful to the point of being useless
    assert broken <= 40


def test_sure_model_asks_nobody_and_a_guessing_one_cannot_promise():
    sure = choose_threshold(np.full(200, 0.99), np.ones(200, bool), 0.05)
    assert sure.kept and sure.asked == 0 and sure.below == 0
    rng = np.random.default_rng(1)
    guess = choose_threshold(rng.random(200), rng.random(200) < 0.4, 0.05)
    assert not guess.kept and str(guess).endswith("too many answers are wrong.")


def test_few_photos_cannot_promise_much_and_are_told_how_many_could():
    n = enough_photos(0.05)
    assert choose_threshold(np.ones(n), np.ones(n, bool), 0.05).kept
    few = choose_threshold(np.ones(n - 1), np.ones(n - 1, bool), 0.05)
    assert not few.kept and f"{n} photos" in str(few)


@settings(deadline=None)
@given(st.integers(10, 200), st.integers(0, 2**32 - 1), st.sampled_from([0.01, 0.05, 0.2]))
def test_lower_threshold_would_not_do(n, seed, promised):
    confidence, right = world(np.random.default_rng(seed), n)
    found = choose_threshold(confidence, right, promised)
    answers = confidence >= found.below
    assert (found.answered, found.errors) == (answers.sum(), (answers & ~right).sum())
    assert found.kept == (found.at_most <= promised)
    assert found.errors / max(1, found.answered) <= found.at_most
    if found.kept and found.below > 0:
        errors = int((~right).sum())
        assert upper_bound(errors, n, 0.1 / 8) > promised  # answering always breaks it


def test_reference_holds_what_was_measured_and_survives_json():
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (50, 32, 32, 3), np.uint8)
    probabilities = rng.dirichlet([1, 1, 1], 50)
    reference = Reference.of(photos, probabilities)
    found = statistics_of(photos, probabilities)
    assert set(found) == set(STATISTICS)
    for name, values in found.items():
        quantiles = reference.quantiles[name]
        assert len(quantiles) == len(QUANTILES) and list(quantiles) == sorted(quantiles)
        assert quantiles[0] == pytest.approx(values.min(), rel=1e-4)
        assert quantiles[-1] == pytest.approx(values.max(), rel=1e-4)
    assert sum(reference.answers) == pytest.approx(1, abs=1e-3)
    assert Reference.from_dict(reference.as_dict()) == reference
    broken = reference.as_dict()
    broken["quantiles"]["red"][3] = float("nan")
    with pytest.raises(KitError):
        Reference.from_dict(broken)
