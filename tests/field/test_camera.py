"""Cameras: what they deliver becomes the right colours, and what fails is told in one sentence.

There is no camera where most tests run; the emulated Pi has the kernel's vivid.
"""

import io
import os
import stat
import sys

import numpy as np
import pytest
from PIL import Image

from lowres_kit.errors import KitError
from lowres_kit.field.device import camera
from lowres_kit.field.device.camera import Format, read_format, take, to_image

# Of the bars that test pictures show (75 %, ITU-R BT.601, limited range): Y, Cb, Cr and RGB.
BARS = {
    "white": ((180, 128, 128), (191, 191, 191)),
    "yellow": ((162, 44, 142), (191, 191, 0)),
    "cyan": ((131, 156, 44), (0, 191, 191)),
    "green": ((112, 72, 58), (0, 191, 0)),
    "magenta": ((84, 184, 198), (191, 0, 191)),
    "red": ((65, 100, 212), (191, 0, 0)),
    "blue": ((35, 212, 114), (0, 0, 191)),
    "black": ((16, 128, 128), (0, 0, 0)),
}
# As v4l2-ctl 1.22 tells of vivid.
TOLD = """Format Video Capture:
\tWidth/Height      : 640/360
\tPixel Format      : 'YUYV' (YUYV 4:2:2)
\tField             : None
\tBytes per Line    : 1280
\tSize Image        : 460800
\tColorspace        : sRGB
\tTransfer Function : Default (maps to sRGB)
\tYCbCr/HSV Encoding: Default (maps to ITU-R 601)
\tQuantization      : Default (maps to Limited Range)
\tFlags             : \n"""


def yuyv(y, u, v, width=4, height=2, padding=0):
    line = bytes([y, u, y, v] * (width // 2)) + bytes(padding)
    return line * height


@pytest.mark.parametrize("name", BARS)
def test_colours_of_yuyv(name):
    code, rgb = BARS[name]
    picture = np.asarray(to_image(yuyv(*code), Format("YUYV", 4, 2, 8)))
    assert picture.shape == (2, 4, 3) and np.abs(picture.astype(int) - rgb).max() <= 2


def test_full_range_and_high_definition():
    full = to_image(yuyv(255, 128, 128), Format("YUYV", 4, 2, 8, full=True))
    assert full.getpixel((0, 0)) == (255, 255, 255)
    assert to_image(yuyv(16, 128, 128), Format("YUYV", 4, 2, full=True)).getpixel((0, 0))[0] == 16
    red = to_image(yuyv(63, 102, 240), Format("YUYV", 4, 2, rec709=True)).getpixel((0, 0))
    assert np.abs(np.array(red) - (255, 0, 0)).max() <= 2  # ITU-R BT.709, 100 % red


def test_where_a_pixel_lies():
    content = bytes([16, 128, 235, 128, 50, 128, 100, 128] + [9] * 4 + [200, 128] * 4 + [9] * 4)
    picture = np.asarray(to_image(content, Format("YUYV", 4, 2, 12)))[..., 0]
    assert picture[0, 0] == 0 and picture[0, 1] == 255 and picture[0, 2] < picture[0, 3]
    assert set(picture[1]) == {214}  # and nothing of what fills the lines


def test_rgb_with_filled_lines():
    pixels = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    content = b"".join(line.tobytes() + b"xxx" for line in pixels)
    assert (np.asarray(to_image(content, Format("RGB3", 3, 2, 12))) == pixels).all()


def without_huffman_tables(jpeg):
    """Leave out what webcams leave out, to send less."""
    out, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] != 0xC4:
            out += jpeg[at:end]
        at = end
    return out + jpeg[at:]


def test_motion_jpeg_as_webcams_send_it():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 40)).save(buffer, "JPEG")
    content = without_huffman_tables(buffer.getvalue())
    assert len(content) < len(buffer.getvalue())
    picture = to_image(content, Format("MJPG", 64, 48))
    assert picture.size == (64, 48) and abs(picture.getpixel((9, 9))[0] - 200) < 4


@pytest.mark.parametrize("code", ["YUYV", "RGB3", "MJPG"])
def test_half_a_picture_is_none(code):
    with pytest.raises((OSError, ValueError)):
        to_image(yuyv(1, 2, 3)[:11], Format(code, 4, 2, 8))


def test_what_the_program_tells():
    assert read_format(TOLD) == Format("YUYV", 640, 360, 1280)
    other = TOLD.replace("maps to Limited", "maps to Full").replace("ITU-R 601", "Rec. 709")
    assert read_format(other) == Format("YUYV", 640, 360, 1280, True, True)
    with pytest.raises(KitError, match="update v4l-utils"):
        read_format("nothing of use")


def test_no_camera(tmp_path):
    with pytest.raises(KitError, match="There is no camera .*video9; plug it in"):
        take(str(tmp_path / "video9"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="V4L2 is Linux'")
def test_something_else_than_a_camera():
    with pytest.raises(KitError, match="/dev/null is no camera|program v4l2-ctl is missing"):
        take("/dev/null")


def test_the_program_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KitError, match="install the package v4l-utils"):
        take(os.devnull)


def program(tmp_path, monkeypatch, lines):
    """Put a program in the place of v4l2-ctl that says what that one says when things go wrong."""
    path = tmp_path / "v4l2-ctl"
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


OFFERS = 'case "$*" in *list-formats*) echo "  [0]: \'YUYV\' (YUYV 4:2:2)"; exit;; '


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("echo 'VIDIOC_S_FMT: failed: Device or resource busy' >&2; exit 1", "another program"),
        ("echo 'VIDIOC_DQBUF: failed: No such device' >&2; exit 0", "was pulled out"),
        ("echo 'Failed to open /dev/null: Permission denied' >&2; exit 1", "group video"),
        ("echo oh >&2; exit 3", "gives no picture (oh); plug it in again"),
        ("exit 0", "gives no picture (no reason given)"),
        ("echo \"  [0]: 'NV12' (Y/UV 4:2:0)\"", "offers pictures as NV12"),
        (f"{OFFERS} *get-fmt*) printf '%s' \"$TOLD\";; *) echo short; esac", "no whole picture"),
        ("exec sleep 20", "gives no picture within 1 s"),
    ],
)
def test_faults_of_a_camera_are_told(tmp_path, monkeypatch, says, told):
    program(tmp_path, monkeypatch, says)
    monkeypatch.setenv("TOLD", TOLD)
    monkeypatch.setattr(camera, "SECONDS", 1)
    with pytest.raises(KitError) as error:
        take("/dev/null")
    assert told in str(error.value) and "\n" not in str(error.value)


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_a_picture_is_asked_for_and_made(tmp_path, monkeypatch):
    told = TOLD.replace("640/360", "4/2").replace("1280", "8")
    (tmp_path / "frame").write_bytes(yuyv(*BARS["red"][0]))
    says = f"{OFFERS} *get-fmt*) printf '%s' \"$TOLD\";; *skip=8*) cat {tmp_path}/frame; esac"
    program(tmp_path, monkeypatch, says)
    monkeypatch.setenv("TOLD", told)
    assert np.abs(np.asarray(take("/dev/null")).astype(int) - BARS["red"][1]).max() <= 2
