"""A real web server on this machine that behaves as badly as it is told to."""

import http.server
import threading
from contextlib import contextmanager


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves ``server.files`` by name; ``server.manners`` says what goes wrong."""

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range")))
        manners = server.manners
        if manners.get("status"):
            self.send_error(manners["status"])
            return
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", manners.get("to") or self.path.replace("/moved/", "/"))
            self.end_headers()
            return
        content = server.files[self.path.strip("/")]
        start = self._start(content)
        if start is None:
            return
        body = content[start:]
        if "cut" in manners and manners.get("cuts", 1) > 0:
            manners["cuts"] = manners.get("cuts", 1) - 1
            body = body[: manners["cut"]]
        self.wfile.write(body)
        self.close_connection = True

    def _start(self, content):
        manners = self.server.manners
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if wanted and manners.get("refuse_range"):
            self.send_error(416)
            return None
        if wanted and not manners.get("ignore_range"):
            self.send_response(206)
            total = manners.get("total", len(content))
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{total}")
        else:
            start = 0
            self.send_response(200)
        if not manners.get("no_length"):
            promised = manners.get("length", len(content) - start)
            self.send_header("Content-Length", str(promised))
        self.end_headers()
        return start

    def log_message(self, *words):
        """Stay quiet."""


@contextmanager
def lan_server(files, **manners):
    """Serve `files` (name to bytes) on the loopback address while the block runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.manners, server.asked = files, manners, []
    server.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
