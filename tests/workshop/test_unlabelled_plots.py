"""The plots of lesson 06 tell what they were given, and no text hides another."""

import numpy as np
import pytest

pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")

from legible import assert_legible  # noqa: E402

from lowres_kit.learn import Curve  # noqa: E402
from lowres_kit.workshop.unlabelled_plots import curves_view, moons_view, taken_view  # noqa: E402

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
