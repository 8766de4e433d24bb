"""One simulated photo: a plant is drawn, placed in a scene, and photographed."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from . import camera as leaf_camera
from . import disease as leaf_disease
from . import scene as leaf_scene
from .noise import clouds, paint, step
from .shape import Leaf, grow

DISEASES = {
    "angular_leaf_spot": leaf_disease.angular_leaf_spot,
    "bean_rust": leaf_disease.bean_rust,
    "healthy": leaf_disease.healthy,
}


@dataclass(frozen=True)
class Plant:
    """What all photos of one plant share.

    Attributes
    ----------
    kind : str
        Class, one of `DISEASES`.
    severity : float
        From 0 (first signs) to 1.
    green, soil, skin : numpy.ndarray
        Colours of leaf, soil and the hand that holds it, three numbers each.
    width, bumps, pale, veins : float
        Shape and skin of its leaves, see `leaf_shape.Leaf`.
    background : str
        One of `leaf_scene.BACKGROUNDS`.
    light : leaf_camera.Light
        Light of the day.
    phone : str
        One of `leaf_camera.PHONES`.
    """

    kind: str
    severity: float
    green: np.ndarray
    soil: np.ndarray
    skin: np.ndarray
    width: float
    bumps: float
    pale: float
    veins: float
    background: str
    light: leaf_camera.Light
    phone: str


def choose_plant(rng, kind, settings):
    """Draw a plant of a class.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    kind : str
        One of `DISEASES`.
    settings : leaves.LeafSettings
        Which light, phone, background and season occur.
    """
    dryness = 1.0 if settings.season == "dry" else 0.0
    green = np.array([0.31, 0.50, 0.19]) * np.exp(rng.normal() * 0.10)
    # From blue-green to yellow-green: colour alone must not tell ill from healthy.
    green = green + (rng.normal() * 0.03 + 0.06 * dryness) * np.array([1.0, 0.25, -0.35])
    return Plant(
        kind=kind,
        severity=float(np.clip(settings.severity * rng.beta(1.7, 1.3), 0.0, 1.0)),
        green=green.clip(0.03, 0.95),
        soil=_mix(rng, leaf_scene.SOILS),
        skin=_mix(rng, leaf_scene.SKINS),
        width=rng.uniform(0.30, 0.47),
        bumps=rng.uniform(0.35, 1.25),
        pale=rng.uniform(0.2, 0.65),
        veins=rng.uniform(5.0, 7.5),
        background=_choose(rng, settings.background, leaf_scene.BACKGROUNDS, (4, 4, 3, 1)),
        light=leaf_camera.choose_light(
            rng, _choose(rng, settings.light, leaf_camera.LIGHTS, (5, 4, 1))
        ),
        phone=_choose(rng, settings.phone, leaf_camera.PHONES, (6, 3, 1)),
    )


def draw_photo(plant, scene_rng, camera_rng, settings, size):
    """Draw one photo of a plant.

    Parameters
    ----------
    plant : Plant
        What is photographed.
    scene_rng : numpy.random.Generator
        Decides the scene. Photos of one burst share it.
    camera_rng : numpy.random.Generator
        Decides how the phone is held, and its noise.
    settings : leaves.LeafSettings
        Blur and season.
    size : int
        Side in pixels.

    Returns
    -------
    numpy.ndarray
        uint8, ``(size, size, 3)``.
    """
    rng = scene_rng
    shift = camera_rng.normal(size=3)
    held = plant.background in ("field", "table") or rng.random() < 0.35
    focus = rng.uniform(0.5, 1.3) if held else rng.uniform(0.0, 0.5)
    focus = 0.0 if plant.background == "table" else focus
    canvas = leaf_scene.background(rng, size, plant.background, plant.soil, focus)
    main = _main_leaf(rng, plant, shift)
    dry = 1.0 if settings.season == "dry" else 0.3 * rng.random()
    for leaf in _other_leaves(rng, plant, main):
        _add_leaf(rng, canvas, plant, leaf, dry, ill=rng.random() < 0.7)
    if held and rng.random() < 0.75:
        base_x, base_y = _base(main, 0.02)
        leaf_scene.hand(rng, canvas, base_x, base_y, main.angle, plant.skin)
    else:
        _stalk(canvas, main, plant)
    _add_leaf(rng, canvas, plant, main, dry, ill=True)
    leaf_camera.shine(rng, canvas, plant.light)
    return leaf_camera.photograph(camera_rng, canvas, plant.phone, settings.blur)


def _main_leaf(rng, plant, shift):
    length = rng.uniform(0.75, 1.2)
    return Leaf(
        x=0.5 + rng.normal() * 0.05 + 0.012 * shift[0],
        y=0.5 + rng.normal() * 0.05 + 0.012 * shift[1],
        length=length,
        angle=-np.pi / 2 + rng.normal() * 0.7 + 0.03 * shift[2],
        width=plant.width * rng.uniform(0.9, 1.1),
        lean=rng.normal() * 0.12,
        bend=rng.normal() * 0.18,
        veins=plant.veins,
        green=plant.green,
        bumps=plant.bumps,
        pale=plant.pale,
    )


def _other_leaves(rng, plant, main):
    """Side leaflets that share the stalk, and leaves of the same plant behind."""
    leaves = []
    if rng.random() < 0.35:  # a bean leaf has three leaflets
        base_x, base_y = _base(main, -0.04)
        for side in (-1, 1):
            if rng.random() < 0.8:
                leaves.append(
                    _leaf_from(rng, plant, main, base_x, base_y, side * rng.uniform(1.2, 2.0))
                )
    for _ in range(int(rng.integers(0, 3))):
        x, y = rng.random(2)
        leaves.append(_leaf_from(rng, plant, main, x, y, rng.random() * 2 * np.pi))
    return leaves


def _leaf_from(rng, plant, main, x, y, turn):
    angle, length = main.angle + turn, main.length * rng.uniform(0.55, 0.9)
    return Leaf(
        x=x + 0.5 * length * np.cos(angle),
        y=y + 0.5 * length * np.sin(angle),
        length=length,
        angle=angle,
        width=plant.width * rng.uniform(0.8, 1.1),
        lean=rng.normal() * 0.25,
        bend=rng.normal() * 0.25,
        veins=plant.veins,
        green=plant.green * rng.uniform(0.75, 1.15),
        bumps=plant.bumps,
        pale=plant.pale,
    )


def _add_leaf(rng, canvas, plant, leaf, dry, ill):
    """Grow a leaf, put disease and blemishes on it, light its relief, lay it on the scene."""
    skin = grow(rng, leaf, canvas.shape[1])
    if skin is None:
        return
    leaf_disease.blemishes(rng, skin, dry)
    if ill:
        # Leaves of one plant differ: the worst one is not always in front.
        DISEASES[plant.kind](rng, skin, plant.severity * rng.uniform(0.6, 1.0))
    part = canvas[:, *skin.window]
    _cast_shadow(part, skin, plant.light)
    paint(part, skin.colour * _relief(rng, skin, leaf, plant.light), skin.cover)


def _cast_shadow(part, skin, light):
    """Darken what lies behind the leaf, on the side away from the light."""
    reach = 1 + skin.pixels * 0.025
    down, across = (round(-reach * f(light.direction)) for f in (np.sin, np.cos))
    height, width = skin.cover.shape
    moved = np.zeros((height, width))
    moved[max(down, 0) : height + min(down, 0), max(across, 0) : width + min(across, 0)] = (
        skin.cover[
            max(-down, 0) : height + min(-down, 0), max(-across, 0) : width + min(-across, 0)
        ]
    )
    part *= 1 - 0.45 * light.contrast * gaussian_filter(moved, reach * 0.5)


def _relief(rng, skin, leaf, light):
    """Light and shade on the skin: the fold along the middle, the bulges, waves, a little gloss."""
    slope_y, slope_x = np.gradient(skin.height)
    towards = slope_x * np.cos(light.direction) + slope_y * np.sin(light.direction)
    fold = rng.normal() * 0.13 * np.tanh(skin.v * 25) + 0.11 * clouds(rng, skin.u.shape, 2)
    shade = 1 + light.contrast * (0.65 * np.tanh(1.2 * towards) + fold)
    gloss = step(clouds(rng, skin.u.shape, 4, 3) + 2 * towards, 1.4, 3.4) * light.contrast
    return shade.clip(0.25, 1.9) + 0.35 * gloss


def _stalk(canvas, leaf, plant):
    size = canvas.shape[1]
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    base_x, base_y = _base(leaf, -0.01)
    along = (x - base_x) * np.cos(leaf.angle) + (y - base_y) * np.sin(leaf.angle)
    off = (y - base_y) * np.cos(leaf.angle) - (x - base_x) * np.sin(leaf.angle)
    off = off + leaf.bend * along**2
    paint(
        canvas,
        plant.green * 1.15,
        (1 - step(np.abs(off), 0.006, 0.014)) * (1 - step(along, 0, 0.03)),
    )


def _base(leaf, inside):
    reach = (0.5 - inside) * leaf.length
    return leaf.x - reach * np.cos(leaf.angle), leaf.y - reach * np.sin(leaf.angle)


def _choose(rng, wanted, names, weights):
    if wanted != "mixed":
        rng.random()  # the same number of draws, so that only this one thing changes
        return wanted
    shares = np.cumsum(weights) / np.sum(weights)
    return names[int(np.searchsorted(shares, rng.random(), side="right"))]


def _mix(rng, tones):
    """Take a tone between two of the list, a little lighter or darker."""
    first, second = tones[rng.integers(len(tones))], tones[rng.integers(len(tones))]
    return (first + (second - first) * rng.random()) * rng.uniform(0.85, 1.15)
