"""How far a long work is: a bar in a terminal, a line now and then in a file."""

import os
import re
import subprocess
import sys

import pytest

LOUD = {name: value for name, value in os.environ.items() if name != "LOWRES_QUIET"}
PROGRAM = """
import time
from lowres_kit import progress
progress.NOW_AND_THEN = 0.5
for _ in progress.progress_bar(range(200), "Training", unit="epoch", patience=0):
    time.sleep(0.01)
shown = progress.bar(desc="beans.zip", total=10_000_000, unit="B", unit_scale=True)
for _ in range(100):
    shown.update(100_000)
    time.sleep(0.01)
shown.close()
"""


def test_a_file_gets_a_line_now_and_then():
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=LOUD
    )
    lines = ran.stderr.split("\n")
    assert "\r" not in ran.stderr and 2 <= len(lines) <= 8 and lines[-1] == ""
    line = r"Training: \d+ %, \d+ of 200 epochs, \d\d:\d\d so far, \d\d:\d\d to go"
    assert re.fullmatch(line, lines[0]), lines
    assert re.fullmatch(r"beans.zip: \d+ %, [\d.]+M of 10.0MB, .* to go", lines[-2]), lines


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_gets_a_bar_that_is_drawn_over():
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=theirs, env=LOUD) as ran:
        os.close(theirs)  # so that the end of the program ends the reading
        found = b""
        while len(found) < 400:
            found += os.read(ours, 400)
        ran.kill()
    os.close(ours)
    assert re.match(rb"\r?Training: +\d+%.*\rTraining:", found)


def test_quiet_is_quiet(monkeypatch):
    monkeypatch.setenv("LOWRES_QUIET", "1")
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert ran.stderr == b""
