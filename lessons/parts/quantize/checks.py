"""Checks of the exercises of the lesson *Quantize*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

words = Words(__package__)


@exercise("quantize-1")
def scale_and_zero_point(answer):
    """`answer(low, high, bits)` gives the step and the whole number that means 0."""
    found = answer(-1.0, 3.0, 8)
    if found is None:
        return nothing_back()
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return not_yet(words, "scale_and_zero_point.two_things")
    if any(np.shape(part) for part in found):
        return not_yet(words, "scale_and_zero_point.several")
    scale, zero_point = np.asarray(found, float)
    if np.isclose(scale, 4 / 256):
        return not_yet(words, "scale_and_zero_point.steps")
    if not np.isclose(scale, 4 / 255):
        return not_yet(words, "scale_and_zero_point.other_scale", scale=scale)
    if zero_point == 64:
        return not_yet(words, "scale_and_zero_point.from_0")
    if not np.isclose(zero_point, np.rint(zero_point)):
        return not_yet(words, "scale_and_zero_point.not_whole", zero_point=zero_point)
    if zero_point != -64:
        return not_yet(words, "scale_and_zero_point.other_zero_point", zero_point=zero_point)
    if not np.allclose(answer(-1.0, 3.0, 4), (4 / 15, -4)):
        return not_yet(words, "scale_and_zero_point.fixed_bits")
    if not np.allclose(answer(2.0, 6.0, 8), (6 / 255, -128)):
        return not_yet(words, "scale_and_zero_point.zero_below")
    if not np.allclose(answer(-6.0, -2.0, 8), (6 / 255, 127)):
        return not_yet(words, "scale_and_zero_point.zero_above")
    return words("scale_and_zero_point.right")


@exercise("quantize-2")
def channel_scales(answer):
    """`answer(weights)` gives one scale for each output channel, for int8 from -127 to 127."""
    weights = np.random.default_rng(8).normal(size=(5, 3, 2, 2))
    weights[:, 0, 0, 0] = [-9.0, 2.5, -0.5, 4.0, 0.25]  # the largest of each channel, but not all
    weights *= np.array([1, 1, 0.05, 1, 0.02])[:, None, None, None]
    largest = np.abs(weights).max(axis=(1, 2, 3))
    found = answer(weights)
    if found is None:
        return nothing_back()
    found = np.asarray(found, float)
    if found.shape == () and np.isclose(found, largest.max() / 127):
        return not_yet(words, "channel_scales.one_for_all")
    if found.shape in ((3,), (3, 1, 1, 1)):
        return not_yet(words, "channel_scales.input_channels")
    if found.size != 5:
        return not_yet(words, "channel_scales.shape", shape=found.shape)
    found = found.reshape(5)
    if np.allclose(found, weights.max(axis=(1, 2, 3)) / 127):
        return not_yet(words, "channel_scales.sign")
    if np.allclose(found, largest):
        return not_yet(words, "channel_scales.largest")
    for steps in (128, 255, 256, 254):
        if np.allclose(found, largest / steps):
            return not_yet(words, "channel_scales.steps", steps=steps)
    if not np.allclose(found, largest / 127):
        first = {"largest": largest[0], "wanted": largest[0] / 127, "found": found[0]}
        return not_yet(words, "channel_scales.other", **first)
    return words("channel_scales.right")
