"""What the tests of the emulated Pi depend on: with the same files they give the same results."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "hardware/image"), str(ROOT / "hardware/emulator")]


def _of(**parameters):
    from tree import on_the_device

    asked = ["git", "-C", ROOT, "ls-files", "-z", "lowres_kit"]
    listed = subprocess.run(asked, capture_output=True, text=True).stdout.split("\0")
    # The simulator draws the photos that both the board and this computer answer.
    return ["hardware", "tests/pi", "lowres_kit/data/leaves", *filter(on_the_device, listed)]


same_card = pytest.mark.same_files(of=_of, programs=["qemu-system-aarch64"])
