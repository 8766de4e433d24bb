"""A small web server that bad neighbours cannot exhaust: limits on everything they send.

Only the standard library. Each connection carries one request; it has some seconds and some
kilobytes for it, and there are few connections at a time. What it sends never leaves without
headers that forbid scripts, frames, other hosts and keeping a copy.
"""

import io
import ipaddress
import socket
import sys
import threading
import time
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, urlsplit

from ...errors import KitError

READ_SECONDS = 10  # for a whole request; browsers also open connections and leave them idle
SEND_SECONDS = 20  # for each piece of an answer
MOST_READ = 16_384  # bytes of a whole request; browsers send about one thousand
MOST_FORM = 2_000
MOST_AT_ONCE = 16  # connections; a phone opens about six
PIECE = 65_536
HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer": browsers would then send the Origin "null" with the page's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Server(ThreadingHTTPServer):
    """Serves a few connections at a time."""

    request_queue_size = 32

    def __init__(self, address, handler):
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        name = socket.gethostname().lower().partition(".")[0]
        self.own_names = ("localhost", name, f"{name}.local")
        super().__init__(address, handler)

    def server_bind(self):
        """Bind as `HTTPServer` does, but ask no name server what the address is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request, client_address):
        """Answer in a thread of its own, as soon as one of the few is free."""
        if not self.slots.acquire(timeout=1):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.slots.release()
            raise

    def process_request_thread(self, request, client_address):
        """Answer, then give the place to the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.slots.release()

    def handle_error(self, request, client_address):
        """Tell of errors of ours; who goes away in the middle, or sends junk, is no error."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, LineTooLong)):
            super().handle_error(request, client_address)


class Bounded(io.RawIOBase):
    """Reads a request from a socket, within a time and a number of bytes for all of it."""

    def __init__(self, connection, seconds, most):
        self.connection, self.end, self.left = connection, time.monotonic() + seconds, most

    def readable(self):
        """Whether it can be read from: yes."""
        return True

    def readinto(self, buffer):
        """Read what is there; raises TimeoutError or LineTooLong beyond the limits."""
        seconds = self.end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the request took too long")
        if self.left <= 0:
            raise LineTooLong("request")
        self.connection.settimeout(seconds)
        count = self.connection.recv_into(memoryview(buffer)[: self.left])
        self.left -= count
        return count


class Handler(BaseHTTPRequestHandler):
    """One request, with what each page needs: limits, forms, cookies and safe answers."""

    protocol_version = "HTTP/1.1"  # for the chunks of a long answer: one that is cut is noticed
    server_version, sys_version = "station", ""

    def setup(self):
        """Read through the limits."""
        super().setup()
        self.rfile.close()
        bounded = Bounded(self.connection, READ_SECONDS, MOST_READ)
        self.rfile = io.BufferedReader(bounded, 4096)

    def log_message(self, format, *args):
        """Write no line for each request: a card wears out by writing."""

    def send_error(self, code, message=None, explain=None):
        """Answer with a sentence, where `http.server` would send a page of its own."""
        self.reply(code, message or self.responses.get(code, ("The request was refused.",))[0])

    def reply(self, code, content, kind="text/plain; charset=utf-8", **headers):
        """Send an answer.

        Parameters
        ----------
        code : int
            HTTP status.
        content : str or bytes
            What is sent.
        kind : str
            Its Content-Type.
        **headers : str
            Further headers, with "_" for "-".
        """
        content = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self._head(code, kind, Content_Length=str(len(content)), **headers)
        for start in range(0, len(content), PIECE):
            self.wfile.write(content[start : start + PIECE])

    def stream(self, pieces, kind, **headers):
        """Send an answer of unknown length, piece by piece; `pieces` gives texts.

        If they end with a KitError, the answer is cut, which the browser tells of.
        """
        chunked = self.request_version >= "HTTP/1.1"
        if chunked:
            headers["Transfer_Encoding"] = "chunked"
        self._head(200, kind, **headers)
        try:
            for piece in filter(None, pieces):  # an empty chunk would be the end
                sent = piece.encode("utf-8", "replace")
                self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent) if chunked else sent)
        except KitError as error:
            print(f"page: an answer was cut short. {error}", file=sys.stderr)
            return
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _head(self, code, kind, **headers):
        self.connection.settimeout(SEND_SECONDS)
        self.send_response(code)
        self.send_header("Content-Type", kind)
        for name, value in (HEADERS | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def host_is_ours(self):
        """Whether the browser asked for this device, and not for a name that leads to it.

        A page of another site can make a browser ask here under that site's name (DNS rebinding),
        and would then read the answer as its own. It cannot do so with an address.
        """
        try:
            host = urlsplit("//" + self.headers.get("Host", "")).hostname or ""
        except ValueError:
            return False
        if host in self.server.own_names:
            return True
        try:
            return bool(ipaddress.ip_address(host))
        except ValueError:
            return False

    def form_is_ours(self):
        """Whether a form was sent by a page of this server: its Origin is the Host asked for."""
        came_from = self.headers.get("Origin") or self.headers.get("Referer") or ""
        try:
            return urlsplit(came_from).netloc.lower() == self.headers.get("Host", "-").lower()
        except ValueError:
            return False

    def form(self):
        """Read a small form: a dict of str to str, or None (and the answer is sent) if it is not.

        Returns
        -------
        dict of str to str, or None
        """
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            self.reply(411, "A form must come with its length.")
        elif len(length) > 9 or int(length) > MOST_FORM:
            self.reply(413, "That is too much for a form.")
        else:
            text = self.rfile.read(int(length)).decode("utf-8", "replace")
            try:
                fields = parse_qs(text, max_num_fields=8)
                return {name: values[0] for name, values in fields.items()}
            except ValueError:
                self.reply(400, "That is no form.")
        return None

    def cookie(self, name):
        """Return the value of a cookie, or ""."""
        for part in self.headers.get("Cookie", "").split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
        return ""
