"""Hand the records over to a USB stick or to a collector in the network, each exactly once.

A batch of records is fixed before anything is written, and closed only when it lies safely on the
other side. In between it may be cut short at any instant: it is then handed over again, with the
same records under the same numbers, and the collector takes each number of a station once.

The station leaves it to a `Courier`, who looks for sticks and for the network in a thread.
"""

import errno
import hashlib
import http.client
import json
import os
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import KitError
from ...places import flush_file, flush_folder
from .batch import MOST_RECORDS, Batch, same_facts, write_batch
from .shared_token import proof, read_token

FOLDER = "lowres"  # at the top of a stick; only sticks that have it are written to
WAIT = 30  # seconds for the network
LOOK = 3.0  # seconds between looks for sticks
STICK_AGAIN = 3600.0  # a stick that stays in gets a file each hour, not one each picture
NETWORK_AGAIN = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0  # after a failure; doubled each time


def find_sticks(usb):
    """Find the sticks that want records.

    Parameters
    ----------
    usb : str
        Folder under which sticks are mounted, such as /media; "" for none.

    Returns
    -------
    list of pathlib.Path
        Each folder in it that holds another disk with a folder ``lowres`` at its top. So a
        stranger's stick is not filled, nor is the card through a folder where a stick had been.
    """
    if not usb:
        return []
    found = []
    try:
        own = os.stat(usb).st_dev
        for place in sorted(Path(usb).iterdir()):
            if place.stat().st_dev != own and (place / FOLDER).is_dir():
                found.append(place)
    except OSError:  # a stick that is pulled out just now
        pass
    return found


def to_stick(settings, records, stick):
    """Hand over to a stick all that waits.

    Parameters
    ----------
    settings : Settings
        Of the station.
    records : Records
        Its store.
    stick : str or pathlib.Path
        A folder that holds a folder ``lowres``. Batches are written to
        ``lowres/STATION/FIRST-LAST.zip``.

    Returns
    -------
    int
        How many records were handed over.

    Raises
    ------
    KitError
        If the stick is full, read-only, or was pulled out. Nothing is lost then; the next call
        goes on.
    """
    top = Path(stick) / FOLDER

    def put(rows):
        place = top / rows[0].station
        try:
            # Not its parents: where the stick is gone they would be made on the card.
            place.mkdir(exist_ok=True)
            flush_folder(top)
            _put(place, rows, settings.place / "photos")
        except OSError as error:
            raise KitError(_about_stick(Path(stick).name, error)) from None

    try:
        for old in top.glob("*/.*.part"):  # left by a hand-over that was cut short
            old.unlink(missing_ok=True)
    except OSError as error:
        raise KitError(_about_stick(Path(stick).name, error)) from None
    return _hand_over(records, put, f"stick {Path(stick).name}")


def _hand_over(records, put, how):
    """Give all that waits to `put`, batch by batch; return how many records that were."""
    count = 0
    while span := records.open_batch(MOST_RECORDS):
        rows = records.between(*span)
        put(rows)
        try:
            records.close_batch(*span, how)
        except KitError:
            # Another process (`lowres-field handover`) may have handed over the same meanwhile.
            if records.open_batch(MOST_RECORDS) == span:
                raise
        count += len(rows)
    return count


def _put(place, rows, photos):
    """Write a batch to a folder so that it is on the disk, whole, when this returns."""
    path = place / f"{rows[0].number}-{rows[-1].number}.zip"
    if not _is_there(path, rows):
        draft = place / f".{path.stem}.{os.getpid()}.part"
        try:
            with open(draft, "xb") as file:
                tally = write_batch(file.write, rows, photos)
                file.flush()
                os.fsync(file.fileno())
            if _read_back(draft) != tally.digest:
                raise OSError(errno.EIO, "what was written reads otherwise")
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    flush_file(path)
    flush_folder(place)


def _is_there(path, rows):
    """Whether a batch was written before it could be closed: whole, and with the same records."""
    if not path.exists():
        return False
    try:
        with Batch(path) as batch:
            for record in batch.records:
                batch.photo(record)  # read to its checksum
            found = batch.records
    except KitError:
        return False
    return len(found) == len(rows) and all(map(same_facts, found, rows))


def _read_back(path):
    with open(path, "rb") as file:
        if hasattr(os, "posix_fadvise"):
            # Forget what is in memory, so that the stick itself is read.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _about_stick(name, error):
    if error.errno == errno.ENOSPC:
        way_out = (
            "is full; take its records in with `lowres-field collect`, delete its folder "
            f"{FOLDER}, make an empty one, and plug it in again"
        )
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        way_out = "cannot be written to; take off its write protection, or use another"
    else:
        way_out = f"was pulled out or is broken ({error.strerror}); plug it in again, or another"
    return f"The stick {name} {way_out}. No record is lost."


def to_collector(settings, records):
    """Hand over to the collector all that waits.

    Parameters
    ----------
    settings : Settings
        Of the station; the collector's token is a file in its place.
    records : Records
        Its store.

    Returns
    -------
    int
        How many records were handed over.

    Raises
    ------
    KitError
        If there is no token, the collector cannot be reached, or it refuses. Nothing is lost
        then; the next call goes on.
    """
    address = settings.collector
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.path not in ("", "/"):
        raise KitError(f"The collector {address!r} is no address such as http://192.168.4.1:8090")
    token = read_token(settings.place)

    def put(rows):
        try:
            _send(parts, token, rows, settings.place / "photos")
        except (OSError, http.client.HTTPException, ValueError) as error:
            told = getattr(error, "strerror", None) or error
            raise KitError(f"The collector {address} cannot be reached ({told}).") from None

    return _hand_over(records, put, f"collector {parts.netloc}")


def _send(parts, token, rows, photos):
    """Send a batch; return only if the collector proves that it has it."""
    batch = write_batch(None, rows, photos)  # for its size and hash; the next one is the same
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=WAIT)
    try:
        connection.putrequest("POST", "/batch")
        connection.putheader("Content-Length", str(batch.size))
        connection.putheader("X-Lowres-Digest", batch.digest)
        told = proof(token, "send", batch.digest, batch.size)
        connection.putheader("X-Lowres-Proof", told)
        connection.endheaders()
        try:
            write_batch(connection.send, rows, photos)
        except OSError:
            pass  # it refused before it had all; its answer says why
        reply = connection.getresponse()
        content = reply.read(10_000)
    finally:
        connection.close()
    if reply.status == 403:
        raise KitError(
            f"The collector {parts.netloc} has another token; copy the file collector-token from "
            "its folder to the station's."
        )
    answer = json.loads(content)
    if not isinstance(answer, dict):
        raise ValueError("it answers what no collector does")
    if reply.status != 200:
        why = "".join(filter(str.isprintable, str(answer.get("error"))[:300]))
        raise KitError(f"The collector {parts.netloc} did not take the records ({why}).")
    if answer.get("proof") != proof(token, "kept", batch.digest):
        raise KitError(f"What answers at {parts.netloc} is not the collector of this station.")


class Courier:
    """Hands over in a thread of its own, so that no answer waits for it.

    Parameters
    ----------
    settings : Settings
        Of the station; with neither `usb` nor `collector` there is nothing to do.
    records : Records
        Its store.
    say : callable
        Takes a line of text: what was handed over, or why not, each reason once.

    Attributes
    ----------
    last : str
        The last line said, for the status page.
    """

    def __init__(self, settings, records, say=print):
        self._settings, self._records, self._say = settings, records, say
        self.last = ""
        self._due, self._pause, self._trouble = {}, {}, {}  # by stick, or the collector's address
        self._stop = threading.Event()
        self._thread = None

    def start(self):
        """Begin to look, until `close`."""
        if self._settings.usb or self._settings.collector:
            self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
            self._thread.start()

    def close(self):
        """Stop; a batch that is under way is handed over again at the next start."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=2)

    def look(self):
        """Look once, and hand over to whatever is there and due."""
        targets = find_sticks(self._settings.usb)
        if self._settings.collector:
            targets.append(self._settings.collector)
        for known in (self._due, self._pause, self._trouble):
            for gone in known.keys() - set(targets):
                del known[gone]  # a stick that was taken out is new when it comes back
        for target in targets:
            if time.monotonic() >= self._due.get(target, 0.0):
                self._hand_over(target)

    def _work(self):
        while not self._stop.is_set():
            self.look()
            self._stop.wait(LOOK)

    def _hand_over(self, target):
        network = target == self._settings.collector
        try:
            if network:
                count = to_collector(self._settings, self._records)
            else:
                count = to_stick(self._settings, self._records, target)
        except Exception as error:
            # Whatever it is, hand-over must go on in the months to come.
            trouble = str(error) if isinstance(error, KitError) else f"Hand-over failed: {error!r}"
            pause = min(2 * self._pause.get(target, FIRST_PAUSE / 2), LONGEST_PAUSE)
            self._pause[target] = pause
        else:
            trouble, pause = "", NETWORK_AGAIN if network else STICK_AGAIN
            self._pause.pop(target, None)
            if count:
                name = target if network else target.name
                self._tell(f"{count} records were handed over to {name}.")
        if trouble and trouble != self._trouble.get(target):
            self._tell(trouble)
        self._trouble[target] = trouble
        self._due[target] = time.monotonic() + pause

    def _tell(self, line):
        self.last = line
        self._say(line)
