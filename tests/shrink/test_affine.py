"""Quantization by hand: what must hold for any range, any weights and any number of bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lowres_kit.errors import KitError
from lowres_kit.shrink.quantize.affine import (
    affine,
    binary,
    least_error_clip,
    signal_to_noise,
    symmetric,
)

ends = st.floats(-1e4, 1e4, width=32)
bits = st.integers(2, 8)
real = st.floats(-100, 100, width=32)
tensors = arrays(np.float32, array_shapes(min_dims=2, max_dims=4, max_side=6), elements=real)


@st.composite
def ranges(draw):
    low, high = sorted((draw(ends), draw(ends)))
    return low, high


@given(ranges(), bits, st.floats(0, 1))
def test_inside_the_range_the_error_is_at_most_half_a_step(span, bits, where):
    low, high = span
    numbers = affine(low, high, bits)
    value = low + where * (high - low)
    error = abs(numbers.round_trip(value) - value)
    assert error <= numbers.scale * (0.5 + 1e-9) + 1e-12


@given(ranges(), bits)
def test_zero_is_exact_and_the_whole_numbers_have_the_bits_that_were_asked_for(span, bits):
    numbers = affine(*span, bits)
    assert numbers.round_trip(0.0) == 0.0
    assert numbers.lowest <= numbers.zero_point <= numbers.highest
    assert numbers.highest - numbers.lowest + 1 == 2**bits


@given(ranges(), bits, st.floats(1e-3, 1e6))
def test_beyond_the_range_it_clips_to_the_ends(span, bits, further):
    numbers = affine(*span, bits)
    low, high = numbers.range
    assert numbers.round_trip(high + further) == high
    assert numbers.round_trip(low - further) == low


@given(tensors, bits)
def test_what_was_rounded_once_is_not_changed_again(weights, bits):
    for numbers in (symmetric(weights, bits), symmetric(weights, bits, axis=0)):
        once = numbers.round_trip(weights)
        assert np.array_equal(numbers.round_trip(once), once)


@given(tensors, bits)
def test_per_channel_no_step_is_larger_and_each_error_within_half_of_it(weights, bits):
    one, own = symmetric(weights, bits), symmetric(weights, bits, axis=0)
    assert np.all(own.scale <= one.scale)
    assert np.all(np.abs(own.round_trip(weights) - weights) <= own.scale * 0.5001)


@given(tensors, st.integers(2, 7))
def test_one_more_bit_more_than_halves_the_step(weights, bits):
    few, more = symmetric(weights, bits), symmetric(weights, bits + 1)
    assert more.scale <= few.scale / 2 or few.scale == pytest.approx(1e-9)


@given(tensors, bits)
def test_both_signs_are_treated_alike_and_zero_stays(weights, bits):
    numbers = symmetric(weights, bits, axis=0)
    assert np.array_equal(numbers.round_trip(-weights), -numbers.round_trip(weights))
    assert np.all(numbers.round_trip(weights)[weights == 0] == 0)


@given(tensors, bits)
def test_the_best_clip_is_never_worse_than_none(weights, bits):
    clip = least_error_clip(weights, bits, axis=0)
    clipped = symmetric(weights, bits, 0, clip).round_trip(weights) - weights
    rounded = symmetric(weights, bits, 0).round_trip(weights) - weights
    assert np.square(clipped).sum() <= np.square(rounded).sum() * (1 + 1e-4) + 1e-9


@given(tensors, st.floats(0, 3))
def test_no_other_magnitude_beats_the_mean_for_binary_weights(weights, factor):
    best = np.square(binary(weights, axis=0) - weights).sum()
    other = np.square(factor * binary(weights, axis=0) - weights).sum()
    assert best <= other * (1 + 1e-4) + 1e-6


def test_binary_keeps_sign_and_mean_magnitude():
    weights = np.array([[1.0, -3.0], [0.5, 0.5]])
    assert binary(weights, axis=0).tolist() == [[2.0, -2.0], [0.5, 0.5]]
    assert binary(weights).tolist() == [[1.25, -1.25], [1.25, 1.25]]


def test_a_range_worked_out_on_paper():
    numbers = affine(-1.0, 3.0, bits=2)  # steps of 4/3; 0 is one step above the lowest, -2
    assert numbers.scale == pytest.approx(4 / 3) and numbers.zero_point == -1
    assert numbers.quantize([-1.0, 0.0, 0.7, 3.0, 99.0]).tolist() == [-2, -1, 0, 1, 1]


def test_one_scale_for_unequal_channels_rounds_the_small_ones_away():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(2, 1000)) * [[1.0], [0.001]]
    assert np.all(symmetric(weights).round_trip(weights)[1] == 0)
    own = symmetric(weights, axis=0).round_trip(weights)
    assert signal_to_noise(weights[1], own[1]) > 35


def test_each_bit_is_worth_about_six_decibels():
    """Half the step is half the error: 20 * log10(2) = 6.02 (any textbook on digital sound)."""
    wave = np.random.default_rng(0).uniform(-1, 1, 100_000)
    levels = [signal_to_noise(wave, affine(-1, 1, bits).round_trip(wave)) for bits in range(4, 9)]
    assert np.diff(levels) == pytest.approx(6.02, abs=0.3)


def test_signal_to_noise_of_nothing_lost_and_of_all_lost():
    values = np.array([1.0, 2.0])
    assert signal_to_noise(values, values) == float("inf")
    assert signal_to_noise(values, np.zeros(2)) == 0


@pytest.mark.parametrize("wrong", [1, 0, 17])
def test_impossible_bits_are_refused_in_words(wrong):
    with pytest.raises(KitError, match="choose 2 to 16"):
        affine(0, 1, wrong)


@pytest.mark.parametrize("low, high", [(1, 0), (0, np.inf), (np.nan, 1)])
def test_impossible_ranges_are_refused_in_words(low, high):
    with pytest.raises(KitError, match="smaller to a larger"):
        affine(low, high)
