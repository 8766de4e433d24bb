"""One picture from a camera of the Linux kernel (V4L2): USB webcams, and the kernel's own vivid.

The program v4l2-ctl (Debian's v4l-utils) talks to the driver. As a process of its own, it can be
given up when a driver hangs, and it starts the stream anew for each picture: what it delivers was
taken now, not before the last one was asked for.
"""

import io
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...errors import KitError

PROGRAM = "v4l2-ctl"
FORMATS = ("MJPG", "JPEG", "YUYV", "RGB3")  # the first that the camera has is taken
WIDTH, HEIGHT = 640, 480  # asked for; the driver takes the nearest that it has
SKIPPED = 8  # first pictures of a stream are dark: the camera is still finding the exposure
SECONDS = 15  # a webcam in the dark takes five pictures a second


@dataclass(frozen=True)
class Format:
    """How a camera delivers a picture.

    Attributes
    ----------
    code : str
        Four letters, one of `FORMATS`.
    width, height : int
        In pixels.
    line : int
        Bytes from the beginning of a line to that of the next.
    full : bool
        Whether brightness uses all of 0 to 255, not 16 to 235 alone.
    rec709 : bool
        Whether colours are coded as for high definition (ITU-R BT.709), not as BT.601.
    """

    code: str
    width: int
    height: int
    line: int = 0
    full: bool = False
    rec709: bool = False


def take(camera):
    """Take a picture now.

    Parameters
    ----------
    camera : str
        The device, such as /dev/video0.

    Returns
    -------
    PIL.Image.Image
        Mode RGB.

    Raises
    ------
    KitError
        If there is no such camera, it is busy, was pulled out, or gives no picture.
    """
    if not Path(camera).exists():
        raise KitError(f"There is no camera {camera}; plug it in, or see which there are in /dev.")
    offered = re.findall(r"\[\d+\]: '(.{4})'", _ask(camera, "--list-formats").decode())
    code = next((code for code in FORMATS if code in offered), None)
    if code is None:
        told = ", ".join(offered) or "none"
        raise KitError(
            f"The camera {camera} offers pictures as {told}, but only {', '.join(FORMATS)} can be "
            "read here; use another camera."
        )
    wanted = f"--set-fmt-video=width={WIDTH},height={HEIGHT},pixelformat={code}"
    form = read_format(_ask(camera, wanted, "--get-fmt-video").decode())
    stream = ("--stream-mmap=3", f"--stream-skip={SKIPPED}", "--stream-count=1", "--stream-to=-")
    content = _ask(camera, wanted, *stream)
    try:
        return to_image(content, form)
    except (OSError, ValueError):
        raise KitError(
            f"The camera {camera} gave no whole picture ({len(content)} bytes); check its cable."
        ) from None


def read_format(told):
    """Read what v4l2-ctl tells of a format; raises KitError if that is no such text."""
    facts = dict(re.findall(r"^\s*([A-Z][^:\n]*?)\s*: (.*)$", told, re.MULTILINE))
    try:
        width, height = map(int, facts["Width/Height"].split("/"))
        return Format(
            re.match("'(.{4})'", facts["Pixel Format"])[1],
            width,
            height,
            int(facts["Bytes per Line"]),
            "Full" in facts.get("Quantization", ""),
            "709" in facts.get("YCbCr/HSV Encoding", ""),
        )
    except (KeyError, ValueError, TypeError):
        raise KitError(f"{PROGRAM} does not tell the camera's format; update v4l-utils.") from None


def to_image(content, form):
    """Make a picture of what a camera delivered.

    Parameters
    ----------
    content : bytes
        One frame.
    form : Format
        How it is coded.

    Returns
    -------
    PIL.Image.Image
        Mode RGB.

    Raises
    ------
    OSError, ValueError
        If it is not whole.
    """
    if form.code in ("MJPG", "JPEG"):
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            return image.convert("RGB")
    pixel = 2 if form.code == "YUYV" else 3
    used = form.width * pixel
    lines = np.frombuffer(content, np.uint8, form.height * max(form.line, used))
    lines = lines.reshape(form.height, -1)[:, :used]
    if form.code == "RGB3":
        return Image.fromarray(np.ascontiguousarray(lines.reshape(form.height, form.width, 3)))
    return Image.fromarray(_from_yuyv(lines.reshape(form.height, -1, 4), form))


def _from_yuyv(pairs, form):
    """Turn pairs of pixels, two of brightness with one colour, into RGB (ITU-R BT.601, BT.709)."""
    y = pairs[..., 0::2].reshape(form.height, form.width).astype(np.float32)
    u, v = (np.repeat(pairs[..., k].astype(np.float32) - 128, 2, axis=1) for k in (1, 3))
    if not form.full:
        y, u, v = (y - 16) * (255 / 219), u * (255 / 224), v * (255 / 224)
    red, blue = (0.2126, 0.0722) if form.rec709 else (0.299, 0.114)
    green = 1 - red - blue
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    g = (y - red * r - blue * b) / green
    return np.clip(np.stack([r, g, b], axis=2) + 0.5, 0, 255).astype(np.uint8)


def _ask(camera, *words):
    """Run v4l2-ctl; return what it writes, or say in one sentence why it wrote nothing."""
    try:
        ran = subprocess.run([PROGRAM, "-d", camera, *words], capture_output=True, timeout=SECONDS)
    except FileNotFoundError:
        raise KitError(
            f"The program {PROGRAM} is missing; install the package v4l-utils."
        ) from None
    except subprocess.TimeoutExpired:
        raise KitError(
            f"The camera {camera} gives no picture within {SECONDS} s; pull it out and plug it "
            "in again."
        ) from None
    if ran.stdout and ran.returncode == 0:
        return ran.stdout
    told = ran.stderr + ran.stdout[-500:]
    raise KitError(_reason(camera, told.decode(errors="replace")))


def _reason(camera, told):
    """Make one sentence of what v4l2-ctl complains of."""
    if not Path(camera).exists() or "No such device" in told:
        return f"The camera {camera} was pulled out; plug it in again."
    if "busy" in told:
        return f"The camera {camera} is used by another program; end that one."
    if "Permission denied" in told:
        return f"The camera {camera} may not be opened; add this user to the group video."
    if "Unable to detect" in told or "Inappropriate ioctl" in told:
        return f"{camera} is no camera; see which there are in /dev."
    last = next(iter(told.strip().splitlines()[-1:]), "no reason given")
    return f"The camera {camera} gives no picture ({last[:100].strip()}); plug it in again."
