"""Simulated photos of bean leaves: the same three classes as the real ones, from a seed.

Real photos of sick leaves need a farm, a season and an expert. These need seconds, and one can
turn one thing at a time: light, blur, background, phone, season, errors in the labels. What a
lesson shows on them holds for the drawing; whether it holds for a farm, only photos can tell.
"""

import csv
import io
import os
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ...errors import KitError
from ...places import write_text
from ...progress import progress_bar
from .camera import LIGHTS, PHONES
from .photo import DISEASES, choose_plant, draw_photo
from .scene import BACKGROUNDS

CLASSES = tuple(DISEASES)
# First words of the seed of every draw, so that plants, scenes and names never share one.
PLANT, SCENE, CAMERA, LABEL, NAME = range(5)


@dataclass(frozen=True)
class LeafSettings:
    """What differs from farm to farm.

    Attributes
    ----------
    light : str
        "mixed", "sun", "shade" or "dusk".
    blur : float
        0 is none, 1 is an ordinary hand, 3 is a bad one.
    background : str
        "mixed", "soil", "leaves", "field" or "table".
    phone : str
        "mixed", "good", "cheap" or "old": colour cast, noise, sharpening, compression.
    season : str
        "wet" or "dry": a dry season has yellower leaves, dust and dry edges.
    severity : float
        Factor on how far the disease has gone; 0.3 gives early signs only.
    label_errors : float
        Part of the photos that lie in the folder of another class, 0 to 1.
    photos_per_plant : int
        Photos of one plant are alike: same leaf colour, soil, light and phone.
    bursts : float
        Part of the photos that are a second shot of the one before, nearly the same.
    """

    light: str = "mixed"
    blur: float = 1.0
    background: str = "mixed"
    phone: str = "mixed"
    season: str = "wet"
    severity: float = 1.0
    label_errors: float = 0.0
    photos_per_plant: int = 3
    bursts: float = 0.0

    def __post_init__(self):
        choices = {
            "light": ("mixed", *LIGHTS),
            "background": ("mixed", *BACKGROUNDS),
            "phone": ("mixed", *PHONES),
            "season": ("wet", "dry"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise KitError(
                    f"{name} cannot be {getattr(self, name)!r}; choose one of {', '.join(allowed)}."
                )
        for name in ("label_errors", "bursts"):
            if not 0 <= getattr(self, name) <= 1:
                raise KitError(f"{name} is a part of the photos: a number from 0 to 1.")
        for name in ("blur", "severity"):
            if not 0 <= getattr(self, name) <= 10:
                raise KitError(f"{name} must be a number from 0 to 10.")
        if self.photos_per_plant < 1:
            raise KitError("photos_per_plant must be at least 1.")


def leaf_photo(kind, index, seed=0, size=160, settings=LeafSettings()):
    """Draw one simulated photo.

    Parameters
    ----------
    kind : str
        One of `CLASSES`.
    index : int
        Which photo of that class; each is drawn on its own, whatever the others are.
    seed : int
        Another seed is another farm visit.
    size : int
        Side in pixels.
    settings : LeafSettings
        Light, phone and so on.

    Returns
    -------
    numpy.ndarray
        uint8, ``(size, size, 3)``.

    Raises
    ------
    KitError
        If there is no such class.
    """
    if kind not in CLASSES:
        raise KitError(f"There is no class {kind!r}; the simulator knows {', '.join(CLASSES)}.")
    number = CLASSES.index(kind)
    plant = choose_plant(_rng(seed, PLANT, number, _plant(index, settings)), kind, settings)
    scene = _rng(seed, SCENE, number, _scene(seed, number, index, settings))
    return draw_photo(plant, scene, _rng(seed, CAMERA, number, index), settings, size)


def simulate_leaves(folder, per_class, seed=0, size=160, settings=LeafSettings()):
    """Write simulated photos as a folder of classes.

    Parameters
    ----------
    folder : str or pathlib.Path
        Is made; must not exist yet. It appears whole or not at all.
    per_class : int
        Photos of each class.
    seed, size, settings
        As for `leaf_photo`.

    Returns
    -------
    pathlib.Path
        The folder: one sub-folder of PNG files a class, and ``sources.csv`` with, for each file,
        its plant (``source``) and what it really shows (``true_class``).

    Raises
    ------
    KitError
        If the folder exists, or the disk is full.
    """
    folder = Path(folder)
    if folder.exists():
        raise KitError(f"The folder {folder.name} exists already; choose another name.")
    if per_class < 1:
        raise KitError("A class needs at least one photo; ask for 1 or more.")
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        _write_all(draft, per_class, seed, size, settings)
        os.replace(draft, folder)
    except OSError as problem:
        if folder.exists():  # another program made the same photos meanwhile
            return folder
        raise KitError(
            f"The simulated photos could not be written to {folder.parent}: "
            f"{problem.strerror or problem}. Make room on the disk, or set LOWRES_CACHE to another "
            "place."
        ) from problem
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _write_all(draft, per_class, seed, size, settings):
    from PIL import Image

    shutil.rmtree(draft, ignore_errors=True)
    for kind in CLASSES:
        (draft / kind).mkdir(parents=True)

    def write_one(photo):
        kind, index = photo
        shown = _label(seed, kind, index, settings)
        # Names in an order of their own: neither the plant nor the true class shows in them.
        number = _rng(seed, NAME, CLASSES.index(kind), index).integers(16**8)
        name = f"{shown}/leaf-{number:08x}.png"
        pixels = leaf_photo(kind, index, seed, size, settings)
        Image.fromarray(pixels).save(draft / name, compress_level=1)
        return name, f"{kind}-plant-{_plant(index, settings):03d}", kind

    # A large block, taken and given back, tells Linux's memory allocator to keep what it has
    # instead of returning every picture to the system: a third less time.
    np.empty(30 * 2**20, np.uint8)
    photos = [(kind, index) for index in range(per_class) for kind in CLASSES]
    rows = [write_one(photo) for photo in progress_bar(photos, "Drawing leaves")]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("file", "source", "true_class"))
    writer.writerows(sorted(rows))
    write_text(draft / "sources.csv", table.getvalue())


def true_classes(photos):
    """Look up what simulated photos really show, whatever folder they lie in.

    Parameters
    ----------
    photos : PhotoSet
        Simulated photos.

    Returns
    -------
    numpy.ndarray
        int64, ``(n,)``: positions in ``photos.class_names``.

    Raises
    ------
    KitError
        If the photos are not simulated; of real ones, nobody knows for certain.
    """
    truth = {}
    for folder in {path.parent.parent for path in photos.paths}:
        table = folder / "sources.csv"
        if table.exists():
            with open(table, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    truth[folder / row["file"]] = row.get("true_class")
    known = [truth.get(path) for path in photos.paths]
    if not all(name in photos.class_names for name in known):
        raise KitError("Only of simulated photos is the true class known.")
    return np.array([photos.class_names.index(name) for name in known], np.int64)


def _rng(seed, *words):
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, *words))))


def _plant(index, settings):
    return index // settings.photos_per_plant


def _scene(seed, number, index, settings):
    """Number of the scene of a photo: its own, or that of the photo before (a burst)."""
    while index % settings.photos_per_plant:
        if _rng(seed, SCENE, number, index, 1).random() >= settings.bursts:
            break
        index -= 1
    return index


def _label(seed, kind, index, settings):
    """Class under which a photo is filed: its own, or by mistake another."""
    rng = _rng(seed, LABEL, CLASSES.index(kind), index)
    wrong, other = rng.random(), int(rng.integers(len(CLASSES) - 1))
    if wrong >= settings.label_errors:
        return kind
    return [name for name in CLASSES if name != kind][other]


def describe(settings):
    """Say in a line how settings differ from the ordinary ones; "" if they do not."""
    changed = [
        f"{field.name} {getattr(settings, field.name)}"
        for field in fields(settings)
        if getattr(settings, field.name) != field.default
    ]
    return ", ".join(changed)
