"""A page of a real Chromium, driven through its DevTools protocol: moved, clicked, typed into.

The protocol: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.request
from urllib.parse import urlsplit

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
KEYS = {
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Backspace": 8,
    "End": 35,
    "Enter": 13,
}  # name -> Windows' key code
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def find_chromium():
    """Return the path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """A Chromium without a screen, with a profile of its own; addresses outside lead nowhere."""

    def __init__(self, program, folder):
        words = [
            program,
            "--headless=new",
            "--remote-debugging-port=0",
            f"--user-data-dir={folder}",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--force-color-profile=srgb",
            "--window-size=1280,900",
            "--lang=en-US",
            # A page that asks for an outside address is noted (`Page.asked`), and gets none.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "about:blank",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            words.insert(1, "--no-sandbox")  # Chromium refuses its sandbox to root
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.port = self._port(folder / "DevToolsActivePort")

    def _port(self, file):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            if file.exists() and "\n" in (text := file.read_text(encoding="utf-8")):
                return int(text.splitlines()[0])
            time.sleep(0.1)
        self.close()
        raise AssertionError("Chromium did not start within 60 seconds")

    def open(self):
        """Open an empty page and return it."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/json/new", method="PUT")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Page(json.load(answer)["webSocketDebuggerUrl"])

    def close(self):
        """End Chromium."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Page:
    """One page.

    Attributes
    ----------
    asked : list of str
        The address of every request and web socket of the page, its frames and its workers.
    """

    def __init__(self, address):
        self.socket = websocket.create_connection(address, timeout=120, suppress_origin=True)
        self.asked, self.last = [], 0
        self.call(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True
        )
        for room in ("Page", "Network", "Runtime"):
            self.call(f"{room}.enable")

    def call(self, method, **words):
        """Call a method of the protocol and return its result; note what happens meanwhile."""
        number = self._send(method, words)
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self._note(message)

    def _send(self, method, words, session=None):
        self.last += 1
        message = {"id": self.last, "method": method, "params": words}
        self.socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        return self.last

    def _note(self, message):
        what, facts = message.get("method"), message.get("params", {})
        if what == "Network.requestWillBeSent":
            self.asked.append(facts["request"]["url"])
        elif what == "Network.webSocketCreated":
            self.asked.append(facts["url"])
        elif what == "Target.attachedToTarget":  # a frame or a worker: watched before it starts
            for method in ("Network.enable", "Runtime.runIfWaitingForDebugger"):
                self._send(method, {}, facts["sessionId"])
        elif what == "Page.javascriptDialogOpening":
            self._send("Page.handleJavaScriptDialog", {"accept": True})

    def outside(self):
        """Return the addresses asked for that are not of this computer."""
        network = [
            url for url in self.asked if urlsplit(url).scheme in ("http", "https", "ws", "wss")
        ]
        return [url for url in network if urlsplit(url).hostname not in LOOPBACK]

    def evaluate(self, code):
        """Return the value of an expression of JavaScript (of an element: an empty dict)."""
        done = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, f"{code}\n{done['exceptionDetails']}"
        return done["result"].get("value")

    def wait(self, code, seconds=60):
        """Wait until an expression is true and return its value; fail after so many seconds.

        A page that is renewed has no body for a moment: what fails then is tried again, and told if
        it never succeeds.
        """
        end, failed = time.monotonic() + seconds, ""
        while time.monotonic() < end:
            try:
                if value := self.evaluate(code):
                    return value
            except AssertionError as error:
                failed = str(error)
            time.sleep(0.15)
        raise AssertionError(f"not true within {seconds} seconds: {code}\n{failed}")

    def click(self, code):
        """Wait for the element that an expression gives, and click into its middle."""
        place = self.wait(f"""(() => {{
            const element = {code};
            if (!element) return null;
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return box.width && box.height
                ? {{x: box.x + box.width / 2, y: box.y + box.height / 2}} : null;
        }})()""")
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def press(self, key, modifiers=0):
        """Press a key and let it go; Ctrl is the modifier 2."""
        code = KEYS.get(key) or ord(key.upper())
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                code=key if key in KEYS else f"Key{key.upper()}",
                modifiers=modifiers,
            )

    def photograph(self, file):
        """Write what the page shows as a PNG."""
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(picture))

    def close(self):
        """Close the page."""
        self.call("Page.close")
        self.socket.close()
