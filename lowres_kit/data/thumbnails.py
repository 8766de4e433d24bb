"""A small picture of each photo, made once: enough to check a file and to find its doubles."""

from functools import lru_cache

import numpy as np
from PIL import Image

from .pictures import open_picture

SIDE = 64


def thumbnail(path):
    """Shrink a whole photo to a small square, without cutting anything off.

    Parameters
    ----------
    path : pathlib.Path
        A picture.

    Returns
    -------
    numpy.ndarray
        uint8, ``(64, 64, 3)``, not to be written to. Kept in memory (12 kB a photo) until the
        file changes, since checking a folder, splitting it and auditing it all need it.

    Raises
    ------
    PictureProblem
        If the file cannot be read as a picture.
    """
    try:
        state = path.stat()
    except OSError:
        return _shrink(path)  # names the problem in words
    return _kept(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=20_000)
def _kept(path, _changed, _bytes):
    return _shrink(path)


def _shrink(path):
    image = open_picture(path, SIDE).resize((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(image)
    small.flags.writeable = False
    return small
