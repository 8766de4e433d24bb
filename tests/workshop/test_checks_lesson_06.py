"""Exercises of lesson 06: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_kit.workshop.checks import lesson_06 as check


def sure_names(p, threshold):
    return p.argmax(axis=1), p.max(axis=1) >= threshold


def test_sure_names_passes():
    assert check.sure_names(sure_names).passed
    assert check.sure_names(lambda p, t: (np.argmax(p, 1), (p >= t).any(1))).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda p, t: ..., "not yet"),
        (lambda p, t: (..., ...), "still gives back"),
        (lambda p, t: None, "return"),
        (lambda p, t: p.argmax(1), "two things"),
        (lambda p, t: (p.argmax(0), p.max(0) >= t), "axis=1"),
        (lambda p, t: (p.max(1), p.max(1) >= t), "argmax"),
        (lambda p, t: (p.argmin(1), p.max(1) >= t), "likeliest"),
        (lambda p, t: (p.argmax(1), p.max(1)), "True and False"),
        (lambda p, t: (p.argmax(1), p.max(1) > t), ">="),
        (lambda p, t: (p.argmax(1), p.max(1) < t), "in doubt"),
        (lambda p, t: (p.argmax(1), p.max(1) >= 0.8), "value of `threshold`"),
        (lambda p, t: p.nonsense, "nonsense"),
    ],
)
def test_sure_names_slips(answer, sign):
    assert_says(check.sure_names(answer), sign)


def surprise(judged, names):
    return -np.log(judged[np.arange(len(judged)), names])


def loss(weak, strong, threshold):
    return (surprise(strong, weak.argmax(1)) * (weak.max(1) >= threshold)).mean()


def test_loss_of_views_passes():
    assert check.loss_of_views(loss).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda w, s, t: ..., "not yet"),
        (lambda w, s, t: None, "return"),
        (lambda w, s, t: surprise(s, w.argmax(1)) * (w.max(1) >= t), "one is wanted"),
        (lambda w, s, t: -loss(w, s, t), "negative"),
        (lambda w, s, t: surprise(s, w.argmax(1)).mean(), "in doubt count"),
        (lambda w, s, t: loss(s, w, t), "strong view gives the names"),
        (lambda w, s, t: loss(w, w, t), "plays no part"),
        (lambda w, s, t: surprise(s, w.argmax(1))[w.max(1) >= t].mean(), "all photos"),
        (lambda w, s, t: (surprise(s, s.argmax(1)) * (w.max(1) >= t)).mean(), "its own name"),
        (lambda w, s, t: 2 * loss(w, s, t), "is right"),
        (lambda w, s, t: loss(w, s, 0.8), "value of `threshold`"),
    ],
)
def test_loss_of_views_slips(answer, sign):
    assert_says(check.loss_of_views(answer), sign)


def eaten(counts, share=0.5, place=-1):
    last = {name: row[place] for name, row in counts.items()}
    smallest = min(last, key=last.get)
    return smallest if last[smallest] < share * np.mean(list(last.values())) else None


def test_eaten_class_passes():
    assert check.eaten_class(eaten).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda counts: ..., "not yet"),
        (lambda counts: None, "sees nothing"),
        (lambda counts: 6, "name of a class"),
        (lambda counts: max(counts, key=lambda name: counts[name][-1]), "'spot' has 6"),
        (lambda counts: eaten(counts, 2), "sounds the alarm"),
        (lambda counts: eaten(counts) if "spot" in counts else None, "falls from 26"),
    ],
)
def test_eaten_class_slips(answer, sign):
    assert_says(check.eaten_class(answer), sign)
