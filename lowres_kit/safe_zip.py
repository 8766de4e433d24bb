"""What a zip file may hold, whoever made it: one rule for all that the kit opens.

Packs, batches and data sets come on sticks and phones, through many hands, and a zip file may say
anything of itself. Here stands what is refused before a byte is unpacked: names that lead out of
the folder or mean something else on another system, links and devices, more files or bytes than
were asked for, files that grow beyond measure, rare packings, and files with a password. A zip
may also lie about sizes, so whoever reads an entry counts the bytes that come.
"""

import io
import re
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

# What Python's zipfile raises for a file that is no whole zip.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9]+)?")  # one plain name, no folder
# What Windows takes for another folder, a drive or a device, or does not take at all.
ODD_LETTERS = re.compile(r'[\\:*?"<>|\x00-\x1f]')
ODD_PART = re.compile(r"\.\.|.*[. ]|(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
ZIPPED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1  # a bit of a zip entry's flags
SMALL = 1_000_000  # bytes; files of this size may grow as they like


def odd(entries, most_files, most_bytes=None, most_growth=None, plain=False):
    """Look for what a zip file must not hold.

    Parameters
    ----------
    entries : list of zipfile.ZipInfo
        All that it holds.
    most_files : int
        How many entries it may have.
    most_bytes : int, optional
        How large all files may be together, by what the zip says of itself.
    most_growth : float, optional
        How many times its packed size a file above 1 MB may have.
    plain : bool
        Whether each name must be a plain one of small letters, digits and hyphens, in no folder,
        and none may come twice.

    Returns
    -------
    str or None
        The first that was found, in words that follow "it holds"; None if all is well.
    """
    if len(entries) > most_files:
        return f"{len(entries)} files, more than {most_files}"
    if most_bytes is not None and sum(entry.file_size for entry in entries) > most_bytes:
        return f"what would unpack to over {most_bytes // 1_000_000} MB"
    for entry in entries:
        fault = _fault(entry, most_growth, plain)
        if fault:
            return f"{fault} ({entry.filename[:60]!r})"
    return twice(entry.filename for entry in entries) if plain else None


def _fault(entry, most_growth, plain):
    name, path = entry.filename, PurePosixPath(entry.filename)
    if path.is_absolute() or ODD_LETTERS.search(name) or any(map(ODD_PART.fullmatch, path.parts)):
        return "a name that leads out of its folder or is none on some systems"
    if plain and not PLAIN_NAME.fullmatch(name):
        return "a name that is not plain"
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or a device"
    if most_growth and entry.file_size > max(SMALL, most_growth * entry.compress_size):
        return "a file that grows beyond measure"
    if entry.compress_type not in ZIPPED:
        return "a file packed in a rare way"
    if entry.flag_bits & ENCRYPTED:
        return "a file with a password"
    return None


def twice(names):
    """Tell which name comes first a second time, in words; None if all differ.

    Windows and macOS take two names that differ in capitals for one, and so does this.
    """
    seen = set()
    for name in names:
        if name.casefold() in seen:
            return f"{name[:60]!r} twice"
        seen.add(name.casefold())
    return None


def check_directory(file, most_files):
    """Refuse a zip whose directory is larger than so many files need, before Python reads it all.

    Parameters
    ----------
    file : file object
        Open for reading; names in it have up to 54 bytes.
    most_files : int
        How many files it may hold.

    Raises
    ------
    ValueError
        If the directory is larger, is of the 64-bit kind, or a comment follows it.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 42))
    end = file.read()
    if end[-22:-18] != b"PK\x05\x06" or end[-42:-38] == b"PK\x06\x07":
        raise ValueError("not written by the kit")
    if int.from_bytes(end[-10:-6], "little") > 100 * (most_files + 1):  # bytes
        raise ValueError("a directory larger than it may be")


def plain_entry(name, kind=zipfile.ZIP_DEFLATED):
    """Return an entry for a zip that says nothing of the hour or the system it was made on.

    Parameters
    ----------
    name : str
        Of the file.
    kind : int
        How it is packed: ``zipfile.ZIP_DEFLATED`` or ``zipfile.ZIP_STORED``.

    Returns
    -------
    zipfile.ZipInfo
    """
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # zip's first day
    entry.compress_type = kind
    entry.create_system = 3  # or Windows and Linux would write different bytes
    entry.external_attr = 0o644 << 16
    return entry
