"""The collector in the network: receives batches from stations that know its token.

Nobody else gets more than some kilobytes into it: a station proves that it knows the token before
its batch is read. What is sent is not encrypted; see `secret`.
"""

import hashlib
import hmac
import json
import re
import secrets
import shutil
import socket
import time
from contextlib import suppress

from ..errors import KitError
from ..field.handover.batch import MOST_BYTES
from ..field.handover.shared_token import make_token, proof
from ..field.page.server import Handler, Server

DIGEST = re.compile(r"[0-9a-f]{64}")
FREE = 100_000_000  # bytes that a batch must leave free on the disk
SLOWEST = 10_000  # bytes a second; a station that sends slower is cut off
PIECE = 65_536
TABLE_SECONDS = 60  # between two times that the table is written


class Collector(Server):
    """A server that puts into a collection what stations send.

    Parameters
    ----------
    collection : Collection
        Where to; its folder also holds the token, which is drawn if there is none.
    host, port : str, int
        Where to listen; port 0 takes any that is free.
    say : callable
        Takes a line of text for each batch.

    Raises
    ------
    KitError
        If it cannot listen there.
    """

    daemon_threads = True

    def __init__(self, collection, host="127.0.0.1", port=8090, say=print):
        self.collection, self.say = collection, say
        self.token = make_token(collection.folder)
        self._written = time.monotonic()
        for old in collection.folder.glob(".*.batch"):  # of a collector that was cut off
            old.unlink(missing_ok=True)
        try:
            super().__init__((host, port), Reception)
        except OSError as error:
            raise KitError(
                f"Nothing can listen at {host}, port {port} ({error.strerror}); choose another "
                "with --port, or an address of this computer with --host."
            ) from None

    def write_table_now_and_then(self):
        """Write the table, unless that was done within the last minute."""
        if time.monotonic() - self._written > TABLE_SECONDS:
            self._written = time.monotonic()
            try:
                self.collection.write_table()
            except KitError as error:  # a spreadsheet program may hold the file
                self.say(str(error))


class Reception(Handler):
    """One batch that is sent."""

    server_version = "collector"

    def do_GET(self):
        """Tell a browser where it is."""
        self.reply(200, "This is a collector of lowres-field; stations send their records here.")

    def do_POST(self):
        """Take a batch in; answer 200 only when it is on the disk."""
        length = self.headers.get("Content-Length", "")
        digest = self.headers.get("X-Lowres-Digest", "")
        if self.path != "/batch" or not DIGEST.fullmatch(digest):
            return self._refuse(404, "this is not where batches are sent")
        if not re.fullmatch(r"[0-9]{1,12}", length) or "Transfer-Encoding" in self.headers:
            return self._refuse(411, "a batch comes with its length")
        told = self.headers.get("X-Lowres-Proof", "")
        right = proof(self.server.token, "send", digest, int(length))
        if not hmac.compare_digest(told.encode(), right.encode()):
            return self._refuse(403, "the token is another one")
        if int(length) > MOST_BYTES:
            return self._refuse(413, "that is larger than any batch")
        if shutil.disk_usage(self.server.collection.folder).free < int(length) + FREE:
            return self._refuse(507, "the collector's disk is full")
        self._receive(int(length), digest)

    def _receive(self, length, digest):
        collection = self.server.collection
        # From here on it is a station of ours: it gets the time and the bytes that a batch needs.
        limits = self.rfile.raw
        limits.left, limits.end = length, time.monotonic() + 60 + length / SLOWEST
        draft, problem = collection.folder / f".{secrets.token_hex(8)}.batch", None
        try:
            with open(draft, "xb") as file:
                found = self._copy(file, length)
            if found != digest:
                raise KitError("A batch did not come whole.")
            taken = collection.take(draft)
        except KitError as error:
            problem = 422, str(error)
        except OSError as error:
            problem = 507, error.strerror or "the connection broke"
        finally:
            draft.unlink(missing_ok=True)
        if problem:
            self.server.say(f"{self.client_address[0]}: {problem[1]}")
            return self._refuse(*problem)
        self._answer(200, {"proof": proof(self.server.token, "kept", digest), "new": taken.new})
        self.server.say(f"{self.client_address[0]}: {taken}")
        self.server.write_table_now_and_then()

    def _copy(self, draft, length):
        """Write what is sent to a file; return its hash."""
        found = hashlib.sha256()
        while length and (piece := self.rfile.read1(min(length, PIECE))):
            draft.write(piece)
            found.update(piece)
            length -= len(piece)
        return found.hexdigest()

    def _answer(self, code, content):
        self.reply(code, json.dumps(content), "application/json")

    def _refuse(self, code, why):
        """Answer why not; then read on for a moment, or the sender could not read the answer."""
        self.close_connection = True
        self._answer(code, {"error": why})
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(2)
            for _ in range(16):
                if not self.connection.recv(PIECE):
                    break
