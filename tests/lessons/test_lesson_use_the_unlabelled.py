"""The parts of the lesson Use the unlabelled: right answers, and the usual slips."""

import numpy as np
import pytest
from legible import assert_legible
from verdicts import assert_says

from lowres_kit.learn import Curve
from lowres_lessons.use_the_unlabelled import checks as check
from lowres_lessons.use_the_unlabelled.plots import curves_view, moons_view, taken_view


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


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


TRUTH = np.array([0, 0, 1, 1, 2, 2])
GUESS = np.array([0, 1, 1, 1, 0, 2])
TAKEN = np.array([True, True, True, False, True, False])
POINTS = np.random.default_rng(0).normal(size=(30, 2))
SIDES = (POINTS[:, 0] > 0).astype(int)
WAYS = ("labels alone", "self-training at 0.8", "balanced self-training", "label spreading",
        "co-training", "consistency")  # fmt: skip


def curve(low):
    return Curve((2, 4, 8, 16, 32), low + np.linspace(0, 0.3, 5)[:, None] + [[0, 0.02, 0.05]])


def worlds():
    return {title: {way: curve(0.3 + 0.05 * i) for i, way in enumerate(WAYS)}
            for title in ("leaves (simulated)", "register (real digits)")}  # fmt: skip


FIGURES = {
    "taken": lambda: taken_view(("angular_leaf_spot", "bean_rust", "healthy"), GUESS, TRUTH,
                                TAKEN, "simulated"),
    "ten classes": lambda: taken_view(range(10), GUESS, TRUTH, TAKEN, "real digits"),
    "none taken": lambda: taken_view(range(3), GUESS, TRUTH, TAKEN & False, "real"),
    "moons": lambda: moons_view(POINTS, SIDES, np.array([0, 1]),
                                {"labels alone": SIDES, "spreading": 1 - SIDES}),
    "curves": lambda: curves_view(worlds(), dict.fromkeys(worlds(), 0.7)),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_bars_count_right_and_wrong_names_among_those_taken():
    axis = FIGURES["taken"]().axes[0]
    assert [bar.get_width() for bar in axis.patches] == [1, 1, 0, 1, 1, 0]
    assert axis.get_title() == "4 of 6 taken; 50 % of them right"
    assert "none to judge" in FIGURES["none taken"]().axes[0].get_title()


def test_the_share_that_is_right_stands_over_each_way():
    titles = [axis.get_title() for axis in FIGURES["moons"]().axes]
    assert titles == ["labels alone: 100 % right", "spreading: 0 % right"]


def test_each_way_has_its_curve_in_each_panel():
    short = Curve((2, 4), np.full((2, 3), 0.5))
    figure = curves_view({title: {**one, WAYS[-1]: short} for title, one in worlds().items()},
                         dict.fromkeys(worlds(), 0.7))  # fmt: skip
    for axis in figure.axes:
        assert [line.get_label() for line in axis.lines] == [*WAYS, "to be reached"]
        assert list(axis.lines[0].get_ydata())[0] == pytest.approx(32)
        assert [text.get_text() for text in axis.get_xticklabels()] == ["2", "4", "8", "16", "32"]
