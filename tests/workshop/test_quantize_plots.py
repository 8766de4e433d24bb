"""The plots of lesson 08 show the numbers that they are given."""

import matplotlib
import numpy as np
import pytest

from lowres_kit.workshop.quantize_plots import (
    accuracy_by_bits,
    channel_bars,
    range_bars,
    rounding_picture,
)

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_channels_are_sorted_and_one_of_zeros_is_still_drawn():
    (axis,) = channel_bars(np.array([0.1, 2.0, 0.0]), 0.3, "a layer").axes
    heights = [bar.get_height() for bar in axis.patches]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == 2.0 and heights[-1] > 0
    assert axis.lines[0].get_ydata()[0] == pytest.approx(0.15)


def test_rounded_picture_is_shown_on_the_scale_of_the_exact_one():
    before = np.linspace(-1, 1, 16).reshape(4, 4)
    weights = np.linspace(-1, 1, 9)
    photo = np.full((4, 4, 3), 100, np.uint8)
    figure = rounding_picture(weights, np.sign(weights), photo, photo, before, 3 * before, "2 bits")
    stairs, _, exact, rounded = figure.axes
    assert np.array_equal(stairs.lines[1].get_ydata(), np.sign(weights))
    assert rounded.images[0].get_clim() == exact.images[0].get_clim() == (-1, 1)


def test_bits_fall_from_left_to_right_and_guessing_is_marked():
    curves = {"one": {8: 0.9, 4: 0.5}, "each": {8: 0.9, 4: 0.8, 1: 0.4}}
    (axis,) = accuracy_by_bits(curves, 1 / 3, "simulated", 60).axes
    left, right = axis.get_xlim()
    assert left > right
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "4", "8"]
    assert list(axis.lines[1].get_ydata()) == pytest.approx([90, 80, 40])
    assert axis.lines[2].get_ydata()[0] == pytest.approx(100 / 3)
    assert "simulated" in axis.get_ylabel()


def test_ranges_in_order_with_marks_of_others():
    ranges = {"image": (-1.0, 1.0), "first": (0.0, 6.0), "scores": (-3.0, 4.0)}
    marks = {"scores": (-1.0, 2.0), "image": (-1.0, 0.0), "first": (0.0, 5.0)}
    (axis,) = range_bars(ranges, marks, "dark photos").axes
    spans = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axis.patches]
    assert spans == list(ranges.values())
    low, high = (line.get_ydata() for line in axis.lines)
    assert list(low) == [-1, 0, -1] and list(high) == [0, 5, 2]
