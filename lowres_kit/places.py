"""Where the kit keeps what it makes, and how it writes files that matter, and their names."""

import errno
import os
import unicodedata
from contextlib import suppress
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

    Raises
    ------
    KitError
        If it cannot be made.
    """
    named = os.environ.get("LOWRES_CACHE")
    if named:
        folder = expanded(named)
    else:
        from platformdirs import user_cache_path  # comes with Jupyter

        folder = user_cache_path("lowres-kit", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KitError(
            f"The folder {folder}, for what can be made again, cannot be made "
            f"({error.strerror or error}); let LOWRES_CACHE name one that can be written to."
        ) from error
    return folder


def expanded(path):
    """Return a path in which ``~`` is the home folder; ``~old``, where no user is called so, stays.

    Parameters
    ----------
    path : str or pathlib.Path
        As a person wrote it.

    Returns
    -------
    pathlib.Path
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


# Letters that break a line or reorder it, and halves of letters, by category and by number: the
# marks U+202A to U+202E and U+2066 to U+2069 turn the direction of what stands beside them.
BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})
TURNING = frozenset({0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)})


def shown(name):
    r"""Write a name as one line of text that every screen, file and table can hold.

    A stick from far away may hold names in an encoding of its own, or with a line break in them.

    Parameters
    ----------
    name : str or pathlib.Path
        As the system gives it.

    Returns
    -------
    str
        The same where nothing stands in the way; else with escapes such as ``caf\xe9``.
    """
    try:
        raw = os.fsencode(name)
    except UnicodeEncodeError:  # no name of this system
        raw = str(name).encode("utf-8", "backslashreplace")
    return "".join(map(_shown_letter, raw.decode("utf-8", "backslashreplace")))


def _shown_letter(letter):
    number = ord(letter)
    if unicodedata.category(letter) not in BREAKING and number not in TURNING:
        return letter
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def refuse_odd_names(names):
    """Refuse names that no list of labels could hold, a name a line; raises KitError."""
    for name in names:
        if not name or name != shown(name).strip():
            raise KitError(
                f"{name!r} cannot be the name of a class or a pack: it is empty, has spaces at its "
                "ends, or holds letters that are no text; give it another name."
            )


def refuse_unwritable(path, kind=None):
    """Refuse a file before the work of which it could not be written after it.

    Parameters
    ----------
    path : str or pathlib.Path
        The file. Nothing is left behind.
    kind : str, optional
        How the names of such files end, such as ``".csv"``: a file of another kind that is there
        already, perhaps one of the inputs, is not replaced.

    Raises
    ------
    KitError
        As `write_bytes` would, and for a file of another kind.
    """
    path = Path(path)
    if kind and path.is_file() and path.suffix.lower() != kind:
        raise KitError(
            f"{shown(path)} is there already and is no {kind} file; name another, so that nothing "
            "is lost."
        )
    missing = [folder for folder in path.parents if not os.path.lexists(folder)]
    try:
        if not _is_special(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(_draft(path), "wb"):
                pass
            _draft(path).unlink()
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        for folder in missing:  # the innermost first
            with suppress(OSError):
                folder.rmdir()


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
        raise _cannot_write(path, error) from error


def _cannot_write(path, error):
    name = f"{path.parent.name}/{path.name}" if path.parent.name else path
    return KitError(
        f"{name} cannot be written ({error.strerror or error}). Make room on the disk, or "
        "name another place; what was written before is still there."
    )


def _is_special(path):
    """Whether it is a pipe or a device, such as /dev/null, which must never be replaced."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    return path.exists() and not path.is_file()


def _draft(path):
    # The process number keeps two programs that write the same file off each other's half.
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _replace(path, blocks, mode):
    if _is_special(path):
        with open(path, "wb") as file:
            file.writelines(blocks)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path)
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
    r"""Write a text file (UTF-8, Unix line ends) whole or not at all; see `write_bytes`.

    Of a name that is no UTF-8, Python makes halves of letters, which UTF-8 has not. They are
    written as ``\udce9``: a person can read on, and in JSON that gives the name back.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


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
