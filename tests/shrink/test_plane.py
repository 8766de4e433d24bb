"""The plane of size and accuracy tells what it was given, and no text hides another."""

import pytest

pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")

from legible import assert_legible

from lowres_kit.errors import KitError
from lowres_kit.scope import Budget
from lowres_kit.shrink.measure.plane import MOST, size_accuracy_plane

BUDGET = Budget("accuracy", 0.9, size_kb=4000)


def model(size_kb, accuracy, interval=None):
    return {"size_kb": size_kb, "accuracy": accuracy, "accuracy_interval": interval}


class Measured:
    def as_dict(self):
        return model(300, 0.75)


FIGURES = {
    "one": lambda: size_accuracy_plane({"whole": [model(2800, 0.92)]}),
    "budget": lambda: size_accuracy_plane(
        {"whole": [model(2800, 0.92)], "thin": [model(40, 0.7, (0.6, 0.8)), model(700, 0.9)]},
        BUDGET,
        heading="where we are",
    ),
    "many": lambda: size_accuracy_plane(
        {f"a long name of a way, {i}": [model(10 * 3**i, 0.2 + i / 10)] for i in range(MOST)},
        BUDGET,
        "real",
    ),
    "recall": lambda: size_accuracy_plane({"a": [model(5, 0.5)]}, Budget("recall", 0.8, 20)),
    "no size": lambda: size_accuracy_plane({"a": [model(5, 0.5)]}, Budget("accuracy", 0.8)),
    "tiny": lambda: size_accuracy_plane({"a": [model(3, 0.99), model(3.1, 1.0)]}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_every_point_is_on_the_picture(name):
    axis = FIGURES[name]().axes[0]
    (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
    for line in axis.lines:
        assert all(left < x < right for x in line.get_xdata())
        assert all(bottom <= y <= top for y in line.get_ydata())
    assert axis.get_xscale() == "log" and len(axis.get_xticks()) >= 2


def test_points_are_those_given_in_the_order_of_their_sizes():
    figure = size_accuracy_plane({"thin": [model(900, 0.9), Measured(), model(40, 0.5)]})
    (line,) = figure.axes[0].lines
    assert list(line.get_xdata()) == [40, 300, 900] and list(line.get_ydata()) == [50, 75, 90]


def test_ways_are_told_apart_without_colours():
    figure = FIGURES["many"]()
    assert len({line.get_marker() for line in figure.axes[0].lines}) == MOST


def test_the_corner_is_the_budget():
    axis = FIGURES["budget"]().axes[0]
    box = axis.patches[0].get_extents().transformed(axis.transData.inverted())
    assert box.x1 == pytest.approx(4000) and box.y0 == pytest.approx(90)
    assert axis.patches[0].get_label() == "promise: at most 4000 kB, at least 90 %"


def test_too_many_ways():
    with pytest.raises(KitError, match=f"At most {MOST} kinds"):
        size_accuracy_plane({str(i): [model(1, 1)] for i in range(MOST + 1)})
