"""What is behind and around the leaf: soil, straw, plants out of focus, a hand."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .noise import clouds, paint, step, tinted

BACKGROUNDS = ("soil", "leaves", "field", "table")
# Soils from red laterite to dark and grey, skin from dark to light: photos come from everywhere.
SOILS = np.array([[0.52, 0.27, 0.19], [0.45, 0.33, 0.24], [0.36, 0.27, 0.22], [0.58, 0.47, 0.37]])
SKINS = np.array([[0.25, 0.15, 0.11], [0.36, 0.22, 0.16], [0.50, 0.33, 0.25], [0.74, 0.55, 0.45]])


def background(rng, size, kind, soil, focus):
    """Draw what lies behind the leaf.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    size : int
        Side of the photo in pixels.
    kind : str
        One of `BACKGROUNDS`.
    soil : numpy.ndarray
        Colour of the soil, three numbers.
    focus : float
        0 is sharp; 1 is a soft background, as when the leaf is held up.

    Returns
    -------
    numpy.ndarray
        float64, ``(3, size, size)``, about 0 to 1.
    """
    draw = {"soil": _soil, "leaves": _leaves, "field": _field, "table": _table}[kind]
    canvas = draw(rng, size, soil)
    blur = focus * size * 0.022
    return gaussian_filter(canvas, (0, blur, blur), truncate=3) if blur > 0.3 else canvas


def _soil(rng, size, soil):
    shape = (size, size)
    rough = clouds(rng, shape, 14, 3)
    canvas = tinted(soil, 1 + 0.14 * clouds(rng, shape, 3) + 0.20 * rough)
    relief = clouds(rng, shape, 26, 2)
    canvas *= 1 + 0.25 * (relief - np.roll(relief, (2, 2), (0, 1))).clip(-1, 1)
    for _ in range(int(rng.integers(0, 16))):  # straw, roots, twigs
        _line(rng, canvas, np.array([0.66, 0.56, 0.42]) * rng.uniform(0.5, 1.25))
    for _ in range(int(rng.integers(0, 8))):  # small weeds and blades of grass
        _line(rng, canvas, np.array([0.30, 0.45, 0.15]) * rng.uniform(0.7, 1.2), wide=2)
    return canvas


def _near(canvas, px, py, reach):
    """The part of a picture around a place, with the coordinates of its pixels from there."""
    size = canvas.shape[1]
    left, right = (int(np.clip((px + way * reach) * size, 0, size)) for way in (-1, 1))
    top, bottom = (int(np.clip((py + way * reach) * size, 0, size)) for way in (-1, 1))
    y = (np.arange(top, bottom)[:, None] + 0.5) / size - py
    x = (np.arange(left, right)[None, :] + 0.5) / size - px
    return canvas[:, top:bottom, left:right], y, x


def _line(rng, canvas, colour, wide=1.0):
    px, py, turn = rng.random(), rng.random(), rng.random() * np.pi
    length = rng.uniform(0.05, 0.3)
    part, y, x = _near(canvas, px, py, length)
    along = x * np.cos(turn) + y * np.sin(turn)
    off = y * np.cos(turn) - x * np.sin(turn) - rng.normal() * 0.5 * along**2
    width = wide * rng.uniform(0.002, 0.006)
    alpha = (1 - step(np.abs(off), width, width + 0.008)) * (
        1 - step(np.abs(along), length - 0.02, length)
    )
    paint(part, colour, 0.8 * alpha)


def _leaves(rng, size, soil):
    """Other plants, far enough to be soft: blobs of many greens over shade."""
    canvas = _soil(rng, size, soil * 0.55)
    for _ in range(int(rng.integers(14, 26))):
        px, py, turn = rng.random() * 1.2 - 0.1, rng.random() * 1.2 - 0.1, rng.random() * np.pi
        long, wide = rng.uniform(0.10, 0.28), rng.uniform(0.05, 0.16)
        part, y, x = _near(canvas, px, py, 1.1 * max(long, wide))
        along = x * np.cos(turn) + y * np.sin(turn)
        off = y * np.cos(turn) - x * np.sin(turn)
        shape = np.sqrt((along / long) ** 2 + (off / wide) ** 2)
        green = np.array([0.26, 0.43, 0.14]) * rng.uniform(0.55, 1.5) + rng.normal(size=3) * 0.02
        if rng.random() < 0.15:
            green = np.array([0.72, 0.68, 0.20]) * rng.uniform(0.7, 1.1)
        tilt = 1 + 0.25 * np.sign(off) * rng.normal() * 0.5
        paint(part, tinted(green, tilt), 1 - step(shape, 0.93, 1.05))
    return canvas


def _field(rng, size, soil):
    """A view over the field: rows of plants, bare earth between them, sometimes sky."""
    canvas = _soil(rng, size, soil)
    y = (np.arange(size)[:, None] + 0.5) / size
    plants = step(clouds(rng, (size, size), 12, 2), -0.1, 0.7)
    green = np.array([0.30, 0.46, 0.16]) * rng.uniform(0.8, 1.2)
    paint(canvas, tinted(green, 1 + 0.25 * clouds(rng, (size, size), 24, 2)), 0.9 * plants)
    if rng.random() < 0.3:
        horizon = rng.uniform(0.05, 0.3)
        sky = np.ones((size, size)) * (1 - step(y, horizon - 0.03, horizon + 0.03))
        paint(canvas, (0.78, 0.86, 0.92), sky)
    return canvas


def _table(rng, size, soil):
    """A plain support: paper, cloth, wood or cement."""
    tones = np.array(
        [[0.86, 0.85, 0.82], [0.62, 0.48, 0.34], [0.60, 0.60, 0.60], [0.35, 0.42, 0.55]]
    )
    tone = tones[rng.integers(len(tones))] * rng.uniform(0.85, 1.1)
    grain = clouds(rng, (size, size), 20, 3) * 0.4 + clouds(rng, (size, size), 2)
    return tinted(tone, 1 + 0.05 * grain)


def hand(rng, canvas, x, y, angle, tone):
    """Draw a finger or two that hold the leaf at the stalk.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    canvas : numpy.ndarray
        The photo, changed in place.
    x, y : float
        Where the tip of the thumb is, in parts of the side.
    angle : float
        Direction from the hand to the tip, radians.
    tone : numpy.ndarray
        Colour of the skin.
    """
    size = canvas.shape[1]
    rows, columns = (np.mgrid[:size, :size] + 0.5) / size
    for number in range(1 + int(rng.integers(2))):
        turn = angle + rng.normal() * 0.35 + number * rng.choice([-0.5, 0.5])
        wide = rng.uniform(0.055, 0.085)
        along = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
        off = (rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)
        far = np.hypot(np.maximum(along, 0), off) / (wide * (1 - 0.12 * step(along, -0.12, 0)))
        shade = 0.72 + 0.45 * np.sqrt(np.clip(1 - (off / wide + 0.25) ** 2 * 0.75, 0, 1))
        finger = 1 - step(far, 1 - 0.012 / wide, 1 + 0.012 / wide)
        paint(canvas, tinted(tone, shade), finger)
        nail = np.hypot((along + 0.025) / (0.75 * wide), off / (0.58 * wide))
        pale = tone * 0.6 + np.array([0.36, 0.27, 0.25])
        paint(canvas, tinted(pale, shade), (1 - step(nail, 0.88, 1.08)) * (number == 0))
