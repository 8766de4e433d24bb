"""Exercises of lesson 08: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_kit.workshop.checks import lesson_08 as check


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
