"""A real station as a process of its own, for tests."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"#(\d+) (?:ask a person: )?(.+) (\d+) % (\S+)\n")
SECONDS = 60  # a machine that runs many tests may be slow


def jpeg(seed=0, size=64):
    """A picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def settings_in(place, pack, /, **more):
    """Write station.toml into a folder, with one for pictures beside it; return its path."""
    values = {"pack": str(pack), "every": 0.1, "free_megabytes": 0} | more
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in values.items()]
    path = Path(place) / "station.toml"
    path.write_text("\n".join(lines), "utf-8")
    (Path(place) / "incoming").mkdir(exist_ok=True)
    return path


def put(folder, name, content):
    """Put a file there whole, as a camera does."""
    draft = folder / f".{name}"
    draft.write_bytes(content)
    draft.rename(folder / name)


class Running:
    """``lowres-field run``, and the lines that it prints."""

    def __init__(self, settings, *words, python=sys.executable, **environment):
        self.started, self.lines, self.errors = time.monotonic(), [], []
        self.process = subprocess.Popen(
            [python, "-m", "lowres_kit.field_cli", "run", settings, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ | environment,
        )  # fmt: skip
        for stream, kept in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self._read, args=(stream, kept), daemon=True).start()

    def _read(self, stream, kept):
        for line in stream:
            kept.append((time.monotonic() - self.started, line))

    def wait_for(self, pattern, seconds=SECONDS):
        """Wait for a line; return it and the seconds from the start."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for after, line in list(self.lines):
                if re.search(pattern, line):
                    return line, after
            if self.process.poll() is not None and not self._reading():
                break
            time.sleep(0.02)
        raise AssertionError(f"no line {pattern!r} in {self.said()}")

    def _reading(self):
        time.sleep(0.2)  # what is still in the pipe
        return self.process.poll() is None

    def said(self):
        """All that was printed."""
        return "".join(line for _, line in self.lines + self.errors)

    def confirmed(self):
        """Number, label and source of each record that was told whole."""
        found = [LINE.fullmatch(line) for _, line in self.lines]
        return [(int(one[1]), one[2], one[4]) for one in found if one]

    def kill(self):
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        return self.process.wait()

    def stop(self):
        """Ask it to end; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(SECONDS)
        time.sleep(0.1)
        return code
