"""The zip file around a field pack: written the same each time, and read with care.

A pack travels on sticks and phones, through many hands. So nothing of it is unpacked to the disk,
no name in it is a path, and nothing larger than a pack can be is ever read into memory.
"""

import io
import zipfile
from pathlib import Path

from ...errors import KitError
from ...places import write_bytes
from ...safe_zip import DAMAGED, check_directory, odd, plain_entry

MOST_BYTES = 32_000_000  # of all files together; a pack has about a hundredth of it
MOST_FILES = 64


def write_archive(path, files):
    """Write files as a zip, whole or not at all; the same files give the same bytes.

    Parameters
    ----------
    path : str or pathlib.Path
        The zip file.
    files : dict of str to bytes
        By their names.

    Raises
    ------
    KitError
        If the disk is full, or a pack may not hold so much.
    """
    if sum(map(len, files.values())) > MOST_BYTES or len(files) > MOST_FILES:
        raise KitError(
            f"A pack holds at most {MOST_FILES} files and {MOST_BYTES // 1_000_000} MB; make the "
            "model smaller with `lowres shrink`."
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as pack:
        for name in sorted(files):
            pack.writestr(plain_entry(name), files[name])
    write_bytes(path, buffer.getvalue())


def read_archive(path):
    """Read all files of a zip into memory.

    Parameters
    ----------
    path : str or pathlib.Path
        The zip file.

    Returns
    -------
    dict of str to bytes

    Raises
    ------
    KitError
        If it is missing, damaged, too large, or holds what no pack holds.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise KitError(f"There is no pack {path}; make one with `lowres pack`.") from None
    except OSError as error:
        raise KitError(f"{path} cannot be read ({error.strerror}).") from None
    if len(content) > MOST_BYTES:
        raise KitError(f"{path.name} is larger than any pack; it is not opened.")
    try:
        check_directory(io.BytesIO(content), MOST_FILES)
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            return _files(pack, path.name)
    except DAMAGED:
        raise KitError(f"{path.name} is damaged or no pack; copy it again.") from None


def _files(pack, title):
    entries = pack.infolist()
    found = odd(entries, MOST_FILES, plain=True)
    if found:
        raise KitError(f"{title} holds {found}, which no pack does; it is not opened.")
    files, left = {}, MOST_BYTES
    for entry in entries:
        # What the zip says of its sizes may be a lie, so the reading itself has the limit.
        with pack.open(entry) as file:
            files[entry.filename] = file.read(left + 1)
        left -= len(files[entry.filename])
        if left < 0:
            raise KitError(f"{title} unpacks to more than any pack; it is not opened.")
    return files
