"""The wiring pictures: as drawn by their program, readable without colour, true to the board."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

WIRING = Path(__file__).resolve().parents[2] / "hardware" / "wiring"
sys.path.insert(0, str(WIRING))
import draw

PICTURES = sorted(WIRING.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"


def test_committed_pictures_are_those_of_the_program():
    assert {path.name for path in PICTURES} == set(draw.PICTURES)
    for path in PICTURES:
        told = "run `python hardware/wiring/draw.py` and commit the pictures"
        assert path.read_text("utf-8") == draw.PICTURES[path.name](), f"{path.name}: {told}"


def test_the_program_runs_by_itself_and_writes_the_same_each_time(tmp_path):
    for name in ("draw.py", "svg.py"):
        (tmp_path / name).write_bytes((WIRING / name).read_bytes())
    subprocess.run([sys.executable, tmp_path / "draw.py"], check=True, capture_output=True)
    for path in PICTURES:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_pictures_print_in_grey_and_fit_their_frame(path):
    root = ET.parse(path).getroot()
    assert len(root.find(f"{SVG}title").text) > 20
    colours = set(re.findall(r'(?:fill|stroke)="(#\w+|[a-z]+)"', path.read_text("utf-8")))
    assert colours <= {"black", "white", "none", draw.LIGHT}
    width, height = (float(root.get(side)) for side in ("width", "height"))
    for one in root.iter(f"{SVG}text"):
        size, x, y = (float(one.get(key)) for key in ("font-size", "x", "y"))
        long = 0.55 * size * len(one.text or "")  # about the width of letters in DejaVu Sans
        start = x - {"start": 0, "middle": long / 2, "end": long}[one.get("text-anchor")]
        assert size >= 9 and 0 <= start and start + long <= width and size < y < height


def test_header_is_the_one_of_the_data_sheet():
    where = {
        name: [pin for pin, told in enumerate(draw.HEADER, 1) if told == name]
        for name in ("3.3 V", "5 V", "GND")
    }
    ground = [6, 9, 14, 20, 25, 30, 34, 39]
    assert where == {"3.3 V": [1, 17], "5 V": [2, 4], "GND": ground}
    # gpiozero knows the header of each board by itself; 0xc03112 is a Raspberry Pi 4.
    pins = pytest.importorskip("gpiozero").pi_info("c03112").headers["J8"].pins
    theirs = [pins[pin].name.replace("3V3", "3.3 V").replace("5V", "5 V") for pin in sorted(pins)]
    assert list(draw.HEADER) == theirs


def test_each_wire_has_a_sign_at_both_ends_and_dashes_of_its_own():
    signs = [sign for sign, *_ in draw.WIRES]
    told = re.findall(r'font-weight="bold" fill="black">([A-Z])</text>', draw.pins_picture())
    assert sorted(told) == sorted(2 * signs)
    assert len(set(draw.DASHES[: len(signs)])) == len(signs)


def test_no_wire_but_the_ground_one_goes_to_power_or_ground():
    for sign, pin, column, _ in draw.WIRES:
        assert (draw.gpio(pin) is None) == (column == 0), sign
        assert not draw.HEADER[pin - 1].endswith(" V"), sign
