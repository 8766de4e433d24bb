"""The station where a device has NumPy, Pillow and a runtime alone: it works, and stays small."""

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from small_environments import DEVICES, environment
from station_process import Running, jpeg, settings_in

from lowres_kit.field import FieldModel, Pack

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the station runs on Linux")
MOST_MEMORY = 100_000  # kB: the promise
FIRST_ANSWER = 5.0  # seconds from the start; on a Pi it is measured in the emulator


def of_a_phone():
    """A photo of 12 million pixels, as phones take them."""
    with Image.open(io.BytesIO(jpeg(1, 400))) as image:
        buffer = io.BytesIO()
        image.resize((4000, 3000)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.mark.parametrize("name", DEVICES)
def test_the_station_on_a_small_device(tmp_path, whole, name):
    pins, old = DEVICES[name]
    python = environment(pins, python3_11=old)
    path = settings_in(tmp_path, whole, usb=str(tmp_path / "media"))
    (tmp_path / "incoming" / "small.jpg").write_bytes(jpeg())
    running = Running(path, python=python)
    try:
        _, ready = running.wait_for(f"^ready: .* {name}, 0 records$")
        _, first = running.wait_for("^#1 ")
        (tmp_path / "incoming" / "phone.jpg").write_bytes(of_a_phone())
        running.wait_for("^#2 ")
        told = Path(f"/proc/{running.process.pid}/status").read_text("ascii")
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", told)[1])
        print(f"{name}: ready after {ready:.1f} s, first answer after {first:.1f} s, {peak} kB")
        assert running.stop() == 0, running.said()
    finally:
        running.kill()
    model = FieldModel(Pack.open(whole))
    for _, label, source in running.confirmed():
        assert label == model.classify(tmp_path / "incoming" / source).label
    assert peak < MOST_MEMORY and first < FIRST_ANSWER
