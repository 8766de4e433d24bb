"""Take in what stations handed over, on the laptop: each record once, photos ready to be labelled.

One folder holds all: `records.db`, a table `records.csv` for a spreadsheet, and the photos, in
`to-label/` where the model asked for a person, in `answered/CLASS/` where it answered. Move each
photo to the right folder of `labelled/`, and that folder is one to train with.
"""

import hashlib
import json
import re
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from itertools import chain
from pathlib import Path

from ..errors import KitError
from ..field.handover.batch import Batch, is_photo, same_facts
from ..field.store.records import record_of
from ..field.store.records_csv import COLUMNS, cells, lines
from ..places import flush_folder, write_blocks
from ..safe_zip import ODD_LETTERS, ODD_PART

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    number INTEGER, station TEXT, taken TEXT, boot TEXT, source TEXT, pack TEXT,
    label TEXT, confidence REAL, ask INTEGER, probabilities TEXT, statistics TEXT, photo TEXT,
    PRIMARY KEY (station, number)
)
"""
TO_LABEL, ANSWERED, LABELLED, CONFLICTS = "to-label", "answered", "labelled", "conflicts"
MOST_CLASSES = 100  # folders that one batch may make
BATCH_NAME = re.compile(r"[0-9]+-[0-9]+\.zip")


@dataclass(frozen=True)
class Taken:
    """What came of a batch.

    Attributes
    ----------
    new, known : int
        Records taken in now, and those that were there already.
    others : tuple of str
        Ids under which other records are there already: the batch was kept aside.
    """

    new: int
    known: int
    others: tuple

    def __str__(self):
        told = f"{self.new} new records, {self.known} known ones"
        if self.others:
            told += (
                f"; {len(self.others)} that differ from those of the same number "
                f"({self.others[0]}): the batch is kept in {CONFLICTS}/. Two stations get one "
                "name when a card that has run is copied; make a new card for one of them"
            )
        return told + "."


class Collection:
    """A folder of collected records; threads may share it.

    Parameters
    ----------
    folder : str or pathlib.Path
        It is made if it is missing.

    Raises
    ------
    KitError
        If it cannot be made, or what is in it is damaged.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self._lock = threading.Lock()
        self._touched = set()  # folders that got new names
        with self._care():
            self.folder.mkdir(parents=True, exist_ok=True)
            # Not WAL: a collection may lie on a disk of the network, or be copied while it is open.
            self._database = sqlite3.connect(
                self.folder / "records.db",
                timeout=30,
                isolation_level=None,
                check_same_thread=False,
            )
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(SCHEMA)

    def take(self, path):
        """Take in a batch: all of it, or nothing if something goes wrong.

        Parameters
        ----------
        path : str or pathlib.Path
            A zip file that a station wrote.

        Returns
        -------
        Taken
            When it is returned, all is on the disk.

        Raises
        ------
        KitError
            If the batch is damaged, or there is no room.
        """
        with Batch(path) as batch, self._lock, self._care():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                taken = self._take(batch)
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        return taken

    def __iter__(self):
        """Give all records, station by station; `photo` is where it was put in the folder."""
        with self._lock, self._care():
            rows = self._database.execute("SELECT * FROM records ORDER BY station, number")
            while some := rows.fetchmany(500):
                yield from map(record_of, some)

    def write_table(self):
        """Write `records.csv`; returns its path."""
        path = self.folder / "records.csv"
        rows = chain([COLUMNS], map(cells, self))
        write_blocks(path, (lines([row]).encode("utf-8") for row in rows))
        return path

    def close(self):
        """Close the file."""
        self._database.close()

    def _take(self, batch):
        new, known, others = 0, 0, []
        for record in batch.records:
            before = self._find(record)
            if before and not same_facts(before, record):
                others.append(record.id)
                continue
            known, new = known + bool(before), new + (not before)
            # An earlier copy of the batch may have lacked a photo.
            if not before or (is_photo(record) and not is_photo(before)):
                kept = replace(record, photo=self._keep_photo(batch, record))
                row = [json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v
                       for v in astuple(kept)]  # fmt: skip
                marks = ", ".join("?" * len(row))
                self._database.execute(f"INSERT OR REPLACE INTO records VALUES ({marks})", row)
        if others:
            self._set_aside(batch)
        self._make_folders(batch.records)
        while self._touched:
            flush_folder(self._touched.pop())
        return Taken(new, known, tuple(others))

    def _find(self, record):
        key = (record.station, record.number)
        row = self._database.execute(
            "SELECT * FROM records WHERE station = ? AND number = ?", key
        ).fetchone()
        return row and record_of(row)

    def _keep_photo(self, batch, record):
        """Write a record's photo to the disk; return where it is in the folder."""
        if not is_photo(record):
            return record.photo
        place = TO_LABEL if record.ask else f"{ANSWERED}/{folder_name(record.label)}"
        name = f"{record.station}-{record.photo}"
        self._write(f"{place}/{name}", [batch.photo(record)])
        return f"{place}/{name}"

    def _set_aside(self, batch):
        """Keep the whole of a batch whose records are in dispute."""
        first, last = batch.records[0], batch.records[-1]
        with open(batch.path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
            file.seek(0)
            name = f"{first.station}-{first.number}-{last.number}-{digest}.zip"
            self._write(f"{CONFLICTS}/{name}", iter(lambda: file.read(1_000_000), b""))

    def _write(self, name, blocks):
        """Write a file of the folder, and remember which folders lead to it."""
        write_blocks(self.folder / name, blocks)
        self._touched |= {self.folder / place for place in Path(name).parents}

    def _make_folders(self, records):
        """Make the folders that photos are moved to by hand, one for each class."""
        classes = {folder_name(name) for record in records for name in record.probabilities}
        for name in sorted(classes)[:MOST_CLASSES]:
            (self.folder / LABELLED / name).mkdir(parents=True, exist_ok=True)

    @contextmanager
    def _care(self):
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            told = getattr(error, "strerror", None) or error
            raise KitError(
                f"{self.folder} cannot be used ({told}); make room on the disk, or name another "
                "folder. What was taken in before is still there."
            ) from None


def take_all(collection, places, say=print):
    """Take in batches from files, sticks and folders, and write the table.

    Parameters
    ----------
    collection : Collection
        Where to.
    places : list of str or pathlib.Path
        Batches, or folders that hold some: a stick, its folder ``lowres``, a station's folder.
    say : callable
        Takes a line of text for each batch.

    Returns
    -------
    bool
        Whether all were taken in, without dispute.
    """
    good = True
    for path in [path for place in places for path in _batches(Path(place))]:
        try:
            taken = collection.take(path)
            good = good and not taken.others
            say(f"{path.parent.name}/{path.name}: {taken}")
        except KitError as error:  # the next ones may be whole
            good = False
            say(str(error))
    collection.write_table()
    return good


def _batches(place):
    if not place.is_dir():
        return [place]
    found = {path for depth in ("", "*/", "lowres/*/") for path in place.glob(f"{depth}*.zip")}
    found = [path for path in found if BATCH_NAME.fullmatch(path.name)]
    if not found:
        raise KitError(f"There is no batch of a station in {place}; name a stick, or its files.")
    return sorted(found, key=lambda path: (path.parent, int(path.name.partition("-")[0])))


def folder_name(label):
    """Return a name for a class that any system takes for one folder, and no other class has."""
    whole = label.encode("utf-8", "replace").decode()  # half a letter becomes "?"
    name = ODD_LETTERS.sub("-", whole.replace("/", "-")).strip(" .")[:60].rstrip(" .")
    if name and name == label and not ODD_PART.fullmatch(name):
        return name
    # "rust?" and "rust*" are two classes: what was changed carries a mark of the whole name.
    mark = hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{name or 'class'}-{mark}"
