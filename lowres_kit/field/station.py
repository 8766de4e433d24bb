"""The station: takes a picture, answers, writes the record, and only then shows it; for months."""

import os
import threading
import time
from contextlib import ExitStack, suppress

import numpy as np

from ..errors import KitError
from ..places import lock
from ..runtime import runtime_here
from .device.board import notify, temperature
from .device.sources import CameraSource, FolderSource
from .pack.drift import DriftWatch, statistics_of
from .pack.model import FieldModel
from .pack.pack import Pack
from .store.kept_photos import Photos
from .store.records import Records

SLICE = 1.0  # seconds; so often the station looks whether it shall stop, and tells systemd it lives
RETRY = 5.0  # seconds to the next attempt after something failed
PAGE_AGAIN = 30.0  # seconds to the next attempt to serve the page
MB = 1_000_000


class Station:
    """One station, in one process.

    Parameters
    ----------
    settings : Settings
        What it is told.
    say : callable
        Takes a line of text.

    Raises
    ------
    KitError
        If the pack is not whole or fails its checks, the place cannot be used, or another
        station uses it.
    """

    def __init__(self, settings, say=print):
        self.settings, self._say = settings, say
        self._stopping, self._pressed = False, threading.Event()
        self._troubles = dict.fromkeys(("work", "photos", "page"), "")  # what goes wrong, in words
        self._page, self._page_due = None, 0.0
        self._threads = set()  # names of those that must be alive
        self._ends = ExitStack()  # what is to be closed, the last first
        with self._ends:  # if something cannot be opened, what was opened is closed
            self._ends.callback(_lock(settings.place))
            pack = Pack.open(settings.pack)
            self.model = FieldModel(pack, settings.threads, say)
            self.records = Records(settings.place / "records.db", settings.name, say)
            self._ends.callback(self.records.close)
            self.photos = Photos(
                settings.place / "photos", self.records, settings.photo_megabytes * MB,
                settings.free_megabytes * MB,
            )  # fmt: skip
            self.drift = DriftWatch(pack.reference, pack.class_names)
            for record in reversed(self.records.last(self.drift.window)):
                if record.pack == pack.fingerprint:
                    self.drift.add(record.statistics, record.label)
            self.source = self._make_source(pack.size)
            self._open_pins(pack.class_names)
            self._start_courier()
            self._ends = self._ends.pop_all()

    def stop(self):
        """End `run` after the picture at hand. Safe in a signal handler: it takes no lock."""
        self._stopping = True

    def press(self):
        """Take a picture now, as the button does."""
        self._pressed.set()

    def run(self, most=None):
        """Work until `stop` is called, or `most` pictures were answered."""
        with self._ends:
            pack, last = self.model.pack, self.records.last(1)
            self._tend_page()
            notify("READY=1")
            told = f"pack {pack.name} {pack.fingerprint}"
            number = last[0].number if last else 0
            self._say(f"ready: {told}, {_runtime()}, {number} records")
            self.pins.ready()
            every, self._left = self.settings.every, most
            if not every:
                self._wait(None)
            while not self._stopping:
                due = time.monotonic() + every
                if not self._look():
                    due = min(due, time.monotonic() + RETRY)
                self._wait(due if every else None)
            notify("STOPPING=1")

    def _look(self):
        """Answer the pictures that there are; return whether that went well."""
        try:
            for picture in self.source.pictures():
                self._answer(picture)
                del picture  # its memory is not needed while the station waits
                notify("WATCHDOG=1")
                if self._left is not None:
                    self._left -= 1
                    self._stopping = self._stopping or self._left == 0
                if self._stopping:
                    break
            self._well()
        except KitError as error:
            self._tell("work", str(error))
            self.pins.fault()
            return False
        return True

    def facts(self):
        """What the status page tells beside the records."""
        pack, free = self.model.pack, None
        with suppress(OSError):
            free = self.photos.free()
        return {
            "name": self.settings.name,
            "pack": pack.name,
            "fingerprint": pack.fingerprint,
            "simulated": pack.simulated,
            "runtime": _runtime() + (", plain kernels" if self.model.reference else ""),
            "source": self.settings.source,
            "refused": list(self.source.refused.values()),
            "error": self._troubles["work"] or self._troubles["photos"],
            "free_bytes": free,
            "photo_bytes": self.photos.bytes,
            "budget_bytes": self.photos.most_bytes,
            "temperature": temperature(),
            "uptime": _uptime(),
        }

    def _make_source(self, size):
        settings = self.settings
        if settings.source == "camera":
            return CameraSource(settings.camera)
        with suppress(OSError):  # the source says it, each time it looks
            settings.folder.mkdir(exist_ok=True)
        return FolderSource(settings.folder, self.records, size, self._say, lambda: self._stopping)

    def _open_pins(self, class_names):
        from .device.pins import Pins

        self.pins = Pins(self.settings, class_names)
        self._ends.callback(self.pins.close)
        self.pins.on_press(self.press)

    def _start_courier(self):
        if self.settings.usb or self.settings.collector:
            from .handover.handover import Courier

            courier = Courier(self.settings, self.records, self._say)
            courier.start()
            self._ends.callback(courier.close)
            self._threads.add("courier")

    def _tend_page(self):
        """Serve the status page as soon as that is possible: a password set, an address there."""
        if self._page or time.monotonic() < self._page_due:
            return
        from .page.login import FILE
        from .page.page import Page

        settings = self.settings
        page = Page(
            self.records, self.photos.folder, self.facts, self.drift.state,
            settings.place / FILE, settings.page_host, settings.page_port,
        )  # fmt: skip
        try:
            page.start()
        except KitError as error:
            self._tell("page", str(error))
            self._page_due = time.monotonic() + PAGE_AGAIN
        else:
            self._page = page
            self._ends.callback(page.stop)
            self._threads.add("page")
            host = settings.page_host.replace("0.0.0.0", "ADDRESS-OF-THE-BOARD")
            self._say(f"page: http://{host}:{page.port}")

    def _answer(self, picture):
        pixels = self.model.prepare(picture.image)
        answer = self.model.answer(pixels)
        shares = np.array([list(answer.probabilities.values())])
        found = statistics_of(pixels[None], shares)
        statistics = {name: float(values[0]) for name, values in found.items()}
        record = self._write(picture, answer, statistics)
        self.drift.add(statistics, answer.label)
        self._well()
        self.pins.show(answer)
        asked = "ask a person: " if answer.ask else ""
        sure = f"{100 * record.confidence:.0f} %"
        self._say(f"#{record.number} {asked}{record.label} {sure} {record.source}")

    def _write(self, picture, answer, statistics):
        photo, trouble = "", ""
        try:
            photo = self.photos.keep(picture.image)
        except (KitError, OSError) as error:
            reason = getattr(error.__cause__ or error, "strerror", None) or error
            trouble = f"No photo is kept ({reason}); make room, or mend the disk."
        self._tell("photos", trouble)
        try:
            return self.records.add(
                source=picture.source, pack=self.model.pack.fingerprint, answer=answer,
                statistics=statistics, photo=photo, digest=picture.digest, stamp=picture.stamp,
            )  # fmt: skip
        except KitError:
            with suppress(KitError, OSError):  # photos go first when the disk is full
                if photo:
                    self.photos.drop(photo)
                self.photos.make_room()
            raise

    def _tell(self, what, trouble):
        """Say what goes wrong, once, until it changes; "" if all is well."""
        if trouble and trouble != self._troubles[what]:
            self._say(trouble)
        self._troubles[what] = trouble

    def _well(self):
        if self._troubles["work"]:
            self._say("The station works again.")
            self.pins.ready()
        self._tell("work", "")

    def _wait(self, due):
        """Wait until `due` (None: for ever), the button, or the end; tell systemd we live."""
        while not self._stopping:
            notify("WATCHDOG=1")
            self._tend_page()
            self._look_after_threads()
            left = SLICE if due is None else min(SLICE, due - time.monotonic())
            if left <= 0 or self._pressed.wait(left):
                break
        self._pressed.clear()

    def _look_after_threads(self):
        dead = self._threads - {thread.name for thread in threading.enumerate()}
        if dead:
            # The whole station is started anew: it comes back in seconds, and as a whole.
            raise RuntimeError(f"the thread {', '.join(sorted(dead))} has ended")


def _lock(place):
    """Make sure that this is the place's only station; return what to call at the end."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        # The folder itself is locked, so that nothing has to be written for it; Windows opens none.
        if os.name == "nt":
            handle = os.open(place / "lock", os.O_RDWR | os.O_CREAT)
        else:
            handle = os.open(place, os.O_RDONLY)
    except OSError as error:
        raise KitError(
            f"The station's folder {place} cannot be used ({error.strerror}); name another one."
        ) from None
    if lock(handle):
        return lambda: os.close(handle)
    os.close(handle)
    raise KitError(f"Another station works in {place}; stop it, or give this one another place.")


def _runtime():
    name = runtime_here().__name__.partition(".")[0]
    return {"ai_edge_litert": "LiteRT", "tflite_runtime": "tflite-runtime"}[name]


def _uptime():
    """Seconds since the device was started; None where the kernel does not tell."""
    try:
        with open("/proc/uptime", encoding="ascii") as file:
            return float(file.read().split()[0])
    except OSError:
        return None
