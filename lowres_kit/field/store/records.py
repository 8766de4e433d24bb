"""The station's memory: every answer in a database that outlives power cuts and full disks.

SQLite with a write-ahead log that is flushed at each commit (journal_mode WAL, synchronous FULL;
https://www.sqlite.org/pragma.html#pragma_synchronous): what `Records.add` returned is on the disk.
"""

import json
import uuid
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from ...errors import KitError
from .database import Database, transaction

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Record:
    """One answer, as it was given.

    Attributes
    ----------
    number : int
        1, 2, 3 … at this station, never used twice.
    station : str
        The station's name and eight random letters, which no other station has.
    taken : str
        The device's clock, such as "2026-11-25T14:03:22Z". A Pi without network may be years off.
    boot : str
        Eight letters of the kernel's boot id: between records of one boot the times are sure.
    source : str
        Name of the file, or "camera".
    pack : str
        Fingerprint of the pack that answered.
    label : str
        The likeliest class.
    confidence : float
        Its probability.
    ask : bool
        Whether a person is asked instead.
    probabilities : dict of str to float
        Of each class.
    statistics : dict of str to float
        As `lowres_kit.field.pack.drift.STATISTICS`.
    photo : str
        Name of the kept copy in the folder photos/, "" if none is kept.
    """

    number: int
    station: str
    taken: str
    boot: str
    source: str
    pack: str
    label: str
    confidence: float
    ask: bool
    probabilities: dict
    statistics: dict
    photo: str

    @property
    def id(self):
        """The record's name over all stations."""
        return f"{self.station}:{self.number}"


COLUMNS = ", ".join(field.name for field in fields(Record))


class Records:
    """The records of one station, in one file; threads may share it.

    Parameters
    ----------
    path : str or pathlib.Path
        The database; it is made if it is missing. One that is damaged is renamed, never deleted,
        and a new one is begun.
    name : str
        Of the station, for a database that is made now.
    say : callable
        Takes a line of text, if the database was damaged.

    Raises
    ------
    KitError
        If there is no database and none can be made.
    """

    def __init__(self, path, name="station", say=print):
        self._database = Database(path, name, say)
        self._boot = _boot()
        self._counted = None, {}  # the station that was counted, and its counts

    @property
    def path(self):
        """The file."""
        return self._database.path

    @property
    def station(self):
        """The station's name and eight random letters, drawn when the database was made."""
        return self._database.station

    def add(self, *, source, pack, answer, statistics, photo="", digest="", stamp=""):
        """Write a record; when this returns, a power cut cannot take it back.

        Parameters
        ----------
        source : str
            Name of the file, or "camera".
        pack : str
            The pack's fingerprint.
        answer : Answer
            What the model said.
        statistics : dict of str to float
            Of the photo.
        photo : str
            Name of the kept copy.
        digest, stamp : str
            What marks a file that must be taken in once only: a hash of what it holds, and its
            size and time; see `knows`.

        Returns
        -------
        Record

        Raises
        ------
        KitError
            If the disk is full or cannot be written, or the file was taken in before. Nothing is
            written then, and the next call tries again.
        """
        taken = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._database.work("written") as database:
            values = dict(
                station=self.station, taken=taken, boot=self._boot, source=source, pack=pack,
                label=answer.label, confidence=round(float(answer.confidence), 6),
                ask=bool(answer.ask), probabilities=_rounded(answer.probabilities),
                statistics=_rounded(statistics), photo=photo,
            )  # fmt: skip
            with transaction(database):
                if digest:
                    row = (source, digest, stamp)
                    database.execute("INSERT INTO taken VALUES (?, ?, ?)", row)
                cells = [json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v
                         for v in values.values()]  # fmt: skip
                statement = f"INSERT INTO records ({', '.join(values)}) VALUES (?{', ?' * 10})"
                number = database.execute(statement, cells).lastrowid
            if self._counted[0] == self.station:
                _count(self._counted[1], values["label"], values["ask"], 1)
            return Record(number, **values)

    def knows(self, source, digest="", stamp=""):
        """Whether a file of this name was taken in, with this hash or this size and time."""
        with self._database.work("read") as database:
            found = database.execute(
                "SELECT 1 FROM taken WHERE source = ? AND (digest = ? OR stamp = ?)",
                (source, digest or None, stamp or None),
            )
            return found.fetchone() is not None

    def last(self, n):
        """The last `n` records, the newest first; a list of `Record`."""
        return self._select("ORDER BY number DESC LIMIT ?", (n,))

    def between(self, first, last):
        """The records with numbers from `first` to `last`; a list of `Record`."""
        return self._select("WHERE number BETWEEN ? AND ? ORDER BY number", (first, last))

    def counts(self):
        """How many records there are, as a dict.

        Returns
        -------
        dict
            "records", "asked" and "handed_over", each int, and "labels", a dict of label to int.
        """
        with self._database.work("read") as database:
            station, counts = self._counted
            if station != self.station:  # counted once; `add` goes on from there
                counts = {"records": 0, "asked": 0, "labels": {}}
                groups = "SELECT label, ask, count(*) FROM records GROUP BY label, ask"
                for label, ask, n in database.execute(groups):
                    _count(counts, label, ask, n)
                self._counted = self.station, counts
            # Numbers have no gaps; to count the records themselves would read the whole file.
            handed_over = database.execute(
                "SELECT coalesce(sum(last - first + 1), 0) FROM batches WHERE how != ''"
            ).fetchone()[0]
            return counts | {"labels": dict(counts["labels"]), "handed_over": handed_over}

    def photos(self, most=-1):
        """Names of the kept copies, the oldest first; at most `most`.

        Records are handed over in order: where any copy was, the first one was.
        """
        with self._database.work("read") as database:
            found = database.execute(
                "SELECT photo FROM records WHERE photo != '' ORDER BY number LIMIT ?", (most,)
            )
            return [photo for (photo,) in found]

    def forget_photo(self, name):
        """Note that a kept copy is gone."""
        with self._database.work("written") as database:
            # The second condition lets the index of kept copies be used.
            statement = "UPDATE records SET photo = '' WHERE photo = ? AND photo != ''"
            database.execute(statement, (name,))

    def open_batch(self, most=500):
        """Fix which records are handed over next.

        Parameters
        ----------
        most : int
            So many records at most.

        Returns
        -------
        tuple of int, or None
            Numbers of the first and the last record; None if all were handed over. The same
            ones are returned until `close_batch`: a hand-over that was cut short is repeated.
        """
        with self._database.work("written") as database, transaction(database):
            fixed = database.execute("SELECT first, last FROM batches WHERE how = ''").fetchone()
            if fixed:
                return fixed
            first, last = database.execute(
                "SELECT min(number), max(number) FROM (SELECT number FROM records WHERE number > "
                "coalesce((SELECT max(last) FROM batches), 0) ORDER BY number LIMIT ?)", (most,)
            ).fetchone()  # fmt: skip
            if first is None:
                return None
            database.execute("INSERT INTO batches (first, last) VALUES (?, ?)", (first, last))
            return first, last

    def close_batch(self, first, last, how):
        """Note, durably, that a batch was handed over.

        Parameters
        ----------
        first, last : int
            What `open_batch` returned.
        how : str
            To whom or what, such as the name of a stick.

        Raises
        ------
        KitError
            If that is not the batch that is open, or nothing can be written.
        """
        with self._database.work("written") as database:
            closed = database.execute(
                "UPDATE batches SET how = ? WHERE first = ? AND last = ? AND how = ''",
                (how or "handed over", first, last),
            ).rowcount
        if not closed:
            raise KitError(f"Records {first} to {last} are not being handed over.")

    def close(self):
        """Close the file; a later call opens it again."""
        self._database.close()

    def _select(self, condition, values):
        with self._database.work("read") as database:
            rows = database.execute(f"SELECT {COLUMNS} FROM records {condition}", values)
            return [record_of(row) for row in rows]


def _boot():
    """Eight letters that are the same until the device is started again."""
    try:
        return BOOT.read_text("ascii")[:8]
    except OSError:  # not Linux: a station's process is what order can be told within
        return uuid.uuid4().hex[:8]


def _rounded(values):
    # To as many digits as the reference of a pack, which they are compared with.
    return {name: float(f"{value:.6g}") for name, value in values.items()}


def record_of(row):
    """Make a `Record` of a row of the database, whose columns are `COLUMNS`."""
    record = Record(*row)
    return replace(
        record,
        ask=bool(record.ask),
        probabilities=json.loads(record.probabilities),
        statistics=json.loads(record.statistics),
    )


def _count(counts, label, ask, n):
    counts["records"] += n
    counts["asked"] += n if ask else 0
    counts["labels"][label] = counts["labels"].get(label, 0) + n
