"""The zip file around a field pack: written the same each time, and read with care.

A pack travels on sticks and phones, through many hands. So nothing of it is unpacked to the disk,
no name in it is a path, and nothing larger than a pack can be is ever read into memory.
"""

import io
import re
import zipfile
import zlib
from pathlib import Path

from ...errors import KitError
from ...places import write_bytes

MOST_BYTES = 32_000_000  # of all files together; a pack has about a hundredth of it
MOST_FILES = 64
NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9]+)?")  # one plain name, no folder
ZIPPED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1  # a bit of a zip entry's flags
# What Python's zipfile raises for a file that is no whole zip.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip


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


def plain_entry(name, kind=zipfile.ZIP_DEFLATED):
    """Return an entry for a zip that says nothing of the hour or the system it was made on."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # zip's first day
    entry.compress_type = kind
    entry.create_system = 3  # or Windows and Linux would write different bytes
    entry.external_attr = 0o644 << 16
    return entry


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
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            return _files(pack, path.name)
    except DAMAGED:
        raise KitError(f"{path.name} is damaged or no pack; copy it again.") from None


def _files(pack, title):
    entries = pack.infolist()
    if len(entries) > MOST_FILES:
        raise KitError(f"{title} holds {len(entries)} files, no pack does; it is not opened.")
    odd = strange(entries)
    if odd:
        raise KitError(f"{title} holds {odd[0]!r}, which no pack does; it is not opened.")
    files, left = {}, MOST_BYTES
    for entry in entries:
        # What the zip says of its sizes may be a lie, so the reading itself has the limit.
        with pack.open(entry) as file:
            files[entry.filename] = file.read(left + 1)
        left -= len(files[entry.filename])
        if left < 0:
            raise KitError(f"{title} unpacks to more than any pack; it is not opened.")
    return files


def strange(entries):
    """Names among the entries of a zip that are paths, come twice, or cannot be plainly read."""
    names = [entry.filename for entry in entries]
    found = [name for name in names if not NAME.fullmatch(name)]
    found += [name for name in names if names.count(name) > 1]
    found += [e.filename for e in entries if e.compress_type not in ZIPPED]
    found += [e.filename for e in entries if e.flag_bits & ENCRYPTED]
    return found
