"""A station with records, its real page, and a client that says exactly what it is told to."""

import http.client
import re
import socket
from urllib.parse import urlencode

import numpy as np
from PIL import Image

from lowres_kit.field.pack.model import Answer
from lowres_kit.field.page.login import set_password
from lowres_kit.field.page.page import Page
from lowres_kit.field.store.records import Records

PASSWORD = "a few odd words"
FACTS = {
    "name": "shed-2", "pack": "bean leaves", "fingerprint": "9f3a61c2d4e5f607",
    "runtime": "LiteRT 2.3.0", "source": "camera", "free_bytes": 11.2e9, "photo_bytes": 118e6,
    "budget_bytes": 500e6, "temperature": 58.4, "uptime": 7500, "error": "",
}  # fmt: skip
QUIET = {"enough": False, "photos": 3, "window": 50, "drifting": [], "statistics": {}}


class Station:
    """What a page shows: a place with records and photos; `facts` and `drift` may be changed."""

    def __init__(self, place):
        self.place, self.photos = place, place / "photos"
        self.photos.mkdir(parents=True)
        self.facts, self.drift = dict(FACTS), dict(QUIET)
        self.records = Records(place / "records.db", "shed-2")
        self.password = set_password(place, PASSWORD)
        self.page = Page(
            self.records, self.photos, lambda: self.facts, lambda: self.drift, self.password, port=0
        )

    def add(self, label="bean rust", confidence=0.97, ask=False, source="leaf.jpg", photo="",
            content=None):  # fmt: skip
        """Add a record, and the file of its photo: `content`, or a picture of noise."""
        if photo and content is None:
            pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
            Image.fromarray(pixels).save(self.photos / photo)
        elif photo:
            (self.photos / photo).write_bytes(content)
        rest = {"other": 1 - confidence}
        answer = Answer(label, confidence, ask, {label: confidence} | rest)
        return self.records.add(source=source, pack="9f3a61c2", answer=answer,
                                statistics={"brightness": 0.5}, photo=photo)  # fmt: skip

    def close(self):
        self.page.stop()
        self.records.close()


class Reply:
    """What came back."""

    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def token(self):
        """Name and value of the cookie, or None."""
        found = re.match("[^;]*", self.headers.get("Set-Cookie", ""))[0]
        return found or None


class Client:
    """Asks a page; with a cookie once it has logged in."""

    def __init__(self, port):
        self.port, self.cookie = port, None

    def ask(self, path="/", method="GET", body=None, **headers):
        """Send one request; a header's value None leaves it out."""
        words = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie}
        if method == "POST":
            words["Origin"] = f"http://127.0.0.1:{self.port}"
        words |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        if body is not None and "Content-Length" not in words:
            words["Content-Length"] = str(len(body))
        for name, value in words.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        try:
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def log_in(self, password=PASSWORD, **headers):
        """Send the form; keep the cookie."""
        reply = self.ask("/login", "POST", urlencode({"password": password}).encode(), **headers)
        self.cookie = reply.token or self.cookie
        return reply

    def raw(self, content):
        """Send bytes as they are; return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            connection.sendall(content)
            came = b""
            try:
                while piece := connection.recv(65536):
                    came += piece
            except ConnectionError:
                pass
            return came
