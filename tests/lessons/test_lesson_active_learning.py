"""The parts of the lesson Active learning: right answers, and the usual slips."""

import numpy as np
import pytest
from legible import assert_legible
from verdicts import assert_says

from lowres_kit.learn import LabelCurve
from lowres_kit.learn.query_strategies import farthest_first, margin
from lowres_lessons.active_learning import checks as check
from lowres_lessons.active_learning.plots import (
    chosen_view,
    curves_view,
    needed_view,
    photo_rows,
    steady_view,
)


def in_order(p):
    return np.sort(p, axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        margin,
        lambda p: 1 - (in_order(p)[:, -1] - in_order(p)[:, -2]),
        lambda p: [1 - (sorted(row)[-1] - sorted(row)[-2]) for row in p],
    ],
)
def test_doubt_passes(answer):
    assert check.doubt(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda p: ..., "not yet"),
        (lambda p: None, "return"),
        (lambda p: in_order(p)[:, -1] - in_order(p)[:, -2], "turn it round"),
        (lambda p: 1 - p.max(axis=1), "least confidence"),
        (lambda p: 1 - (p[:, 0] - p[:, 1]), "two likeliest"),
        (lambda p: 1 - (in_order(p)[:, -1] - in_order(p)[:, 0]), "least likely"),
        (lambda p: 1 - (in_order(p)[-1] - in_order(p)[-2]), "4 numbers"),
        (lambda p: 1 - (in_order(p)[:, 2] - in_order(p)[:, 1]), "three columns|IndexError"),
        (lambda p: np.zeros(len(p)), "0.98"),
    ],
)
def test_doubt_slips(answer, sign):
    assert_says(check.doubt(answer), sign)


def gaps(features, chosen):
    return np.linalg.norm(features[:, None] - features[chosen], axis=2)


@pytest.mark.parametrize(
    "answer",
    [
        lambda features, chosen: farthest_first(features, chosen, 1)[0],
        lambda features, chosen: int(gaps(features, chosen).min(axis=1).argmax()),
    ],
)
def test_farthest_passes(answer):
    assert check.farthest(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda features, chosen: ..., "not yet"),
        (lambda features, chosen: None, "return"),
        (lambda features, chosen: gaps(features, chosen).min(axis=1), "one position"),
        (lambda features, chosen: gaps(features, chosen).min(axis=1).argmin(), "again"),
        (lambda features, chosen: gaps(features, chosen).max(axis=1).argmax(), "nearest"),
        (lambda features, chosen: gaps(features, chosen).sum(axis=1).argmax(), "nearest"),
        (lambda features, chosen: gaps(features, chosen).min(axis=1).max(), "argmax"),
        (lambda features, chosen: 4, "photo 4"),
        (lambda features, chosen: 3, "wrong for others"),
        (lambda features, chosen: gaps(features[:, :1], chosen).min(axis=1).argmax(), "columns"),
    ],
)
def test_farthest_slips(answer, sign):
    assert_says(check.farthest(answer), sign)


def test_worth_asking_passes():
    assert check.worth_asking(lambda n, c, s, w: (c - n) * s / 3600 * w).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda n, c, s, w: ..., "not yet"),
        (lambda n, c, s, w: None, "return"),
        (lambda n, c, s, w: (n - c) * s / 3600 * w, "less what asking needs"),
        (lambda n, c, s, w: (c - n) * s / 60 * w, "3600"),
        (lambda n, c, s, w: (c - n) * s * w, "divide the seconds"),
        (lambda n, c, s, w: c * s / 3600 * w, "take off"),
        (lambda n, c, s, w: (c - n) * s / 3600, "hours"),
        (lambda n, c, s, w: (c - n) * w, "x seconds"),
        (lambda n, c, s, w: abs(c - n) * s / 3600 * w, "negative"),
        (lambda n, c, s, w: max(0, c - n) * s / 3600 * w, "negative"),
    ],
)
def test_worth_asking_slips(answer, sign):
    assert_says(check.worth_asking(answer), sign)


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


PIXELS = np.full((12, 8, 8, 3), 120, np.uint8)
LABELS = tuple(range(10, 154, 6))
CURVES = {
    name: LabelCurve(LABELS, np.linspace([0.5, 0.6], [0.8 + add, 0.85 + add], len(LABELS)))
    for name, add in (("random", 0), ("margin", 0.05), ("core-set", 0.02), ("entropy", 0.04),
                      ("typical, then mixed", 0.06))
}  # fmt: skip
NEEDS = {"random": None, "margin": 60.4, "typical, then mixed": 154.0}


def rows():
    titled = [(i, "angular leaf spot\n51 % sure") for i in range(6)]
    return photo_rows(PIXELS, {"in doubt": titled, "sure": titled}, "What the model asks")


def steady(stop):
    runs = {who: (np.linspace(0.6, 0.99, 23), np.linspace(0.5, 0.8, 24), stop)
            for who in ("no error", "wrong about one class")}  # fmt: skip
    return steady_view(LABELS, runs, 108, "simulated photos")


FIGURES = {
    "rows": rows,
    "curves": lambda: curves_view(CURVES, 0.9, 108, "simulated photos", 0.01, "USD"),
    "without a price": lambda: curves_view(CURVES, 1.0, 9, "real photos"),
    "chosen": lambda: chosen_view(
        np.random.default_rng(0).normal(size=(50, 6)),
        {"by chance": [1, 2], "farthest": [3], "typical": [4, 5]}, "real photos"),
    "needed": lambda: needed_view(NEEDS, 154, 8, 4.0, "USD", "to reach 90 % (simulated photos)"),
    "dear": lambda: needed_view(NEEDS, 154, 120, 4000.0, "UGX", "to reach 90 % (real photos)"),
    "steady": lambda: steady(20),
    "never steady": lambda: steady(None),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_a_bar_is_as_long_as_the_labels_and_says_what_they_cost():
    axis = FIGURES["needed"]().axes[0]
    assert [bar.get_width() for bar in axis.patches] == pytest.approx([154, 60.4, 154])
    said = [text.get_text() for text in axis.texts]
    assert said[0].startswith("more than: 154 labels")
    assert said[1] == "60 labels, 8 min, 0.54 USD"  # 60.4 labels of 8 s at 4 USD an hour


def test_a_line_that_begins_low_is_seen_whole():
    bottom, _ = FIGURES["without a price"]().axes[0].get_ylim()
    assert 45 < bottom < 55  # the lines begin at 55 %; 40 points below the best would be 60 %


def test_the_second_axis_is_money():
    axis, money = FIGURES["curves"]().axes
    axis.figure.canvas.draw()
    assert money.get_xlim() == pytest.approx([0.01 * end for end in axis.get_xlim()])


def test_the_line_stands_where_the_rule_says_stop():
    def lines(stop):
        return [line for line in steady(stop).axes[0].lines if line.get_linestyle() == ":"]

    (line,) = lines(20)
    assert set(line.get_xdata()) == {LABELS[20]}
    assert lines(None) == []
