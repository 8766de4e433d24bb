"""Checks of the exercises of the lesson *Quantize*."""

import numpy as np

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet


@exercise("quantize-1")
def scale_and_zero_point(answer):
    """`answer(low, high, bits)` gives the step and the whole number that means 0."""
    found = answer(-1.0, 3.0, 8)
    if found is None:
        return NOTHING_BACK
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return not_yet(
            "two things are wanted: the scale, and the zero point.",
            hint="`return scale, zero_point`.",
        )
    scale, zero_point = (np.asarray(part, float) for part in found)
    if scale.shape or zero_point.shape:
        return not_yet("scale and zero point are one number each.", hint="Use `low` and `high`.")
    if np.isclose(scale, 4 / 256):
        return not_yet(
            "256 whole numbers have 255 steps between them; you divide by 256.",
            hint="Divide by `highest - lowest`.",
        )
    if not np.isclose(scale, 4 / 255):
        return not_yet(
            f"from -1 to 3 the step is 4 / 255 = 0.0157; your scale is {float(scale):.4g}.",
            hint="The whole range, `high - low`, is cut into `highest - lowest` steps.",
        )
    if zero_point == 64:
        return not_yet(
            "that would be right for the whole numbers 0 to 255; ours go from -128 to 127.",
            hint="Begin at `lowest`: `lowest - low / scale`.",
        )
    if not np.isclose(zero_point, np.rint(zero_point)):
        return not_yet(
            f"the zero point is {float(zero_point):.2f}; it must be a whole number, so that 0 is "
            "met exactly.",
            hint="`round(...)`.",
        )
    if zero_point != -64:
        return not_yet(
            f"from -1 to 3 with 8 bits, 0 is met by -64; your zero point is {float(zero_point):g}.",
            hint="`lowest` means `low`. How many steps further up is 0?",
        )
    if not np.allclose(answer(-1.0, 3.0, 4), (4 / 15, -4)):
        return not_yet(
            "with 4 bits the whole numbers go from -8 to 7.", hint="Use the value of `bits`."
        )
    if not np.allclose(answer(2.0, 6.0, 8), (6 / 255, -128)):
        return not_yet(
            "from 2 to 6: 0 lies outside, but zeros (of padding, of ReLU) must be met exactly.",
            hint="Take 0 into the range first: `low = min(low, 0)`, `high = max(high, 0)`.",
        )
    if not np.allclose(answer(-6.0, -2.0, 8), (6 / 255, 127)):
        return not_yet(
            "from -6 to -2: 0 lies above the range and must be taken in too.",
            hint="`high = max(high, 0)`.",
        )
    return "Right: the step, and the whole number that means 0, for any range and any bits."


@exercise("quantize-2")
def channel_scales(answer):
    """`answer(weights)` gives one scale for each output channel, for int8 from -127 to 127."""
    weights = np.random.default_rng(8).normal(size=(5, 3, 2, 2))
    weights[:, 0, 0, 0] = [-9.0, 2.5, -0.5, 4.0, 0.25]  # the largest of each channel, but not all
    weights *= np.array([1, 1, 0.05, 1, 0.02])[:, None, None, None]
    largest = np.abs(weights).max(axis=(1, 2, 3))
    found = answer(weights)
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found, float)
    if found.shape == () and np.isclose(found, largest.max() / 127):
        return not_yet(
            "that is one scale for the whole layer; each channel shall have its own.",
            hint="`.max(axis=(1, 2, 3))` leaves axis 0, the output channels.",
        )
    if found.shape in ((3,), (3, 1, 1, 1)):
        return not_yet(
            "3 scales: that is one for each input channel; the output channels are axis 0.",
            hint="Take the maximum over all other axes: `axis=(1, 2, 3)`.",
        )
    if found.size != 5:
        return not_yet(
            f"5 scales are wanted, one for each output channel; yours has shape {found.shape}.",
            hint="`.max(axis=(1, 2, 3))` leaves axis 0, the output channels.",
        )
    found = found.reshape(5)
    if np.allclose(found, weights.max(axis=(1, 2, 3)) / 127):
        return not_yet(
            "a large negative weight is forgotten: its channel would be clipped.",
            hint="Take sizes without their sign first: `np.abs(weights)`.",
        )
    if np.allclose(found, largest):
        return not_yet(
            "these are the largest weights; the scale is the step from one whole number to the next.",
            hint="The largest weight shall become 127: divide by 127.",
        )
    for steps in (128, 255, 256, 254):
        if np.allclose(found, largest / steps):
            return not_yet(
                f"you divide by {steps}; the largest weight shall become 127.",
                hint="The whole numbers go from -127 to 127, with 0 in the middle.",
            )
    if not np.allclose(found, largest / 127):
        return not_yet(
            f"the first channel's largest weight has the size {largest[0]:.1f}, so its scale is "
            f"{largest[0] / 127:.4f}; yours is {found[0]:.4f}.",
            hint="Largest size of each channel, divided by 127.",
        )
    return "Right: each channel's largest weight becomes 127 or -127, and nothing is clipped."
