"""Random patterns from which the leaf simulator builds soil, leaf skin and shadows.

All arithmetic is float64 and only the last step of a photo rounds to whole numbers, so the same
seed gives the same pixels on another processor.
"""

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=1024)
def _weights(pixels, cells):
    """Weights of cubic B-splines, ``(pixels, cells + 3)``: how a coarse row becomes a fine one."""
    place = (np.arange(pixels) + 0.5) / pixels * cells
    whole = np.floor(place).astype(int)
    t = place - whole
    parts = (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )
    weights = np.zeros((pixels, cells + 4))
    rows = np.arange(pixels)
    for shift, part in enumerate(parts):
        weights[rows, np.minimum(whole + shift, cells + 3)] += part
    return weights


def clouds(rng, shape, cells, octaves=1):
    """Draw a smooth random field.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    shape : tuple of int
        ``(height, width)`` in pixels.
    cells : int
        Number of bumps along the longer side; each further octave has twice as many, half as high.
    octaves : int
        Number of layers of detail.

    Returns
    -------
    numpy.ndarray
        float64, `shape`; mean about 0, standard deviation about 1.
    """
    height, width = shape
    longer = max(shape)
    field = np.zeros(shape)
    power = 0.0
    for octave in range(octaves):
        along = cells * 2**octave
        # Sides in steps of 16 pixels: few different weights, so most are known already.
        sides = [side + -side % 16 for side in shape]
        down, across = (max(1, round(along * side / longer)) for side in sides)
        grid = rng.normal(size=(down + 4, across + 4)) / 2**octave
        field += _weights(sides[0], down)[:height] @ grid @ _weights(sides[1], across)[:width].T
        # One layer of splines has a standard deviation near 0.45.
        power += (0.45 / 2**octave) ** 2
    return field / np.sqrt(power)


def step(value, low, high):
    """Go smoothly from 0 (at `low` and below) to 1 (at `high` and above)."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def cells(rng, x, y):
    """Cut the plane into irregular cells about 1 wide, as fine veins cut a leaf (Worley, 1996).

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    x, y : numpy.ndarray
        Coordinates of the pixels, same shape.

    Returns
    -------
    row, column : numpy.ndarray
        int, which cell each pixel is in, counted from 0.
    gap : numpy.ndarray
        float64: 0 on the border of two cells, growing inwards.
    """
    left, top = np.floor(x), np.floor(y)
    column = (left - left.min()).astype(int) + 1
    row = (top - top.min()).astype(int) + 1
    size = (row.max() + 2, column.max() + 2)
    along, down = rng.random(size) * 0.8 + 0.1, rng.random(size) * 0.8 + 0.1
    fx, fy = x - left, y - top
    nearest = np.full(x.shape, 9.0)
    second = np.full(x.shape, 9.0)
    chosen = np.zeros(x.shape, int)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            index = (row + i) * size[1] + column + j
            far = (along.ravel()[index] + j - fx) ** 2 + (down.ravel()[index] + i - fy) ** 2
            closer = far < nearest
            second = np.where(closer, nearest, np.minimum(second, far))
            nearest = np.where(closer, far, nearest)
            chosen = np.where(closer, index, chosen)
    return chosen // size[1], chosen % size[1], np.sqrt(second) - np.sqrt(nearest)


def paint(canvas, colour, alpha):
    """Lay a colour (or a picture) over a picture, in place.

    Parameters
    ----------
    canvas : numpy.ndarray
        ``(3, height, width)``: one plane a colour, which is several times faster to work on.
    colour : array-like
        Three numbers, or a picture of the same shape.
    alpha : numpy.ndarray
        ``(height, width)``: 0 keeps what is there, 1 covers it.
    """
    for plane, tone in zip(canvas, colour):
        plane += (tone - plane) * alpha


def tinted(colour, brightness):
    """Make a picture of one colour: three numbers times ``(height, width)``."""
    return np.asarray(colour)[:, None, None] * brightness
