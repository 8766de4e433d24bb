"""A file that one program at a time adds to, however that program ends."""

import os

from ...errors import KitError
from ...places import flush_folder

FAR = 2**40  # a byte that no log reaches: Windows lets nobody read a byte that is locked


def open_alone(path):
    """Open a file to add to it, made if it is missing; refuse where another program has it open.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder is made as well.

    Returns
    -------
    int
        A file descriptor, for `os.write` and `os.close`. Closing it, or the end of the program,
        even by a power cut, lets the next one in.

    Raises
    ------
    KitError
        If the folder cannot be written to, or another program has the file open.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags, 0o644)
        flush_folder(path.parent)
    except OSError as error:
        raise KitError(
            f"The folder {path.parent} cannot be written to ({error.strerror or error}); name "
            "another one for the labels."
        ) from error
    try:
        _lock(handle)
    except BlockingIOError:
        os.close(handle)
        raise KitError(
            f"Another bench is open on {path.parent}. Close that notebook (menu Kernel, Shut Down "
            "Kernel), or give this one another folder."
        ) from None
    return handle


def _lock(handle):
    if os.name == "nt":
        import msvcrt

        os.lseek(handle, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            raise BlockingIOError from None
        return
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass  # a disk on a network that knows no locks
