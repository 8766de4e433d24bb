"""Take the pictures out of a zip file, and nothing else."""

import errno
import os
import shutil
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from ..errors import KitError
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
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
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
    pictures, seen, total = {}, set(), 0
    if len(entries) > MOST_FILES:
        raise KitError(
            f"{archive} holds {len(entries)} files, more than {MOST_FILES}; it was left."
        )
    for entry in entries:
        _refuse_odd(entry, archive)
        total += entry.file_size
        if total > MOST_BYTES:
            raise KitError(
                f"{archive} would unpack to over {MOST_BYTES / 1e9:.0f} GB; it was left."
            )
        path = PurePosixPath(entry.filename)
        hidden = any(left_behind(part) for part in path.parts)
        if entry.is_dir() or hidden or path.suffix.lower() not in ENDINGS:
            continue
        name = "/".join(path.parts[-2:])
        if len(path.parts) < 2:
            continue
        # Windows and macOS take two names that differ in capitals for one.
        if name.casefold() in seen:
            raise KitError(f"{archive} holds {name} twice; it was left as it is.")
        seen.add(name.casefold())
        pictures[name] = entry
    return pictures


def _refuse_odd(entry, archive):
    name = entry.filename
    path = PurePosixPath(name)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    strange = any(letter in name for letter in '\\:*?"<>|') or any(
        ord(letter) < 32 for letter in name
    )
    if path.is_absolute() or ".." in path.parts or strange:
        reason = "a name that leads out of its folder"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        reason = "a link or a device"
    elif entry.file_size > 1_000_000 and entry.file_size > MOST_GROWTH * entry.compress_size:
        reason = "a file that grows beyond measure"
    elif entry.flag_bits & 1:
        reason = "a file with a password"
    else:
        return
    raise KitError(f"{archive} holds {reason} ({name[:60]!r}), so nothing was unpacked.")


def _write(pack, entry, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with pack.open(entry) as source, open(path, "wb") as target:
        while chunk := source.read(256 * 1024):
            left -= len(chunk)
            if left < 0:  # the list of contents lied about the size
                raise zipfile.BadZipFile(entry.filename)
            target.write(chunk)
