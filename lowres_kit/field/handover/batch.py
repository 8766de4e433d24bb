"""A batch: some records and their photos in one zip file, as a station hands them over.

It is written front to back, one photo at a time, so a batch of any size needs little memory, on a
stick as on the network. The same records and photos give the same bytes. It may come from any
hands, so it is read with the care of `safe_zip`: no name in it is a path, and nothing is read that
is larger than a station makes it.
"""

import csv
import hashlib
import io
import json
import math
import re
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ...errors import KitError
from ...places import shown
from ...safe_zip import DAMAGED, check_directory, odd, plain_entry
from ..store.records import Record
from ..store.records_csv import COLUMNS, NUMBERS, cells, lines, plain

TABLE = "records.csv"
MOST_RECORDS = 100
MOST_TABLE = 16_000_000  # bytes; 100 records of a pack with a thousand classes need 4 million
MOST_PHOTO = 10_000_000  # bytes; a phone's largest photos have as many
MOST_BYTES = MOST_RECORDS * MOST_PHOTO + 2 * MOST_TABLE
STATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}-[0-9a-f]{8}")
SUFFIX = re.compile(r"\.(jpe?g|png|webp|bmp|gif|tiff?)")  # no file that a click could run
csv.field_size_limit(MOST_TABLE)  # a cell holds the probabilities of all classes
# What the column "photo" says of a photo that was kept and cannot be handed over.
DROPPED, TOO_LARGE, UNREADABLE = "dropped", "too large", "unreadable"


class Tally:
    """Count and hash what is written, and pass it on.

    Parameters
    ----------
    send : callable, optional
        Takes bytes.

    Attributes
    ----------
    size : int
        Bytes so far.
    """

    def __init__(self, send=None):
        self.size, self._send, self._hash = 0, send, hashlib.sha256()

    def write(self, content):
        """Take the next bytes."""
        self.size += len(content)
        self._hash.update(content)
        if self._send:
            self._send(content)
        return len(content)

    def flush(self):
        """Do nothing; zipfile asks for it."""

    @property
    def digest(self):
        """SHA-256 of all so far, as hex."""
        return self._hash.hexdigest()


def write_batch(send, records, photos):
    """Write a batch.

    Parameters
    ----------
    send : callable or None
        Takes bytes, in order; None to learn the size and the hash only.
    records : list of Record
        Of one station.
    photos : str or pathlib.Path
        Folder of the kept photos.

    Returns
    -------
    Tally
        Size and hash of the batch.
    """
    tally, rows = Tally(send), [COLUMNS]
    with zipfile.ZipFile(tally, "w") as batch:
        for record in records:
            told, content = _photo(record, Path(photos))
            if content is not None:
                # A photo is compressed already.
                batch.writestr(plain_entry(told, zipfile.ZIP_STORED), content)
            rows.append(cells(replace(record, photo=told)))
        batch.writestr(plain_entry(TABLE), lines(rows).encode("utf-8"))
    return tally


def _photo(record, folder):
    """Return what the column "photo" says, and the photo if there is one."""
    if not record.photo:
        return "", None
    suffix = Path(record.photo).suffix.lower()
    try:
        with open(folder / Path(record.photo).name, "rb") as file:
            content = file.read(MOST_PHOTO + 1)
    except FileNotFoundError:
        return DROPPED, None
    except OSError:  # a bad spot of the card must not hold back all the records
        return UNREADABLE, None
    if len(content) > MOST_PHOTO:
        return TOO_LARGE, None
    return f"{record.number}{suffix if SUFFIX.fullmatch(suffix) else '.jpg'}", content


def same_facts(record, other):
    """Whether two records say the same; a photo may have been dropped since."""
    return cells(replace(record, photo="")) == cells(replace(other, photo=""))


class Batch:
    """A batch that was opened and found sound; use it as a context.

    Parameters
    ----------
    path : str or pathlib.Path
        The zip file.

    Attributes
    ----------
    records : list of Record
        Of one station, by their numbers. `photo` is a name in the batch, or says why there is none.

    Raises
    ------
    KitError
        If it is missing, damaged, too large, or holds what no batch holds.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            self._file = open(self.path, "rb")
        except OSError as error:
            raise KitError(f"{self.path} cannot be read ({error.strerror}).") from None
        try:
            with _care(self.path.name):
                if self._file.seek(0, io.SEEK_END) > MOST_BYTES:
                    raise ValueError("larger than any batch")
                check_directory(self._file, MOST_RECORDS)
                self._zip = zipfile.ZipFile(self._file)
                self.records = self._read()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def photo(self, record):
        """Return the bytes of a record's photo; None if the batch has none."""
        if not is_photo(record):
            return None
        with _care(self.path.name):
            return self._content(record.photo, MOST_PHOTO)

    def _content(self, name, most):
        # What the zip says of sizes may be a lie, so the reading itself has the limit.
        with self._zip.open(name) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise KitError(f"{self.path.name} unpacks to more than any batch; it is not opened.")
        return content

    def _read(self):
        found = odd(self._zip.infolist(), MOST_RECORDS + 1, plain=True)
        if found:
            raise KitError(f"{self.path.name} holds {found}, which no batch does.")
        table = self._content(TABLE, MOST_TABLE).decode("utf-8")
        rows = csv.DictReader(io.StringIO(table, newline=""), strict=True)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError("these are not the columns of a batch")
        records = [_record(row) for row in rows]
        numbers = [record.number for record in records]
        if not records or len({record.station for record in records}) > 1:
            raise ValueError("not one station")
        if numbers != sorted(set(numbers)) or len(numbers) > MOST_RECORDS:
            raise ValueError("not some records in their order")
        photos = {record.photo for record in records if is_photo(record)}
        if photos | {TABLE} != set(self._zip.namelist()):
            raise ValueError("other files than the table says")
        return records


@contextmanager
def _care(title):
    """Tell what goes wrong with a zip file in one sentence."""
    try:
        yield
    except (*DAMAGED, KeyError, TypeError, AttributeError, csv.Error, OSError):
        raise KitError(
            f"{title} is damaged or no batch of a station; hand it over again."
        ) from None


def is_photo(record):
    """Whether `photo` of a record is the name of a photo, and not why there is none."""
    return record.photo not in ("", DROPPED, TOO_LARGE, UNREADABLE)


def _record(row):
    """Make a record of a line of the table; raises what `_care` takes for damage if it is none."""
    text = {name: plain(cell) for name, cell in row.items()}
    probabilities = json.loads(text["probabilities"])
    found = Record(
        number=int(row["number"]),
        confidence=_number(row["confidence"]),
        ask={"yes": True, "no": False}[row["ask"]],
        probabilities={name: _number(value) for name, value in probabilities.items()},
        statistics={name: _number(row[name]) for name in NUMBERS if row[name]},
        **{name: text[name] for name in ("station", "taken", "boot", "source", "pack", "label")},
        photo=text["photo"],
    )
    name, _, suffix = found.photo.partition(".")
    if is_photo(found) and (name != str(found.number) or not SUFFIX.fullmatch("." + suffix)):
        raise ValueError("the photo of another record")
    if not STATION.fullmatch(found.station) or not 0 < found.number < 2**53:
        raise ValueError("no station, or no number")
    if text["id"] != found.id or any(one != shown(one) for one in (found.label, *probabilities)):
        raise ValueError("no record")
    return found


def _number(value):
    value = float(value)
    if not math.isfinite(value):
        raise ValueError("no number")
    return value
