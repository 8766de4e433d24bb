"""Light and camera: what the same leaf looks like at another hour, through another phone."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from .noise import clouds, step, tinted

LIGHTS = ("sun", "shade", "dusk")
PHONES = ("good", "cheap", "old")


@dataclass(frozen=True)
class Light:
    """Light on a scene.

    Attributes
    ----------
    colour : numpy.ndarray
        Three factors.
    strength : float
        Brightness, 1 is well exposed.
    contrast : float
        How deep the shade of folds is.
    direction : float
        Where it comes from, radians.
    patches : float
        How strong the shadows of other plants are, 0 to 1.
    """

    colour: np.ndarray
    strength: float
    contrast: float
    direction: float
    patches: float


def choose_light(rng, kind):
    """Draw the light of one day: one of `LIGHTS`, with its own variation."""
    warmth, strength, contrast, patches = {
        "sun": (0.04, 1.25, 1.0, 0.5 * (rng.random() < 0.4)),
        "shade": (-0.05, 1.08, 0.55, 0.15 * (rng.random() < 0.4)),
        "dusk": (0.16, 0.62, 0.6, 0.0),
    }[kind]
    warmth += rng.normal() * 0.04
    colour = np.array([1 + warmth, 1.0, 1 - warmth])
    return Light(
        colour,
        strength * np.exp(rng.normal() * 0.12),
        contrast * rng.uniform(0.7, 1.3),
        rng.random() * 2 * np.pi,
        patches,
    )


def shine(rng, canvas, light):
    """Multiply a scene by the light, with shadows of other plants and bright flecks, in place."""
    canvas *= tinted(light.colour, light.strength)
    if light.patches:
        canvas *= 1 - light.patches * step(clouds(rng, canvas.shape[1:], 3), -0.15, 0.15)


def photograph(rng, scene, phone, blur):
    """Turn a scene into the picture that a phone would store.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    scene : numpy.ndarray
        float64, ``(3, size, size)``, about 0 to 1.
    phone : str
        One of `PHONES`.
    blur : float
        How unsteady hand and focus are; 1 is ordinary, 0 is none.

    Returns
    -------
    numpy.ndarray
        uint8, ``(size, size, 3)``.
    """
    size = scene.shape[1]
    cast, noise, sharpen, quality, soft = {
        "good": ((1.0, 1.0, 1.0), 0.004, 0.5, 2.0, 0.0),
        "cheap": ((1.03, 0.98, 1.08), 0.012, 1.0, 7.0, 0.2),
        "old": ((1.10, 1.0, 0.84), 0.022, 0.2, 12.0, 0.5),
    }[phone]
    picture = scene * tinted(cast, 1.0)
    far = np.linspace(-1, 1, size) ** 2
    picture *= 1 - 0.09 * (far[:, None] + far[None, :])  # darker corners
    width = size / 160 * (soft + blur * rng.gamma(1.2, 0.25))
    if rng.random() < 0.15:
        # A hand that moves smears along one direction only.
        picture = gaussian_filter1d(picture, 0.2 + 2.5 * width, axis=1 + int(rng.integers(2)))
    elif width > 0.2:
        picture = gaussian_filter(picture, (0, width, width))
    picture = _tone(picture)
    grain = rng.normal(size=(size, size)) + 0.4 * rng.normal(size=(3, size, size))
    picture += noise * grain * (1.3 - picture.clip(0, 1))
    grey = picture.mean(axis=0)
    picture += sharpen * (grey - gaussian_filter(grey, 1.0))
    picture = compress(picture.clip(0, 1) * 255, quality)
    picture = np.clip(np.floor(picture + 0.5), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(picture, 0, -1))


def _tone(picture):
    """Keep mid tones, and let highlights fade out instead of cutting them off."""
    over = np.maximum(picture - 0.75, 0) / 0.25
    return np.clip(picture, 0, 0.75) + 0.25 * over / (1 + over)


@lru_cache(maxsize=1)
def _cosines():
    k, n = np.mgrid[:8, :8]
    return np.where(k == 0, np.sqrt(1 / 8), 0.5) * np.cos(np.pi * (2 * n + 1) * k / 16)


def _both_ways(blocks, turn):
    """Apply an 8 x 8 matrix along the rows and the columns of all blocks (axes 2 and 4)."""
    across = (blocks.reshape(-1, 8) @ turn.T).reshape(blocks.shape)
    down = np.moveaxis(across, 2, -1)
    return np.moveaxis((down.reshape(-1, 8) @ turn.T).reshape(down.shape), -1, 2)


def compress(picture, coarse):
    """Lose detail as JPEG does: blocks of 8 x 8, cosine transform, coarse steps.

    Parameters
    ----------
    picture : numpy.ndarray
        float64, ``(3, height, width)``, 0 to 255.
    coarse : float
        Size of the steps for the coarsest detail that the eye sees best; larger is worse.

    Returns
    -------
    numpy.ndarray
        float64, same shape.

    Notes
    -----
    Written out here, because the JPEG programs of two systems differ in the last bit, and the
    simulated photos must not.
    """
    height, width = picture.shape[1:]
    padded = np.pad(picture, ((0, 0), (0, -height % 8), (0, -width % 8)), mode="edge")
    grey = 0.299 * padded[0] + 0.587 * padded[1] + 0.114 * padded[2]
    planes = np.stack([grey, padded[0] - grey, padded[2] - grey])
    rows, columns = grey.shape[0] // 8, grey.shape[1] // 8
    blocks = planes.reshape(3, rows, 8, columns, 8)
    k = np.arange(8)
    steps = coarse * (1 + 0.45 * (k[:, None] + k[None, :])) * np.array([1, 1.8, 1.8])[:, None, None]
    turn = _cosines()
    steps = steps[:, None, :, None, :]
    numbers = _both_ways(blocks, turn) / steps
    # The tiny shift keeps exact halves from falling either way on different processors.
    blocks = _both_ways(np.floor(numbers + 0.5 + 1e-9) * steps, turn.T)
    planes = blocks.reshape(planes.shape)[:, :height, :width]
    grey, red, blue = planes[0], planes[0] + planes[1], planes[0] + planes[2]
    green = (grey - 0.299 * red - 0.114 * blue) / 0.587
    return np.stack([red, green, blue])
