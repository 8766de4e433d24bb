"""Data sets by name, or a folder of one's own, through one door."""

import hashlib
import os
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import KitError
from ..places import cache_folder
from .catalogue import catalogue, entry
from .folder import read_folder
from .leaves import LeafSettings, simulate_leaves
from .splits import few


def load_dataset(name, count=None, seed=0):
    """Load photos by name, or from a folder with one sub-folder a class.

    Parameters
    ----------
    name : str or pathlib.Path
        A name (see `dataset_names`) such as "simulated-leaves", or the path of a folder.
    count : int, optional
        Photos of each class. Simulated sets are drawn in that number; of others, that many are
        picked at random (all, where a class has fewer).
    seed : int
        Another seed draws, or picks, other photos.

    Returns
    -------
    PhotoSet
        With ``simulated=True`` where a program drew the photos.

    Raises
    ------
    KitError
        If there is no such name or folder, or the photos must be fetched first.
    """
    if count is not None and count < 1:
        raise KitError("`count` is the number of photos of each class: 1 or more.")
    if seed < 0:
        raise KitError("A seed is a whole number from 0 upwards.")
    if _is_folder(name):
        return _some(read_folder(name), count, seed)
    known = entry(str(name), ("simulated", "download"))
    if known["kind"] == "simulated":
        return _simulated(str(name), known, count, seed)
    folder = cache_folder() / "datasets" / known["group"] / known["part"]
    if not folder.is_dir():
        raise KitError(
            f"The photos of {name!r} are not on this computer yet; with a network, run "
            f"`lowres data get {known['group']}` once."
        )
    return _some(replace(read_folder(folder), name=str(name)), count, seed)


def dataset_names():
    """Names of all photo sets, with a line on each.

    Returns
    -------
    dict of str to str
    """
    photos = {"simulated", "download"}
    return {name: one["about"] for name, one in catalogue().items() if one["kind"] in photos}


def pixels_sha256(photos):
    """Fingerprint of all pixels, with their classes: equal only if the photos are equal.

    Parameters
    ----------
    photos : PhotoSet
        Photos in one folder of classes.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in sorted(photos.paths, key=lambda path: (path.parent.name, path.name)):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        digest.update(f"{path.parent.name}/{path.name} {pixels.shape}\n".encode())
        digest.update(pixels.tobytes())
    return digest.hexdigest()


def _is_folder(name):
    """A name that is in the list wins over a folder; anything with a path in it is a folder."""
    if isinstance(name, Path):
        return True
    if name in catalogue():
        return False
    looks = any(mark in name for mark in (os.sep, "/", "\\")) or name.startswith((".", "~"))
    return looks or Path(name).is_dir()


def _some(photos, count, seed):
    return photos if count is None else photos.take(few(photos, count, seed))


def _simulated(name, known, count, seed):
    """Load from the cache, or draw first; a damaged copy is drawn again."""
    settings = LeafSettings(**known.get("settings", {}))
    per_class, size = count or known["per_class"], known["size"]
    # A changed simulator must not be served yesterday's pictures.
    key = f"{_drawing_code()} {settings} {size}"
    key = hashlib.sha256(key.encode()).hexdigest()[:10]
    folder = cache_folder() / "datasets" / f"{name}-{per_class}-{seed}-{key}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    photos = None
    if folder.is_dir():
        photos = _whole(folder, per_class)
        if photos is None:
            shutil.rmtree(folder)
    if photos is None:
        simulate_leaves(folder, per_class, known["seed"] + seed, size, settings)
        photos = read_folder(folder)
        if count is None and seed == 0 and known["sha256"] not in ("", pixels_sha256(photos)):
            warnings.warn(
                f"The photos of {name!r} differ a little from those of the kit's authors, "
                "because this computer calculates differently. Go on; numbers may differ slightly.",
                stacklevel=3,
            )
    return replace(photos, name=name, simulated=True)


def _whole(folder, per_class):
    """Read rendered photos; None if one is missing or broken."""
    try:
        photos = read_folder(folder)
    except KitError:
        return None
    complete = len(photos.class_names) == 3 and len(photos) == 3 * per_class
    return photos if complete and not photos.problems else None


def _drawing_code():
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("lea*.py")):
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
