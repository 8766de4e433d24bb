"""Make and open the file behind `Records`, whatever a power cut or a dying card left of it."""

import os
import sqlite3
import threading
import uuid
from contextlib import closing, contextmanager
from pathlib import Path

from ...errors import KitError
from ...places import flush_file, flush_folder

SCHEMA = """
CREATE TABLE station (station TEXT NOT NULL);
CREATE TABLE records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    station TEXT NOT NULL, taken TEXT NOT NULL, boot TEXT NOT NULL,
    source TEXT NOT NULL, pack TEXT NOT NULL,
    label TEXT NOT NULL, confidence REAL NOT NULL, ask INTEGER NOT NULL,
    probabilities TEXT NOT NULL, statistics TEXT NOT NULL, photo TEXT NOT NULL
);
CREATE INDEX answers ON records (label, ask);
CREATE INDEX kept ON records (number) WHERE photo != '';
CREATE INDEX copies ON records (photo) WHERE photo != '';
CREATE TABLE taken (
    source TEXT NOT NULL, digest TEXT NOT NULL, stamp TEXT NOT NULL,
    PRIMARY KEY (source, digest)
) WITHOUT ROWID;
CREATE TABLE batches (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, how TEXT NOT NULL DEFAULT ''
);
"""
VERSION = 1
LOG, INDEX = "-wal", "-shm"  # what SQLite keeps beside a database
# A card reads some 20 MB a second; larger files are checked only after something went wrong.
CHECKED_BYTES = 50_000_000
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Database:
    """The file, for threads to share: opened when it is needed, dropped after an error.

    Parameters
    ----------
    path : str or pathlib.Path
        The database; see `open_database`.
    name : str
        Of the station, for a database that is made now.
    say : callable
        Takes a line of text, if the database was damaged.

    Attributes
    ----------
    station : str
        The station's name and eight random letters.

    Raises
    ------
    KitError
        If there is no database and none can be made.
    """

    def __init__(self, path, name, say):
        self.path, self._name, self._say = Path(path), name, say
        self._lock = threading.RLock()
        self._connection = None
        self._check = True  # whether to look for damage at the next opening
        with self.work("opened"):
            pass

    @contextmanager
    def work(self, verb):
        """Give the connection to one thread; "cannot be `verb`" is what an error is told as.

        A connection that was opened on a read-only disk stays read-only for ever, and one that
        met an error may be anywhere in its work: the next call opens a new one.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = open_database(self.path, self._name, self._say, self._check)
                    self._check = False
                    found = self._connection.execute("SELECT station FROM station")
                    self.station = found.fetchone()[0]
                yield self._connection
            except sqlite3.IntegrityError:
                raise KitError("This picture was taken in before.") from None
            except (sqlite3.Error, OSError) as error:
                self._check = self._check or is_damage(error)
                self.close()
                raise KitError(
                    f"{self.path.name} cannot be {verb} ({error}). Make room on the disk, or "
                    "see that it is not read-only; what was confirmed before is still there."
                ) from None

    def close(self):
        """Close the file; the next `work` opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


@contextmanager
def transaction(connection):
    """Write all or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def open_database(path, name, say, check=True):
    """Open a station's database; make it if it is missing, begin a new one if it is damaged.

    Parameters
    ----------
    path : pathlib.Path
        The database.
    name : str
        Of the station, for a database that is made now.
    say : callable
        Takes a line of text, if a damaged file was set aside.
    check : bool
        Whether to look through the whole file for damage.

    Returns
    -------
    sqlite3.Connection
        In autocommit mode. On a disk that is read-only it can still be read.

    Raises
    ------
    KitError
        If it was made by a later version of the kit.
    sqlite3.Error, OSError
        If it cannot be opened or made for now.
    """
    if not path.exists() or path.stat().st_size == 0:
        _make(path, name)
    try:
        return _open(path, check)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        aside = _set_aside(path)
        say(
            f"{path.name} is damaged ({error}); it was kept as {aside.name} and a new one is "
            "begun. What was handed over is safe; copy the damaged file to save the rest."
        )
    _make(path, name)
    return _open(path, check=False)


def is_damage(error):
    """Whether an error of SQLite says that the file itself is broken."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGED


def _make(path, name):
    """Make the database beside its place, whole and flushed, and only then give it its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    for old in (draft, _beside(draft, LOG), _beside(draft, INDEX)):
        old.unlink(missing_ok=True)
    with closing(_connect(draft)) as database:
        database.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        station = f"{name}-{uuid.uuid4().hex[:8]}"
        database.execute("INSERT INTO station VALUES (?)", (station,))
    # A log that lost its database must never be played into a new one.
    if _beside(path, LOG).exists() or _beside(path, INDEX).exists():
        _set_aside(path)
    flush_file(draft)
    os.replace(draft, path)
    flush_folder(path.parent)


def _connect(path):
    database = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA journal_size_limit = 4000000")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _open(path, check):
    try:
        database = _connect(path)
    except sqlite3.OperationalError:
        # On a read-only disk SQLite cannot make the log's index; without a log none is needed.
        if os.access(path.parent, os.W_OK) or _beside(path, LOG).exists():
            raise
        address = f"{path.absolute().as_uri()}?immutable=1"
        database = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        _look_through(database, path, check)
    except BaseException:
        database.close()
        raise
    return database


def _look_through(database, path, check):
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise KitError(
            f"{path.name} was made by a later version of the kit; bring the kit on this device up "
            "to date, or name another place."
        )
    if check and path.stat().st_size <= CHECKED_BYTES:
        found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    else:
        found = "ok"
    if version < VERSION or found != "ok":
        error = sqlite3.DatabaseError(found if found != "ok" else "it holds no records")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _set_aside(path):
    """Rename a database, its log first: a log alone is noticed, see `_make`; return the name."""
    number = 1
    while True:
        aside = path.with_name(f"{path.stem}-damaged-{number}{path.suffix}")
        if not any(_beside(aside, end).exists() for end in (LOG, INDEX, "")):
            break
        number += 1
    for end in (LOG, INDEX, ""):
        if _beside(path, end).exists():
            os.replace(_beside(path, end), _beside(aside, end))
    flush_folder(path.parent)
    return aside


def _beside(path, end):
    return path.with_name(path.name + end)
