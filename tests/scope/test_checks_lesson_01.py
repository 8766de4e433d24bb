"""The checks of lesson 01: the solution passes, and each usual slip gets its own hint."""

from collections import Counter

import numpy as np
import pytest

from lowres_kit.workshop.checks.lesson_01 import (
    CASES,
    KEYS,
    check_expected_cost,
    check_plain_score,
    check_stops,
)

RIGHT = {case: right for case, (right, _, _) in CASES.items()}


def test_stops():
    assert check_stops(RIGHT).passed
    assert all(right in KEYS for right in RIGHT.values())
    assert all(key in KEYS for _, _, special in CASES.values() for key in special)


@pytest.mark.parametrize("case", CASES)
def test_each_wrong_key_is_refused_with_a_hint(case):
    hints = set()
    for key in KEYS:
        if key != RIGHT[case]:
            verdict = check_stops({**RIGHT, case: key})
            assert not verdict.passed and case in verdict.text and verdict.hint
            assert RIGHT[case] not in verdict.hint, "the hint must not be the answer"
            hints.add(verdict.hint)
    assert len(hints) > 1, "a usual wrong answer has its own hint"


@pytest.mark.parametrize(
    "stops, expected",
    [
        (..., "still there"),
        ({case: ... for case in CASES}, "still there"),
        ({**RIGHT, "tank": "a rule"}, "not the key"),
        ({**RIGHT, "tank": ["rule_is_enough"]}, "not the key"),
        ({"tank": "rule_is_enough"}, "must be a dictionary"),
        (list(RIGHT.values()), "must be a dictionary"),
    ],
)
def test_stops_that_are_no_answer(stops, expected):
    verdict = check_stops(stops)
    assert not verdict.passed and expected in verdict.text


def share(labels):
    return max(Counter(labels).values()) / len(labels)


def test_plain_score():
    assert check_plain_score(share).passed
    assert check_plain_score(lambda labels: np.float64(share(labels))).passed


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda labels: max(Counter(labels).values()), "Divide"),
        (lambda labels: 100 * share(labels), "100"),
        (lambda labels: 1 / len(set(labels)), "equally frequent"),
        (lambda labels: 1 - share(labels), "wrong answers"),
        (lambda labels: labels.count(labels[0]) / len(labels), "largest count"),
        (lambda labels: Counter(labels).most_common(1)[0][0], "from 0 to 1"),
        (lambda labels: None, "from 0 to 1"),
        (lambda labels: float("nan"), "largest count"),
        (lambda labels: ..., "`...`"),
        (lambda labels: labels / 2, "cell of its own"),
        (..., "Put your answer"),
    ],
)
def test_slips_of_the_plain_score(function, expected):
    verdict = check_plain_score(function)
    assert not verdict.passed and expected in verdict.hint


def cost(sick, probability, threshold, cost_missed, cost_alarm):
    called = probability >= threshold
    missed, alarms = np.sum(sick & ~called), np.sum(~sick & called)
    return 100 * (missed * cost_missed + alarms * cost_alarm) / len(sick)


def test_expected_cost():
    assert check_expected_cost(cost).passed


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda s, p, t, m, a: cost(s, p, t, m, a) * len(s) / 100, "these 8 people"),
        (lambda s, p, t, m, a: cost(s, p, t, m, a) / 100, "one person"),
        (lambda s, p, t, m, a: cost(s, p, t, a, m), "changed places"),
        (lambda s, p, t, m, a: cost(s, p, t, 1, 1), "both errors alike"),
        (lambda s, p, t, m, a: cost(s, p, t, m, 0), "Add the false alarms"),
        (lambda s, p, t, m, a: cost(s, p, t, 0, a), "Add the missed"),
        (lambda s, p, t, m, a: cost(s, p, t + 1e-9, m, a), "at or above"),
        (lambda s, p, t, m, a: float("nan"), "at or above"),
        (lambda s, p, t, m, a: p, "one number"),
        (lambda s, p, t, m, a: ..., "`...`"),
    ],
)
def test_slips_of_the_expected_cost(function, expected):
    verdict = check_expected_cost(function)
    assert not verdict.passed and expected in verdict.hint
