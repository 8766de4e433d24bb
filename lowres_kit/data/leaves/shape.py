"""One bean leaf: outline, veins, folds and skin, before any disease."""

from dataclasses import dataclass

import numpy as np

from .noise import cells, clouds, paint, step, tinted


@dataclass(frozen=True)
class Leaf:
    """Where a leaf lies and how it is built. Lengths are in parts of the photo's side.

    Attributes
    ----------
    x, y : float
        Middle of the leaf.
    length : float
        From stalk to tip.
    angle : float
        Direction of the tip, radians.
    width : float
        Half the width, in parts of the length.
    lean : float
        How much wider one half is than the other (the side leaflets of a bean lean).
    bend : float
        Curve of the middle vein.
    veins : float
        Number of side veins along the length.
    green : numpy.ndarray
        Colour, three numbers from 0 to 1.
    bumps : float
        How much the skin bulges between the veins.
    pale : float
        How light the veins are.
    """

    x: float
    y: float
    length: float
    angle: float
    width: float
    lean: float
    bend: float
    veins: float
    green: np.ndarray
    bumps: float
    pale: float


@dataclass
class Skin:
    """The pixels of a leaf in its window of the photo.

    Attributes
    ----------
    window : tuple of slice
        Part of the photo.
    u, v : numpy.ndarray
        Place on the leaf: along from stalk (0) to tip (1), and across, in lengths of the leaf.
    edge : numpy.ndarray
        Distance to the outline in pixels, negative outside.
    cover : numpy.ndarray
        1 on the leaf, 0 beside it.
    colour : numpy.ndarray
        ``(3, height, width)``.
    height : numpy.ndarray
        Relief, in pixels; gives light and shade.
    row, column, gap : numpy.ndarray
        The cells between the fine veins, see `leaf_noise.cells`.
    pixels : float
        Length of the leaf in pixels.
    """

    window: tuple
    u: np.ndarray
    v: np.ndarray
    edge: np.ndarray
    cover: np.ndarray
    colour: np.ndarray
    height: np.ndarray
    row: np.ndarray
    column: np.ndarray
    gap: np.ndarray
    pixels: float


def grow(rng, leaf, size):
    """Draw the healthy skin of a leaf.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    leaf : Leaf
        What to draw.
    size : int
        Side of the photo in pixels.

    Returns
    -------
    Skin or None
        None if the leaf lies outside the photo.
    """
    window = _window(leaf, size)
    if window is None:
        return None
    u, v = _place(leaf, size, window)
    pixels = leaf.length * size
    edge = (_half_width(leaf, u, v) - np.abs(v)) * pixels
    edge += 0.9 * clouds(rng, u.shape, 9, 2) * min(1.0, pixels / 120)
    cover = step(edge, -0.7, 0.7)
    side_vein, phase = _side_veins(leaf, u, v)
    row, column, gap = _fine_veins(rng, leaf, cover > 0, phase, v)
    midrib = np.exp(-((v * pixels / (0.9 + 1.6 * (1 - u).clip(0, 1) * pixels / 110)) ** 2))
    side = np.exp(-((side_vein * pixels / (0.7 + 0.5 * pixels / 110)) ** 2)) * 0.75
    fine = np.exp(-((gap / 0.16) ** 2)) * 0.3
    vein = np.maximum(np.maximum(midrib, side), fine)
    mottle = clouds(rng, u.shape, 12, 3)
    colour = tinted(leaf.green, 1 + 0.05 * mottle + 0.05 * clouds(rng, u.shape, 3))
    paint(colour, leaf.green * 0.7 + np.array([0.34, 0.36, 0.2]), leaf.pale * vein)
    # The skin bulges between the veins, as a quilt does between its seams.
    height = (
        leaf.bumps
        * pixels
        * (
            0.012 * np.sin(np.pi * np.minimum(side_vein * leaf.veins / 0.75, 0.5))
            + 0.008 * np.minimum(gap, 0.6)
            + 0.0035 * mottle
            - 0.006 * midrib
        )
    )
    return Skin(window, u, v, edge, cover, colour, height, row, column, gap, pixels)


def _fine_veins(rng, leaf, on, phase, v):
    """Cells between the fine veins; only for the pixels on the leaf, which saves half the time."""
    row, column, gap = np.zeros(on.shape, int), np.zeros(on.shape, int), np.ones(on.shape)
    if on.any():
        x, y = phase[on] * 2.7, np.sign(v[on]) * 8.3 + v[on] * leaf.veins * 3.2
        row[on], column[on], gap[on] = cells(rng, x, y)
    return row, column, gap


def _window(leaf, size):
    """Square around the leaf, cut to the photo."""
    long, wide = 0.5 * leaf.length, leaf.width * (1 + abs(leaf.lean)) * leaf.length
    reach = np.hypot(long * np.cos(leaf.angle), wide * np.sin(leaf.angle)) + 0.05
    left, right = (int(np.floor((leaf.x + way * reach) * size)) for way in (-1, 1))
    reach = np.hypot(long * np.sin(leaf.angle), wide * np.cos(leaf.angle)) + 0.05
    top, bottom = (int(np.floor((leaf.y + way * reach) * size)) for way in (-1, 1))
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, size), min(bottom, size)
    if right - left < 4 or bottom - top < 4:
        return None
    return slice(top, bottom), slice(left, right)


def _place(leaf, size, window):
    rows, columns = window
    y = (np.arange(rows.start, rows.stop) + 0.5)[:, None] / size - leaf.y
    x = (np.arange(columns.start, columns.stop) + 0.5)[None, :] / size - leaf.x
    along = (x * np.cos(leaf.angle) + y * np.sin(leaf.angle)) / leaf.length
    across = (y * np.cos(leaf.angle) - x * np.sin(leaf.angle)) / leaf.length
    u = along + 0.5
    return u, across - leaf.bend * (u * (1 - u) - 0.125)


def _half_width(leaf, u, v):
    """Half the width at `u`: round at the stalk, widest at a third, drawn out at the tip."""
    t = u.clip(0, 1)
    shape = t**0.42 * (1 - t) ** 0.95 * (1 + 0.35 * (1 - t) ** 2)
    shape = shape / 0.56 - 0.14 * step(t, 0.72, 0.9) * (1 - t) / 0.28
    beyond = 3.0 * np.abs(u - t)  # so that the distance keeps growing outside
    return leaf.width * shape * (1 + leaf.lean * np.sign(v)) - beyond


def _side_veins(leaf, u, v):
    """Distance to the nearest side vein in lengths of the leaf, and the running vein number."""
    far = np.abs(v)
    rise = 1.05 * far - 0.55 * far**2  # veins leave the middle at an angle, then curve to the tip
    phase = (u - rise) * leaf.veins + np.where(v > 0, 0.18, 0.6)
    # Side veins leave the middle only between stalk and tip.
    nearest = np.abs(phase - np.clip(np.round(phase), 0, leaf.veins))
    return nearest / leaf.veins * 0.75, phase
