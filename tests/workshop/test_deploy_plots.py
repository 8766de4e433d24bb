"""The plots of lesson 10 tell what they were given, and no text hides another."""

import numpy as np
import pytest

pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")

from legible import assert_legible  # noqa: E402

from lowres_kit.workshop.boards import boards  # noqa: E402
from lowres_kit.workshop.deploy_plots import (  # noqa: E402
    cost_bars,
    coverage_curve,
    promise_marks,
    supply_bars,
    threshold_view,
)

CONFIDENCE = np.array([0.35, 0.55, 0.62, 0.7, 0.81, 0.93, 0.97, 0.99])
RIGHT = np.array([False, True, False, True, True, True, True, True])
COSTS = {0.0: 75.0, 0.6: 50.0, 0.9: 65.0, 1.0: 100.0}
ASKED = (0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
BOUNDS = (0.09, 0.08, 0.088, 0.093, 0.072, 0.046, 0.054, 0.045)
SEEN = (0.047, 0.038, 0.04, 0.043, 0.026, 0.007, 0.009, 0)
KNOWN = [name for name, one in boards().items() if one.known]
PARTS = {"board": 35.0, "card, case, supply": 25.0, "battery": 40.0, "panel": 30.0}


def numbers(low, high):
    return dict(zip(KNOWN, np.geomspace(low, high, len(KNOWN))))


FIGURES = {
    "curve": lambda: coverage_curve(np.linspace(0, 1, 50), np.linspace(0.09, 0, 50), "simulated"),
    "curve with promise": lambda: coverage_curve(
        np.array([0, 0.5]), np.array([0.1, 0.0]), "real", 0.05
    ),
    "threshold": lambda: threshold_view(CONFIDENCE, RIGHT, 0.6, COSTS, "a person is asked for 2"),
    "threshold 0": lambda: threshold_view(CONFIDENCE, RIGHT, 0.0, COSTS, "nobody is asked"),
    "threshold 1": lambda: threshold_view(CONFIDENCE, RIGHT, 1.0, COSTS, "for all"),
    "all right": lambda: threshold_view(CONFIDENCE, RIGHT | True, 0.5, {0: 0.0, 1: 0.0}, "no cost"),
    "promise": lambda: promise_marks(ASKED, SEEN, BOUNDS, 0.05, "simulated"),
    "supply": lambda: supply_bars(numbers(0.3, 300), numbers(2, 4000), "4.5 sun hours, 3 days"),
    "supply at the ends": lambda: supply_bars(numbers(0.11, 900), numbers(1.1, 9000), "2, 1"),
    "costs": lambda: cost_bars(dict.fromkeys(KNOWN, PARTS) | {KNOWN[-1]: {p: 900 for p in PARTS}},
                               "first year, solar"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_each_axis_is_named_with_its_unit(name):
    figure = FIGURES[name]()
    for axis in figure.axes:
        assert axis.get_xlabel()
        assert axis.get_ylabel() or name.startswith(("supply", "costs"))  # there: names of boards


def test_curve_is_in_percent_and_the_promise_is_a_line():
    (axis,) = FIGURES["curve with promise"]().axes
    assert list(axis.lines[0].get_xdata()) == [0, 50]
    assert list(axis.lines[0].get_ydata()) == [10, 0]
    assert axis.lines[1].get_ydata()[0] == pytest.approx(5)
    assert "real" in axis.get_xlabel()


def test_histogram_counts_each_photo_once_and_the_wrong_ones_are_hatched():
    axis = FIGURES["threshold"]().axes[0]
    right, wrong = axis.containers
    assert sum(bar.get_height() for bar in right) == 6
    assert sum(bar.get_height() for bar in wrong) == 2
    assert {bar.get_hatch() for bar in wrong} == {"xx"} and right[0].get_hatch() != "xx"
    assert axis.lines[0].get_xdata()[0] == pytest.approx(60)


def test_cost_of_the_threshold_is_marked_on_the_curve():
    axis = FIGURES["threshold"]().axes[1]
    curve, mark = axis.lines[:2]
    assert list(curve.get_ydata()) == [75, 50, 65, 100]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == pytest.approx((60, 50))


def test_bound_and_count_are_told_apart_without_colour():
    (axis,) = FIGURES["promise"]().axes
    bound, seen, promise = axis.lines
    assert list(bound.get_ydata()) == pytest.approx([100 * one for one in BOUNDS])
    assert list(seen.get_ydata()) == pytest.approx([100 * one for one in SEEN])
    assert bound.get_marker() != seen.get_marker()
    assert bound.get_linestyle() != seen.get_linestyle()
    assert promise.get_ydata()[0] == pytest.approx(5)


def test_supply_has_a_bar_for_each_board_and_the_scale_does_not_move():
    panel, battery = FIGURES["supply"]().axes
    for axis, ends in ((panel, (0.3, 300)), (battery, (2, 4000))):
        widths = [bar.get_width() for bar in axis.patches]
        assert widths == pytest.approx([*numbers(*ends).values()])
    other = FIGURES["supply at the ends"]().axes
    assert panel.get_xlim() == other[0].get_xlim() and battery.get_xlim() == other[1].get_xlim()


def test_costs_are_stacked_to_their_sum():
    (axis,) = FIGURES["costs"]().axes
    last = [bars[0] for bars in axis.containers]
    assert [bar.get_width() for bar in last] == [*PARTS.values()]
    assert last[-1].get_x() + last[-1].get_width() == pytest.approx(sum(PARTS.values()))
    assert len({bar.get_hatch() for bar in last}) == len(PARTS)
    assert f"{sum(PARTS.values()):.0f}" in {text.get_text() for text in axis.texts}
