"""Exercises of the lesson Quantize: the usual slips get their own hint, and right answers pass."""

import matplotlib
import numpy as np
import pytest
from verdicts import assert_says

from lowres_lessons.quantize import checks as check
from lowres_lessons.quantize.plots import (
    accuracy_by_bits,
    channel_bars,
    range_bars,
    rounding_picture,
)


def right(low, high, bits=8):
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / (highest - lowest)
    return scale, round(lowest - low / scale)


def without_low(low, high, bits):
    return right(low, max(high, 0), bits) if low < 0 else ((high - low) / 255, round(-128 - low))


def without_high(low, high, bits):
    low = min(low, 0)
    if high > 0:
        return right(low, high, bits)
    return (high - low) / 255, round(-128 - low / ((high - low) / 255))


@pytest.mark.parametrize(
    "answer",
    [
        right,
        lambda low, high, bits: tuple(map(float, right(low, high, bits))),
        lambda low, high, bits: list(np.array(right(low, high, bits))),
    ],
)
def test_scale_and_zero_point_passes(answer):
    assert check.scale_and_zero_point(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda low, high, bits: ..., "not yet"),
        (lambda low, high, bits: None, "return"),
        (lambda low, high, bits: right(low, high, bits)[0], "two things"),
        (lambda low, high, bits: (np.ones(3), 0), "one number each"),
        (lambda low, high, bits: ((high - low) / 2**bits, 0), "255 steps"),
        (lambda low, high, bits: (high / 127, 0), "high - low"),
        (lambda low, high, bits: (right(low, high)[0], 64), "-128 to 127"),
        (lambda low, high, bits: (right(low, high)[0], -128 + 255 / 4), "whole number"),
        (lambda low, high, bits: (right(low, high)[0], 0), "is met by -64"),
        (lambda low, high, bits: right(low, high, 8), "value of `bits`"),
        (without_low, "low = min"),
        (without_high, "taken in too"),
        (lambda low, high, bits: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_scale_and_zero_point_slips(answer, sign):
    assert_says(check.scale_and_zero_point(answer), sign)


def sizes(weights):
    return np.abs(weights).max(axis=(1, 2, 3))


@pytest.mark.parametrize(
    "answer",
    [
        lambda weights: sizes(weights) / 127,
        lambda weights: [np.abs(channel).max() / 127 for channel in weights],
        lambda weights: np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / 127,
    ],
)
def test_channel_scales_passes(answer):
    assert check.channel_scales(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda weights: ..., "not yet"),
        (lambda weights: None, "return"),
        (lambda weights: np.abs(weights).max() / 127, "whole layer"),
        (lambda weights: np.abs(weights).max(axis=(0, 2, 3)) / 127, "input channel"),
        (lambda weights: np.abs(weights).max(axis=1) / 127, "5 scales are wanted"),
        (lambda weights: weights.max(axis=(1, 2, 3)) / 127, "negative"),
        (sizes, "divide by 127"),
        (lambda weights: sizes(weights) / 128, "you divide by 128"),
        (lambda weights: sizes(weights) / 255, "you divide by 255"),
        (lambda weights: np.abs(weights).mean(axis=(1, 2, 3)) / 127, "first channel"),
        (lambda weights: weights.nonsense, "nonsense"),
    ],
)
def test_channel_scales_slips(answer, sign):
    assert_says(check.channel_scales(answer), sign)


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
