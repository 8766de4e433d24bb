"""JupyterLab as `start.py` opens it, and a lesson in it as a learner sees it."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from setup_kit import environment

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-for-this-test-alone"
spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
start = importlib.util.module_from_spec(spec)
spec.loader.exec_module(start)


def free_port():
    """Return a port of the loopback that nothing listens to."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Lab:
    """A JupyterLab server over a copy of the lessons, with settings of its own."""

    def __init__(self, folder):
        self.lessons = folder / "lessons"
        shutil.copytree(
            ROOT / "lessons",
            self.lessons,
            ignore=shutil.ignore_patterns("my-project", ".ipynb_checkpoints"),
        )
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        words = [word for word in start.COMMANDS["lab"] if "root_dir" not in word]
        words += [
            f"--ServerApp.root_dir={self.lessons}",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
            "--ServerApp.open_browser=False",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            words.append("--allow-root")
        own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "RUNTIME", "DATA")}
        own |= {f"JUPYTERLAB_{name}_DIR": str(folder / name) for name in ("SETTINGS", "WORKSPACES")}
        # All cells are in the page at once, so that a script finds them without scrolling.
        settings = folder / "SETTINGS" / "@jupyterlab" / "notebook-extension"
        settings.mkdir(parents=True)
        tracker = json.dumps({"windowingMode": "none"})
        (settings / "tracker.jupyterlab-settings").write_text(tracker, encoding="utf-8")
        self.log = folder / "jupyterlab.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [environment.PYTHON, "-m", *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment.surroundings() | own,
            )
        self._wait()

    def _wait(self):
        end = time.monotonic() + 90
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.ask("GET", "/api/status")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        self.close()
        raise AssertionError("JupyterLab did not start:\n" + self.log.read_text("utf-8")[-2000:])

    def ask(self, method, path):
        """Ask the server's own interface; return what it answers, or None for no content."""
        request = urllib.request.Request(
            self.address + path, method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def end_kernels(self):
        """Give back the memory of the lessons that ran."""
        for session in self.ask("GET", "/api/sessions"):
            self.ask("DELETE", "/api/sessions/" + session["id"])

    def close(self):
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class OpenLesson:
    """A lesson in a page of the browser."""

    def __init__(self, lab, page, name):
        self.lab, self.page, self.file = lab, page, lab.lessons / name
        page.call("Page.navigate", url=f"{lab.address}/lab/tree/{name}?token={TOKEN}&reset")
        page.wait('Boolean(document.querySelector(".jp-Notebook .jp-Cell"))', 120)
        page.wait('!document.querySelector(".jp-Spinner")', 120)
        end = time.monotonic() + 120
        while not self._connected() and time.monotonic() < end:
            time.sleep(0.2)
        time.sleep(1)  # the page hears of its kernel a moment later than the server

    def _connected(self):
        """Whether the kernel waits for work: before that, "Run All" does nothing at all."""
        kernels = [session["kernel"] for session in self.lab.ask("GET", "/api/sessions")]
        return any(one["execution_state"] == "idle" and one["connections"] for one in kernels)

    def run_all(self, seconds):
        """Choose "Run All Cells" from the menu; return the code cells when all have run."""
        item = '.lm-Menu-item[data-command="runmenu:run-all"]'
        self.page.click(
            '[...document.querySelectorAll(".lm-MenuBar-itemLabel")]'
            '.find(label => label.textContent === "Run")'
        )
        self.page.click(f"document.querySelector('{item}')")
        waiting = (
            '[...document.querySelectorAll(".jp-InputPrompt")]'
            '.some(prompt => prompt.textContent.includes("[*]"))'
        )
        self.page.wait(waiting)
        self.page.wait(f"!{waiting}", seconds)
        return self.saved()

    def saved(self):
        """Save with Ctrl+S, as a person does; return the code cells of the file."""
        before = self.file.stat().st_mtime_ns
        self.page.press("s", modifiers=2)
        end = time.monotonic() + 30
        while self.file.stat().st_mtime_ns == before and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(0.5)  # the server may still be writing
        cells = json.loads(self.file.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] == "code"]


def errors(cells):
    """Return what went wrong in code cells, as one line an error."""
    return [
        f"{output['ename']}: {output['evalue']}"
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]
