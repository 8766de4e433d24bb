"""Exercises of lesson 09: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_kit.workshop.checks import lesson_09 as check


def softmax(x, axis=1):
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


def rows_by_hand(scores, temperature):
    return [[np.exp(s / temperature) / sum(np.exp(np.array(row) / temperature)) for s in row]
            for row in scores]  # fmt: skip


@pytest.mark.parametrize("answer", [lambda s, t: softmax(s / t), rows_by_hand])
def test_soften_passes(answer):
    assert check.soften(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda s, t: ..., "not yet"),
        (lambda s, t: None, "return"),
        (lambda s, t: softmax(s), "changes nothing"),
        (lambda s, t: softmax(s * t), "sharper"),
        (lambda s, t: softmax(s) / t, "too late"),
        (lambda s, t: softmax(softmax(s) / t), "belongs to the scores"),
        (lambda s, t: softmax(s / t, axis=0), "columns"),
        (lambda s, t: np.exp(s / t) / np.exp(s / t).sum(), "all rows together"),
        (lambda s, t: np.exp(s / t), "no probabilities yet"),
        (lambda s, t: s / t, "scores still"),
        (lambda s, t: s / s.sum(axis=1, keepdims=True), "below 0"),
        (lambda s, t: softmax(s / 2), "another temperature"),
        (lambda s, t: softmax(s / t)[0], "shape"),
        (lambda s, t: np.ones_like(s) / 3, "not the softened"),
        (lambda s, t: s.nonsense, "nonsense"),
    ],
)
def test_soften_slips(answer, sign):
    assert_says(check.soften(answer), sign)


def apart(told, said):
    return (told * np.log(told / said)).sum(axis=1)


def entropy(p, q):
    return -(p * np.log(q)).sum(axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        lambda told, said, t: t**2 * apart(told, said).mean(),
        lambda told, said, t: t * t * (entropy(told, said) - entropy(told, told)).mean(),
        lambda told, said, t: t**2 * (told * np.log(told / said)).sum() / len(told),
    ],
)
def test_teacher_loss_passes(answer):
    assert check.teacher_loss(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda told, said, t: ..., "not yet"),
        (lambda told, said, t: None, "return"),
        (lambda told, said, t: apart(told, said).mean(), "square of the temperature is missing"),
        (lambda told, said, t: t * apart(told, said).mean(), "there once"),
        (lambda told, said, t: apart(told, said).mean() / t**2, "divide"),
        (lambda told, said, t: t**2 * apart(said, told).mean(), "changed places"),
        (lambda told, said, t: -(t**2) * apart(told, said).mean(), "falls when"),
        (lambda told, said, t: t**2 * apart(told, said).sum(), "number of photos"),
        (lambda told, said, t: t**2 * (told * np.log(told / said)).mean(), "over the classes"),
        (lambda told, said, t: t**2 * entropy(told, said).mean(), "above 0"),
        (lambda told, said, t: 16 * apart(told, said).mean(), "temperature 1"),
        (lambda told, said, t: t**2 * apart(told, said), "one number"),
        (lambda told, said, t: 1.0, "comes out as 1"),
        (lambda told, said, t: told.nonsense, "nonsense"),
    ],
)
def test_teacher_loss_slips(answer, sign):
    assert_says(check.teacher_loss(answer), sign)


def fitting(students, size_kb, latency_ms):
    return [name for name, one in students.items()
            if one["size_kb"] <= size_kb and one["latency_ms"] <= latency_ms]  # fmt: skip


def best(students, names):
    return max(names, key=lambda name: students[name]["accuracy"])


def test_student_for_passes():
    assert check.student_for(lambda s, kb, ms: best(s, fitting(s, kb, ms))).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda s, kb, ms: ..., "not yet"),
        (lambda s, kb, ms: None, "return"),
        (lambda s, kb, ms: best(s, s), "fits nowhere"),
        (lambda s, kb, ms: min(s, key=lambda n: s[n]["size_kb"]), "smallest"),
        (lambda s, kb, ms: best(s, [n for n in s if s[n]["size_kb"] <= kb]), "too slow"),
        (lambda s, kb, ms: best(s, [n for n in s if s[n]["latency_ms"] <= ms]), "too large"),
        (
            lambda s, kb, ms: best(
                s, [n for n in s if s[n]["size_kb"] < kb and s[n]["latency_ms"] < ms]
            ),
            "<=",
        ),
        (fitting, "several"),
        (lambda s, kb, ms: best(s, fitting(s, 100, 5)), "other limits"),
        (lambda s, kb, ms: 0.91, "names"),
    ],
)
def test_student_for_slips(answer, sign):
    assert_says(check.student_for(answer), sign)
