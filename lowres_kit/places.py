"""Where the kit keeps what it makes, and how it writes files that matter."""

import os
from functools import partial
from pathlib import Path

from .errors import KitError

FAR = 2**40  # a byte that no file reaches: Windows lets nobody read a byte that is locked


def cache_folder():
    """Folder for what can be made again: rendered pictures, features, downloads.

    The environment variable ``LOWRES_CACHE`` names another place, for a laptop with a
    small disk or a class that shares one USB stick.

    Returns
    -------
    pathlib.Path
        The folder, made if it was missing.
    """
    named = os.environ.get("LOWRES_CACHE")
    if named:
        folder = Path(named).expanduser()
    else:
        from platformdirs import user_cache_path  # comes with Jupyter

        folder = user_cache_path("lowres-kit", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_bytes(path, content, mode=None):
    """Write a file whole or not at all, so that a power cut leaves the old one or the new one.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; its folder is made if it is missing.
    content : bytes
        What it shall hold.
    mode : int, optional
        Who may read it, at any time: 0o600 for its owner alone. Where root writes such a file, it
        belongs to the owner of its folder, so that root can set a secret for a service.

    Raises
    ------
    KitError
        If the disk is full, or the place cannot be written to.
    """
    write_blocks(path, [content], mode)


def write_blocks(path, blocks, mode=None):
    """Write a file of any size from its pieces, whole or not at all; see `write_bytes`.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    blocks : iterable of bytes
        What it shall hold, piece by piece.
    mode : int, optional
        As for `write_bytes`.
    """
    path = Path(path)
    try:
        _replace(path, blocks, mode)
    except OSError as error:
        raise KitError(
            f"{path.parent.name}/{path.name} cannot be written "
            f"({error.strerror or error}). Make room on the disk, or "
            "name another place; what was written before is still there."
        ) from error


def _replace(path, blocks, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process number keeps two programs that write the same file off each other's half.
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)  # of a process that had the same number
    try:
        # Made with its rights: what is narrowed later could be opened before.
        opener = None if mode is None else partial(os.open, mode=mode)
        with open(draft, "xb", opener=opener) as file:
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None and hasattr(os, "geteuid") and os.geteuid() == 0:
            owner = path.parent.stat()
            os.chown(draft, owner.st_uid, owner.st_gid)
        os.replace(draft, path)
        flush_file(path)
    finally:
        draft.unlink(missing_ok=True)


def write_text(path, text):
    """Write a text file (UTF-8, Unix line ends) whole or not at all; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def flush_file(path):
    """Put a file that was renamed on the disk.

    FAT, the file system of USB sticks, writes a new name with a length of zero and the true length
    later: after a power cut the file would be there and empty, though it was flushed before.
    """
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def flush_folder(path):
    """Put the names in a folder on the disk, so that a renamed file is there after a power cut."""
    if os.name == "nt":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(handle):
    """Lock an open file, or on Linux and macOS a folder, for this handle alone.

    The lock goes with the handle, and so with the process, however that ends; nothing is written.

    Parameters
    ----------
    handle : int
        A file descriptor; on Windows one that may be read and written.

    Returns
    -------
    bool
        Whether it was free. A disk in a network that knows no locks counts as free.
    """
    if os.name == "nt":
        import msvcrt

        os.lseek(handle, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # no locks on this disk
    return True
