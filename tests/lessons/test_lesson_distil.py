"""Exercises of the lesson Distil: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from legible import assert_legible
from verdicts import assert_says

from lowres_lessons.distil import checks as check
from lowres_lessons.distil.plots import soft_label_view, ways_view


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


def apart(p, q):
    return (p * np.log(p / q)).sum(axis=1)


def entropy(p, q):
    return -(p * np.log(q)).sum(axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        lambda p, q, t: t**2 * apart(p, q).mean(),
        lambda p, q, t: t * t * (entropy(p, q) - entropy(p, p)).mean(),
        lambda p, q, t: t**2 * (p * np.log(p / q)).sum() / len(p),
    ],
)
def test_teacher_loss_passes(answer):
    assert check.teacher_loss(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda p, q, t: ..., "not yet"),
        (lambda p, q, t: None, "return"),
        (lambda p, q, t: apart(p, q).mean(), "square of the temperature is missing"),
        (lambda p, q, t: t * apart(p, q).mean(), "there once"),
        (lambda p, q, t: apart(p, q).mean() / t**2, "divide"),
        (lambda p, q, t: t**2 * apart(q, p).mean(), "changed places"),
        (lambda p, q, t: -(t**2) * apart(p, q).mean(), "falls when"),
        (lambda p, q, t: t**2 * apart(p, q).sum(), "number of photos"),
        (lambda p, q, t: t**2 * (p * np.log(p / q)).mean(), "over the classes"),
        (lambda p, q, t: t**2 * entropy(p, q).mean(), "above 0"),
        (lambda p, q, t: 16 * apart(p, q).mean(), "temperature 1"),
        (lambda p, q, t: t**2 * apart(p, q), "one number"),
        (lambda p, q, t: 1.0, "comes out as 1"),
        (lambda p, q, t: p.nonsense, "nonsense"),
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


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


NAMES = ("angular_leaf_spot", "bean_rust", "healthy")
PHOTO = np.full((96, 96, 3), 120, np.uint8)
SCORES = {
    "labels only": [0.80, 0.85, 0.80],
    "teacher, the labelled photos": [0.88, 0.88, 0.88],
    "teacher, unlabelled photos too": [0.93, 0.90, 0.92],
}


FIGURES = {
    "told": lambda: soft_label_view(PHOTO, NAMES, 1, [0.05, 0.9, 0.05], 2.0, "simulated"),
    "sure": lambda: soft_label_view(PHOTO, NAMES, 2, [0.0, 0.0, 1.0], 1, "real"),
    "ways": lambda: ways_view(SCORES, 0.92, 108, "simulated"),
    "far apart": lambda: ways_view({**SCORES, "a wrong teacher": [0.3]}, 0.92, 108, "simulated"),
    "all the same": lambda: ways_view({"labels only": [1.0, 1.0]}, 1.0, 9, "real"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_bars_are_the_label_and_what_was_told():
    axis = FIGURES["told"]().axes[1]
    assert [bar.get_width() for bar in axis.patches] == pytest.approx([0, 100, 0, 5, 90, 5])


def test_each_seed_has_a_mark_and_the_line_stands_at_the_mean():
    axis = FIGURES["ways"]().axes[0]
    marks, mean = axis.lines[0], axis.lines[1]
    assert list(marks.get_xdata()) == pytest.approx([80, 85, 80])
    assert len(set(marks.get_ydata())) == 3  # side by side
    assert mean.get_xdata()[0] == pytest.approx(245 / 3)
