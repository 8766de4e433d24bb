"""Look for sticks and for the collector in the background, and hand over what waits."""

import threading
import time

from ..errors import KitError
from .handover import find_sticks, to_collector, to_stick

LOOK = 3.0  # seconds between looks for sticks
STICK_AGAIN = 3600.0  # a stick that stays in gets a file each hour, not one each picture
NETWORK_AGAIN = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0  # after a failure; doubled each time


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
