"""Photos as a model is given them, from a folder or from a file that all machines read alike."""

import unicodedata
from pathlib import Path

import numpy as np

from ..data.folder import LEFT_BEHIND, NOTES
from ..data.pictures import PictureProblem, open_picture, square
from ..errors import KitError


def photos_of(place, size, say=print):
    """Find photos and prepare them as the station does.

    Parameters
    ----------
    place : str or pathlib.Path
        A folder, looked through with all its sub-folders, or a ``.npy`` file of prepared photos,
        uint8 ``(n, size, size, 3)``, which every machine reads alike.
    size : int
        Width and height that the model takes.
    say : callable
        Is told which files are left out, and why.

    Returns
    -------
    tuple
        The names, and the prepared photos, uint8 ``(n, size, size, 3)``.

    Raises
    ------
    KitError
        If there is nothing of the kind.
    """
    place = Path(place)
    if place.suffix.lower() == ".npy":
        photos = _prepared(place, size)
        return [f"{number:06}" for number in range(1, len(photos) + 1)], photos
    if not place.is_dir():
        raise KitError(f"There is no folder {place}; name one with photos, or a .npy file.")
    names, photos = [], []
    for name, path in _files(place):
        try:
            photos.append(square(open_picture(path, size), size))
            names.append(name)
        except PictureProblem as problem:
            say(f"Left out: {problem}")
    return names, np.array(photos, np.uint8).reshape(-1, size, size, 3)


def _files(place):
    found = []
    for path in place.rglob("*"):
        parts = path.relative_to(place).parts
        left = any(part.startswith(".") or part.lower() in LEFT_BEHIND for part in parts)
        if not left and path.is_file() and path.suffix.lower() not in NOTES:
            found.append((unicodedata.normalize("NFC", "/".join(parts)), path))
    return sorted(found)


def _prepared(path, size):
    try:
        photos = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise KitError(f"{path} cannot be read ({str(error)[:80]}); write it again.") from None
    if not isinstance(photos, np.ndarray) or photos.dtype != np.uint8 or (
        photos.shape[1:] != (size, size, 3)
    ):  # fmt: skip
        raise KitError(
            f"{path.name} holds no photos as this model takes them: uint8, (n, {size}, {size}, 3)."
        )
    return photos
