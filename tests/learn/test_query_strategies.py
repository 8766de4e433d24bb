"""The ways of asking: their formulas, the greedy core-set against brute force, and the loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy as scipy_entropy

from lowres_kit.errors import KitError
from lowres_kit.learn.active_learning import active_learning_curve, active_learning_loop
from lowres_kit.learn.query_strategies import (
    STRATEGIES,
    entropy,
    farthest_first,
    least_confidence,
    margin,
    most,
    random_sampling,
    typical,
    typical_sampling,
)

# Whole numbers, so that equal distances are equal in every order of adding up; many photos alike.
POOLS = arrays(np.int8, st.tuples(st.integers(2, 24), st.integers(1, 4)),
               elements=st.integers(-3, 3)).map(lambda found: found.astype(float))  # fmt: skip
SLOW = settings(max_examples=40, deadline=None)


@st.composite
def shares(draw):
    """Probabilities of some photos, zeros among them."""
    shape = draw(st.tuples(st.integers(1, 20), st.integers(2, 6)))
    raw = draw(arrays(float, shape, elements=st.floats(0, 1)))
    raw[raw < 0.05] = 0
    raw[raw.sum(axis=1) == 0] = 1
    return raw / raw.sum(axis=1, keepdims=True)


@given(shares())
def test_doubt_is_what_the_formulas_say(probabilities):
    ordered = np.sort(probabilities, axis=1)
    assert least_confidence(probabilities) == pytest.approx(1 - ordered[:, -1])
    assert margin(probabilities) == pytest.approx(1 - (ordered[:, -1] - ordered[:, -2]))
    assert entropy(probabilities) == pytest.approx(scipy_entropy(probabilities, axis=1), abs=1e-12)


@given(st.floats(0.5, 1), st.floats(0.5, 1))
def test_of_two_classes_all_measures_doubt_the_same_photo(one, other):
    probabilities = np.array([[one, 1 - one], [1 - other, other]])
    if abs(one - other) < 1e-6:
        return
    doubted = 0 if one < other else 1
    for measure in (least_confidence, margin, entropy):
        assert measure(probabilities).argmax() == doubted


def test_the_three_measures_disagree_where_there_are_more_classes():
    torn, vague = [0.5, 0.5, 0.0], [0.45, 0.275, 0.275]
    probabilities = np.array([torn, vague])
    assert margin(probabilities).argmax() == 0
    assert entropy(probabilities).argmax() == least_confidence(probabilities).argmax() == 1


def brute_force_core_set(features, chosen, count):
    """The definition, with all distances written out."""
    chosen, found = list(chosen), []
    for _ in range(count):
        left = [i for i in range(len(features)) if i not in chosen]
        if not left:
            break
        if chosen:
            gaps = [min(((features[i] - features[j]) ** 2).sum() for j in chosen) for i in left]
            photo = left[int(np.argmax(gaps))]
        else:
            photo = int(((features - features.mean(axis=0)) ** 2).sum(axis=1).argmin())
        chosen.append(photo)
        found.append(photo)
    return found


@SLOW
@given(POOLS, st.data())
def test_core_set_is_the_greedy_k_center_solution(features, data):
    places = st.integers(0, len(features) - 1)
    chosen = data.draw(st.lists(places, unique=True, max_size=len(features)))
    count = data.draw(st.integers(1, len(features) + 2))
    found = farthest_first(features, chosen, count)
    assert list(found) == brute_force_core_set(features, chosen, count)


@SLOW
@given(POOLS, st.sampled_from(sorted(STRATEGIES)), st.integers(0, 2**16), st.data())
def test_no_photo_is_asked_for_twice_and_all_are_in_the_end(features, name, seed, data):
    truth = data.draw(arrays(np.int64, len(features), elements=st.integers(0, 2)))
    first, count = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))

    def run():
        loop = {"first": first, "count": count, "most": 99, "seed": seed}
        return list(
            active_learning_loop(features, lambda asked: truth[asked], STRATEGIES[name], **loop)
        )

    turns = run()
    assert sorted(turns[-1].asked) == list(range(len(features)))
    for turn in turns:
        assert list(turn.answers) == list(truth[turn.asked])
        assert turn.model.predict(features).shape == truth.shape
    assert np.array_equal(turns[-1].asked, run()[-1].asked)  # ties and all


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_gives_as_many_as_it_was_asked_for(name):
    rng = np.random.default_rng(0)
    features, truth = rng.normal(size=(80, 5)), rng.integers(0, 3, 80)
    loop = {"first": 7, "count": 6, "most": 50}
    turns = active_learning_loop(features, lambda asked: truth[asked], STRATEGIES[name], **loop)
    assert [len(turn.asked) for turn in turns] == [7, 13, 19, 25, 31, 37, 43, 49, 50]


def test_highest_scores_first_and_equal_ones_in_order():
    assert list(most([1, 3, 2, 3, 3], [1], 3)) == [3, 4, 2]
    assert list(most([0, 0, 0], [0, 2], 5)) == [1]


def heaps(sizes, seed=0):
    """Photos in heaps far from each other, and the number of each one's heap."""
    rng = np.random.default_rng(seed)
    number = np.repeat(np.arange(len(sizes)), sizes)
    centres = 50 * rng.permutation(np.eye(len(sizes)))
    return centres[number] + rng.normal(size=(len(number), len(sizes))), number


@pytest.mark.parametrize("seed", range(5))
def test_typical_photos_stand_for_the_largest_heaps_without_a_label(seed):
    features, number = heaps([30, 5, 20, 10])
    first = typical(features, [], 4, seed)
    assert sorted(number[first]) == [0, 1, 2, 3]
    labelled = np.flatnonzero(number == 0)[:2]
    assert number[typical(features, labelled, 1, seed)[0]] in (2, 0)
    for photo in first:  # in the middle of its heap, not at its edge
        own = features[number == number[photo]]
        gaps = np.linalg.norm(own - own.mean(axis=0), axis=1)
        mine = np.linalg.norm(features[photo] - own.mean(axis=0))
        assert mine <= np.median(gaps)


def test_a_doubting_model_asks_at_the_border_between_two_classes():
    rng = np.random.default_rng(0)
    features = np.linspace(-3, 3, 101)[:, None] + rng.normal(scale=1e-3, size=(101, 1))
    truth = (features[:, 0] > 0).astype(int)
    loop = {"start": lambda *_: np.array([0, 100]), "first": 2, "count": 4, "most": 6}
    for name in ("margin", "entropy", "least confidence"):
        turns = active_learning_loop(features, lambda asked: truth[asked], STRATEGIES[name], **loop)
        assert abs(features[list(turns)[-1].asked[2:], 0]).max() < 0.3


def test_asking_beats_chance_where_most_photos_tell_nothing():
    features, number = heaps([300, 12, 12], seed=1)
    test, true = heaps([40, 40, 40], seed=1)
    curves = {
        name: active_learning_curve(features, lambda seed: lambda asked: number[asked], ask,
                                    test, true, seeds=5, start=start, first=3, count=3, most=15)
        for name, ask, start in (("chance", random_sampling, random_sampling),
                                 ("typical", STRATEGIES["margin"], typical_sampling))
    }  # fmt: skip
    assert curves["typical"].scores.shape == (5, 5)
    assert curves["typical"].median[-1] > curves["chance"].median[-1] + 0.2


def test_a_strategy_that_asks_for_nothing_is_told_so():
    features = np.eye(5)
    with pytest.raises(KitError, match="asked for nothing while some"):
        list(active_learning_loop(features, lambda asked: np.arange(len(asked)) % 2,
                                  lambda *_: np.array([], int), first=2))  # fmt: skip
