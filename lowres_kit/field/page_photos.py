"""Kept photos for the status page: found by the number of their record, made small once."""

import io
import os
import threading
from functools import lru_cache
from pathlib import Path

from PIL import Image

from ..data.pictures import PictureProblem, open_picture, square

KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png"}
KEPT = 32  # small pictures in memory, of about 10 kB each


class PagePhotos:
    """The photos that records name, and no other file.

    A browser asks for the number of a record, never for a name, so no request can lead out of
    the folder; and a name that is a path, or a link that leads elsewhere, is not followed.

    Parameters
    ----------
    records : Records
        The station's store.
    folder : str or pathlib.Path
        Where the kept copies are.
    """

    def __init__(self, records, folder):
        self._records, self._folder = records, Path(folder)
        self._small = lru_cache(KEPT)(self._shrink)
        self._one_at_a_time = threading.Lock()  # a photo that is being opened takes megabytes

    def whole(self, number):
        """Return a photo as it was kept.

        Returns
        -------
        tuple, or None
            The bytes, and their Content-Type; None if there is no such photo.
        """
        path = self._path(number)
        if path is None:
            return None
        try:
            with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
                content = file.read()
        except OSError:
            return None  # it has just made room for others
        kinds = (kind for start, kind in KINDS.items() if content.startswith(start))
        return content, next(kinds, "application/octet-stream")

    def small(self, number, side):
        """Return the middle square of a photo, as the model sees it, as a small JPEG.

        Parameters
        ----------
        number : int
            Of the record.
        side : int
            Width and height in pixels, at most.

        Returns
        -------
        bytes, or None
        """
        path = self._path(number)
        try:
            return self._small(path, side) if path else None
        except PictureProblem:
            return None  # damaged since it was kept

    def _path(self, number):
        found = self._records.between(number, number)
        name = found[0].photo if found else ""
        path = self._folder / name
        plain = name not in ("", ".", "..") and Path(name).name == name
        return path if plain and path.is_file() and not path.is_symlink() else None

    def _shrink(self, path, side):
        with self._one_at_a_time:
            image = open_picture(path, side)
            pixels = square(image, min(side, *image.size))
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
            return buffer.getvalue()
