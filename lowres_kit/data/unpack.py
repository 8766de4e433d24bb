"""Take the pictures out of a zip file, and nothing else."""

import errno
import os
import shutil
import zipfile
from pathlib import PurePosixPath

from ..errors import KitError
from ..safe_zip import DAMAGED, odd, twice
from .folder import left_behind

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
MOST_FILES = 20_000
MOST_BYTES = 2_000_000_000
# JPEG and PNG are compressed already: a file that grows more than this is made to fill a disk.
MOST_GROWTH = 100


def unpack_pictures(archive, folder, expected=None):
    """Unpack a zip of classes into a folder of classes, whole or not at all.

    Parameters
    ----------
    archive : pathlib.Path
        The zip file; pictures lie in a folder a class, which may lie in a further one.
    folder : pathlib.Path
        Is made.
    expected : int, optional
        How many pictures there must be.

    Raises
    ------
    KitError
        If it is no whole zip file, holds something that it should not, or the disk is full.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as pack:
            pictures = _choose(pack.infolist(), archive.name)
            if expected is not None and len(pictures) != expected:
                raise KitError(
                    f"{archive.name} holds {len(pictures)} pictures, not {expected}; delete it "
                    "and fetch it again."
                )
            for name, entry in pictures.items():
                _write(pack, entry, draft / name)
        folder.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, folder)
    except DAMAGED as error:
        raise KitError(
            f"{archive.name} is no whole zip file; delete it and fetch it again."
        ) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise KitError(
                f"{archive.name} cannot be unpacked in {folder.parent} "
                f"({error.strerror or error}); let LOWRES_CACHE name another folder."
            ) from error
        raise KitError(f"The disk is full: make room, then unpack {archive.name} again.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _choose(entries, archive):
    """Map "class/file" to the entry, for pictures; refuse the whole file if one entry is odd."""
    found = odd(entries, MOST_FILES, MOST_BYTES, MOST_GROWTH)
    if found:
        raise KitError(f"{archive} holds {found}, so nothing was unpacked.")
    pictures = []
    for entry in entries:
        path = PurePosixPath(entry.filename)
        hidden = any(left_behind(part) for part in path.parts)
        picture = path.suffix.lower() in ENDINGS and not entry.is_dir()
        if picture and not hidden and len(path.parts) > 1:
            pictures.append(("/".join(path.parts[-2:]), entry))
    again = twice(name for name, _ in pictures)
    if again:
        raise KitError(f"{archive} holds {again}; it was left as it is.")
    return dict(pictures)


def _write(pack, entry, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with pack.open(entry) as source, open(path, "wb") as target:
        while chunk := source.read(256 * 1024):
            left -= len(chunk)
            if left < 0:  # the list of contents lied about the size
                raise zipfile.BadZipFile(entry.filename)
            target.write(chunk)
