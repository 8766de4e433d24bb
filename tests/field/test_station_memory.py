"""What the station needs at its peak while it reads a photo of 12 megapixels."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from station_process import ROOT, Running, put, settings_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the peak")
BUDGET = 100  # MB, of the field service on a Pi
# A progressive JPEG or a PNG is decoded whole: with the station's own 60 MB that comes to the
# budget (98 MB were seen) and over it (109 MB), as the card's README says. Still more would be a
# copy too many.
MOST = {"photo.jpg": BUDGET, "progressive.jpg": 110, "photo.png": 120}


@pytest.mark.parametrize("name", MOST)
def test_peak_while_it_reads_a_large_photo(tmp_path, name):
    blocks = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    photo = Image.fromarray(blocks).resize((4000, 3000), Image.Resampling.BICUBIC)
    draft = tmp_path / name
    more = {"progressive": True} if name.startswith("progressive") else {}
    photo.save(draft, **more)
    running = Running(settings_in(tmp_path, ROOT / "hardware/demo/pack.zip"))
    try:
        running.wait_for("^ready: ")
        put(tmp_path / "incoming", name, draft.read_bytes())
        running.wait_for("^#1 ")
        status = Path(f"/proc/{running.process.pid}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024 / 1e6
    finally:
        running.kill()
    print(f"{name}: {peak:.0f} MB")
    assert peak < MOST[name]
