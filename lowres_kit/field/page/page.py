"""The station's status page, for a phone on the local network.

What it cannot do: it speaks plain HTTP, since no browser trusts a certificate that a device in a
field makes for itself. Whoever can listen on the network, on an open Wi-Fi everybody, can read the
pages, and the password and the session while they are sent. So it stays on the device's own
loopback address unless the settings name another one (``page_host``), its password should be used
nowhere else, and a network of one's own with a good Wi-Fi password is the place for it. From
farther away: ``ssh -L 8080:127.0.0.1:8080 PI``, then http://localhost:8080 on the laptop.

It needs no JavaScript and asks no other host for anything.
"""

import math
import re
import sys
import threading
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from ...errors import KitError
from ..store.records_csv import csv_blocks
from .login import SESSION_SECONDS, Door, check_file
from .server import Handler, Server
from .view import THUMBNAILS, PagePhotos, login_page, status_page

SIDES = {"small": 200, "large": 640}  # pixels, twice those of the page: phones have fine screens
PHOTO = re.compile(r"/(photos|small|large)/([0-9]{1,12})")
HTML, CSS, CSV = (f"text/{kind}; charset=utf-8" for kind in ("html", "css", "csv"))
STYLE = Path(__file__).with_name("page.css").read_text("utf-8")


class Page:
    """Serves the status page from threads of its own.

    Parameters
    ----------
    records : Records
        The station's store.
    photos_folder : str or pathlib.Path
        Where kept photos are.
    facts : callable
        Gives a dict with what is known of "name" (of the station), "pack", "fingerprint",
        "simulated" (bool: the pack learned from drawn photos), "runtime", "source" (str),
        "error" (the last one, as a sentence, or ""), "refused" (list of str: sentences on files
        that cannot be answered), "free_bytes" (of the disk), "photo_bytes"
        and "budget_bytes" (of kept photos), "temperature" (degrees Celsius), and "uptime"
        (seconds since the device was started). What is missing or None is not shown.
    drift_state : callable
        Gives `DriftWatch.state`.
    password_file : str or pathlib.Path
        What ``lowres-field password`` wrote.
    host : str
        The address to listen on: "127.0.0.1" for this device alone, "0.0.0.0" for all networks.
    port : int
        0 for any that is free.

    Attributes
    ----------
    port : int
        The port, once it has started.
    """

    def __init__(self, records, photos_folder, facts, drift_state, password_file,
                 host="127.0.0.1", port=8080):  # fmt: skip
        self.records, self.facts, self.drift_state = records, facts, drift_state
        self.photos = PagePhotos(records, photos_folder)
        self.password_file, self.host, self.port = Path(password_file), host, port
        self.door = Door(self.password_file)
        self._server = None

    def start(self):
        """Begin to serve.

        Raises
        ------
        KitError
            If no password is set, or the address cannot be listened on.
        """
        try:
            check_file(self.password_file)
        except KitError as error:
            raise KitError(f"The status page is not served. {error}") from None
        try:
            self._server = Server((self.host, self.port), PageHandler)
        except (OSError, OverflowError) as error:
            raise KitError(
                f"The status page cannot be served on {self.host}, port {self.port} "
                f"({getattr(error, 'strerror', None) or error}); set another page_port, or a "
                "page_host that this device has."
            ) from None
        self.port, self._server.page = self._server.server_port, self
        threading.Thread(target=self._server.serve_forever, name="page", daemon=True).start()

    def stop(self):
        """Serve no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def html(self):
        """Make the page as it is now."""
        last, counts, drift, trouble = [], {}, {}, ""
        try:
            last = self.records.last(3 * THUMBNAILS)  # not each has a photo
            counts, drift = self.records.counts(), self.drift_state()
        except KitError as error:
            trouble = str(error)
        return status_page(last, counts, self.facts(), drift, trouble, datetime.now(UTC))


class PageHandler(Handler):
    """Answers one request."""

    @property
    def page(self):
        """The `Page`."""
        return self.server.page

    def do_GET(self):
        """Show a page, to those who logged in."""
        try:
            self._show()
        except KitError as error:
            self.reply(503, str(error))

    def _show(self):
        if not self.host_is_ours():
            self._refuse_host()
        elif self.path == "/page.css":
            self.reply(200, STYLE, CSS)
        elif self.path == "/login":
            self.reply(200, login_page(), HTML)
        elif not self.page.door.knows(self.cookie(self._cookie_name())):
            self._go("/login")
        elif self.path == "/":
            self.reply(200, self.page.html(), HTML)
        elif self.path == "/records.csv":
            self._send_table()
        elif found := PHOTO.fullmatch(self.path):
            self._send_photo(found[1], int(found[2]))
        else:
            self.reply(404, "There is no such page.")

    def do_POST(self):
        """Log in or out."""
        if not self.host_is_ours():
            self._refuse_host()
        elif not self.form_is_ours():
            self.reply(403, "This form does not come from this page.")
        elif self.path not in ("/login", "/logout"):
            self.reply(404, "There is no such page.")
        elif (form := self.form()) is None:
            pass  # answered there
        elif self.path == "/login":
            self._log_in(form.get("password", ""))
        else:
            self.page.door.leave(self.cookie(self._cookie_name()))
            self._go("/login", self._set_cookie("", 0))

    def _log_in(self, password):
        address = self.client_address[0]
        try:
            token, wait = self.page.door.enter(address, password)
        except KitError as error:
            self.reply(503, login_page(str(error)), HTML)
            return
        if token:
            self._go("/", self._set_cookie(token, SESSION_SECONDS))
        elif wait:
            seconds = math.ceil(wait)
            said = f"Too many wrong passwords: wait {seconds} s, then try again."
            self.reply(429, login_page(said), HTML, Retry_After=str(seconds))
        else:
            print(f"page: a wrong password from {address}", file=sys.stderr)
            self.reply(403, login_page("That is not the password."), HTML)

    def _send_table(self):
        name = re.sub(r"[^A-Za-z0-9-]", "", self.page.records.station)
        # The mark at the beginning tells Excel that the letters are UTF-8.
        pieces = csv_blocks(self.page.records)
        pieces = chain(("\ufeff" + next(pieces),), pieces)
        self.stream(pieces, CSV, Content_Disposition=f'attachment; filename="{name}.csv"')

    def _send_photo(self, size, number):
        if size == "photos":
            found = self.page.photos.whole(number)
        else:
            content = self.page.photos.small(number, SIDES[size])
            found = content and (content, "image/jpeg")
        if found:
            self.reply(200, *found)
        else:
            self.reply(404, "There is no such photo.")

    def _cookie_name(self):
        return f"station-{self.page.port}"  # browsers tell ports of a host not apart in cookies

    def _set_cookie(self, token, seconds):
        words = f"{self._cookie_name()}={token}; Max-Age={seconds}; Path=/"
        return f"{words}; HttpOnly; SameSite=Strict"

    def _go(self, path, cookie=None):
        cookies = {"Set_Cookie": cookie} if cookie else {}
        self.reply(303, "", Location=path, **cookies)

    def _refuse_host(self):
        host, port = self.connection.getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        self.reply(421, f"Ask for this station by its address: http://{host}:{port}/")
