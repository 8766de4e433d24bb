"""What is on a leaf: two diseases, and the harmless marks that look a little like them."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .noise import clouds, paint, step, tinted


def angular_leaf_spot(rng, skin, severity):
    """Brown-grey patches with straight sides: they stop at the veins.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    skin : leaf_shape.Skin
        The leaf, changed in place.
    severity : float
        From 0 (first spots) to 1 (much of the leaf).
    """
    row, column = skin.row, skin.column
    table = np.zeros((row.max() + 3, column.max() + 3))
    spots = _on_leaf(rng, skin, 4 + int(rng.poisson(4 + 46 * severity**1.2)))
    for y, x in spots:
        i, j = row[y, x], column[y, x]
        reach = 0.5 + 1.0 * rng.random() ** 3 * (0.5 + severity)
        rows, columns = np.ogrid[: table.shape[0], : table.shape[1]]
        table[(rows - i) ** 2 + (columns - j) ** 2 <= reach**2] = 0.75 + 0.25 * rng.random()
    hit = table[row, column]
    _fade(rng, skin, 0.75 * severity, (0.70, 0.70, 0.16))
    spot = gaussian_filter(hit, 0.45) * step(skin.gap, -0.12, 0.06)
    halo = gaussian_filter(hit, 1.5 + skin.pixels / 50)
    yellow = np.array([0.72, 0.68, 0.14])
    paint(skin.colour, yellow, np.clip(halo * (0.3 + 0.7 * severity), 0, 0.8))
    old = rng.random()
    brown = np.array([0.38, 0.22, 0.15]) * (1 - old) + np.array([0.50, 0.40, 0.33]) * old
    shade = 1 + 0.14 * clouds(rng, spot.shape, 24, 2)
    paint(skin.colour, tinted(brown, shade), spot * 0.96)
    paint(skin.colour, brown * 0.55, 0.6 * spot * (1 - step(gaussian_filter(hit, 1.0), 0.35, 0.75)))
    skin.height -= 0.5 * spot


def bean_rust(rng, skin, severity):
    """Many small round reddish-brown pustules, some with a yellow ring.

    Parameters are those of `angular_leaf_spot`.
    """
    count = 8 + int(rng.poisson(6 + 130 * severity**1.2))
    rings = rng.uniform(0.3, 1.0)
    _fade(rng, skin, 0.5 * severity, (0.50, 0.52, 0.24))
    unit = skin.pixels / 110
    brown = np.array([0.48, 0.21, 0.08]) * rng.uniform(0.75, 1.1)
    clusters = _on_leaf(rng, skin, 1 + int(rng.integers(6)))
    for y, x in _on_leaf(rng, skin, count):
        if len(clusters) and rng.random() < 0.5:
            cy, cx = clusters[rng.integers(len(clusters))]
            y, x = cy + rng.normal() * 9 * unit, cx + rng.normal() * 9 * unit
        radius = unit * (0.8 + 1.2 * rng.random() ** 3 + 0.4 * severity)
        ring_strength = 0.75 * rng.random() * (rng.random() < rings)
        tone = brown * rng.uniform(0.8, 1.25)
        far, part = _around(skin, y, x, 4 * radius + 3)
        if far is None:
            continue
        if ring_strength:
            ring = 1 - step(far, radius * 1.2, radius * 2.1 + 0.8)
            paint(skin.colour[:, *part], (0.78, 0.74, 0.28), ring_strength * ring)
        paint(skin.colour[:, *part], tone, 0.92 * (1 - step(far, radius - 0.7, radius + 0.7)))
        skin.height[part] += 0.7 * np.exp(-((far / radius) ** 2))


def _fade(rng, skin, strength, colour):
    """A sick leaf loses its green, in patches."""
    paint(skin.colour, colour, strength * step(clouds(rng, skin.u.shape, 6, 2), -0.8, 1.6))


def healthy(rng, skin, severity):
    """No disease: nothing to draw."""


def blemishes(rng, skin, season):
    """Marks that any leaf can have: yellow edges, bites, dirt, a torn tip.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    skin : leaf_shape.Skin
        The leaf, changed in place.
    season : float
        0 for the wet season, 1 for the dry one: more yellow, more dust.
    """
    unit = skin.pixels / 110
    if rng.random() < 0.12 + 0.3 * season:  # ageing: yellow from the edge, or in patches
        old = step(clouds(rng, skin.u.shape, 3), -0.2, 1.6) * step(-skin.edge, -22 * unit, 2)
        paint(skin.colour, (0.74, 0.70, 0.20), rng.uniform(0.2, 0.75) * old)
    if rng.random() < 0.06 + 0.2 * season:  # dry edge
        dry = step(clouds(rng, skin.u.shape, 5, 2), 0.6, 1.4) * step(-skin.edge, -5 * unit, 0)
        paint(skin.colour, (0.50, 0.38, 0.22), 0.85 * dry)
    if rng.random() < 0.12:  # patches where an insect scraped the skin: pale, long, irregular
        scraped = step(clouds(rng, skin.u.shape, 10, 2), 1.9, 2.5)
        paint(skin.colour, (0.72, 0.74, 0.52), 0.6 * scraped)
    if rng.random() < 0.2 + 0.3 * season:
        _dirt(rng, skin, unit)
    if rng.random() < 0.15:
        _bites(rng, skin, unit)


def _dirt(rng, skin, unit):
    """Crumbs and splashes of soil: brown like disease, but with no ring and no straight side."""
    tone = np.array([0.42, 0.29, 0.20]) * rng.uniform(0.7, 1.3)
    for y, x in _on_leaf(rng, skin, 1 + int(rng.integers(10))):
        radius = unit * rng.uniform(0.5, 1.7)
        far, part = _around(skin, y, x, 3 * radius + 3, stretch=rng.uniform(0.5, 2))
        if far is not None:
            paint(
                skin.colour[:, *part],
                tone,
                rng.uniform(0.3, 0.8) * (1 - step(far, radius - 1, radius + 1)),
            )
    if rng.random() < 0.4:
        dust = step(clouds(rng, skin.u.shape, 18, 2), 0.8, 2.4)
        paint(skin.colour, tone * 1.3, 0.35 * dust)


def _bites(rng, skin, unit):
    """Holes and bitten edges: the background shows through."""
    for y, x in _on_leaf(rng, skin, 1 + int(rng.integers(5))):
        radius = unit * rng.uniform(0.8, 3.5)
        far, part = _around(skin, y, x, 2 * radius + 4, stretch=rng.uniform(0.6, 1.7))
        if far is not None:
            hole = 1 - step(far, radius - 0.7, radius + 0.7)
            paint(
                skin.colour[:, *part],
                (0.55, 0.50, 0.25),
                0.6 * (1 - step(far, radius, radius + 1.8)),
            )
            skin.cover[part] *= 1 - hole


def _on_leaf(rng, skin, count):
    """Pick places on the leaf, as rows and columns of its window."""
    rows, columns = np.nonzero(skin.edge > 1.5)
    if not len(rows):
        return []
    picked = rng.integers(len(rows), size=count)
    return list(zip(rows[picked].tolist(), columns[picked].tolist()))


def _around(skin, y, x, reach, stretch=1.0):
    """Distance in pixels to a place, in a small part of the window; None outside it."""
    height, width = skin.u.shape
    reach *= max(stretch, 1 / stretch, 1)
    top, bottom = max(int(y - reach), 0), min(int(y + reach) + 2, height)
    left, right = max(int(x - reach), 0), min(int(x + reach) + 2, width)
    if bottom <= top or right <= left:
        return None, None
    down = np.arange(top, bottom)[:, None] - y
    across = np.arange(left, right)[None, :] - x
    return np.sqrt(down**2 * stretch + across**2 / stretch), np.s_[top:bottom, left:right]
