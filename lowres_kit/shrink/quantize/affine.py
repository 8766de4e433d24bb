"""Quantization by hand: a few whole numbers in place of many fractions.

A real number r is kept as a small whole number q, and two numbers that a whole tensor shares tell
how to read it (Jacob et al., "Quantization and training of neural networks for efficient
integer-arithmetic-only inference", CVPR 2018, section 2):

    r  =  scale * (q - zero_point)

`scale` is the step from one whole number to the next, `zero_point` the whole number that means
0. Zero is always met exactly, since padding and ReLU make many zeros.
"""

from dataclasses import dataclass

import numpy as np

from ...errors import KitError

TINY = 1e-9  # a tensor of zeros gets this scale: any would do, but not zero


@dataclass(frozen=True)
class Affine:
    """How to read whole numbers as real ones.

    Attributes
    ----------
    scale : float or numpy.ndarray
        The step, in units of the real numbers; an array holds one for each channel, in a shape
        that broadcasts against the tensor.
    zero_point : int or numpy.ndarray
        The whole number that stands for 0.
    lowest, highest : int
        The whole numbers that there are, both ends included.
    """

    scale: float | np.ndarray
    zero_point: int | np.ndarray
    lowest: int
    highest: int

    def quantize(self, values):
        """Round to the nearest whole number; what lies beyond the ends is clipped to them."""
        q = np.rint(np.asarray(values) / self.scale) + self.zero_point
        return np.clip(q, self.lowest, self.highest).astype(np.int32)

    def dequantize(self, whole):
        """Read whole numbers as real ones."""
        return (np.asarray(whole) - self.zero_point) * self.scale

    def round_trip(self, values):
        """Give what is left of real numbers after `quantize` and `dequantize`."""
        return self.dequantize(self.quantize(values))

    @property
    def range(self):
        """Smallest and largest real number that is not clipped."""
        return self.dequantize(self.lowest), self.dequantize(self.highest)


def affine(low, high, bits=8):
    """Scale and zero point for real numbers from `low` to `high` (Jacob et al., section 3).

    Parameters
    ----------
    low, high : float
        The range; 0 is taken in where it lies outside.
    bits : int
        There are ``2 ** bits`` whole numbers, half of them below zero.

    Returns
    -------
    Affine

    Raises
    ------
    KitError
        If the range or the number of bits makes no sense.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise KitError(f"A range goes from a smaller to a larger number, not from {low} to {high}.")
    lowest, highest = -(2 ** (_checked(bits) - 1)), 2 ** (bits - 1) - 1
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max((high - low) / (highest - lowest), TINY)
    return Affine(scale, int(np.rint(lowest - low / scale)), lowest, highest)


def symmetric(weights, bits=8, axis=None, clip=1.0):
    """Scale for weights: the zero point is 0, and as much room above zero as below.

    Parameters
    ----------
    weights : numpy.ndarray
        Of any shape.
    bits : int
        There are ``2 ** bits - 1`` whole numbers: with 8 bits those from -127 to 127.
    axis : int, optional
        *Per channel*: each index of this axis gets a scale of its own (for a convolution of
        torch the output channels are axis 0). Without it one scale serves all: *per tensor*.
    clip : float or numpy.ndarray
        The share of the largest weight that the largest whole number stands for. Below 1 the
        few largest weights are clipped, and all others are rounded in smaller steps.

    Returns
    -------
    Affine
    """
    highest = 2 ** (_checked(bits) - 1) - 1
    largest = np.abs(weights).max(axis=_others(weights, axis), keepdims=axis is not None)
    return Affine(np.maximum(clip * largest / highest, TINY), 0, -highest, highest)


def least_error_clip(weights, bits, axis=None, shares=np.linspace(0.2, 1.0, 33)):
    """Find how much to clip: the share of the largest weight with the smallest squared error.

    Parameters
    ----------
    weights, bits, axis
        As for `symmetric`.
    shares : sequence of float
        The shares that are tried.

    Returns
    -------
    numpy.ndarray
        One share for each channel (for all weights, without `axis`), to be given as `clip`.
    """
    weights = np.asarray(weights)
    others = _others(weights, axis)
    errors = []
    for share in shares:
        rounded = symmetric(weights, bits, axis, share).round_trip(weights)
        errors.append(np.square(weights - rounded).sum(axis=others, keepdims=axis is not None))
    return np.asarray(shares)[np.argmin(errors, axis=0)]


def binary(weights, axis=None):
    """Keep of each weight its sign alone, times the mean magnitude of its channel.

    Of all numbers that one could multiply the signs with, the mean magnitude has the smallest
    squared error (Rastegari et al., "XNOR-Net", ECCV 2016, section 3.1).

    Parameters
    ----------
    weights : numpy.ndarray
        Of any shape.
    axis : int, optional
        Axis of the channels; without it all weights share one magnitude.

    Returns
    -------
    numpy.ndarray
        What is left of the weights.
    """
    others = _others(weights, axis)
    magnitude = np.abs(weights).mean(axis=others, keepdims=axis is not None)
    return np.where(np.asarray(weights) >= 0, magnitude, -magnitude)


def signal_to_noise(values, rounded):
    """Say how much of a signal is left, in decibels: 20 more are a tenth of the error.

    Parameters
    ----------
    values, rounded : numpy.ndarray
        The real numbers, and what is left of them.

    Returns
    -------
    float
        ``inf`` if nothing was lost.
    """
    signal = np.square(values, dtype=np.float64).sum()
    noise = np.square(np.subtract(values, rounded, dtype=np.float64)).sum()
    return float("inf") if noise == 0 else float(10 * np.log10(max(signal, 1e-300) / noise))


def _checked(bits):
    if not 2 <= bits <= 16:
        raise KitError(f"{bits} bits are not possible here; choose 2 to 16 (for 1 use `binary`).")
    return bits


def _others(weights, axis):
    """All axes but that of the channels."""
    if axis is None:
        return None
    dimensions = np.ndim(weights)
    return tuple(i for i in range(dimensions) if i != axis % dimensions)
