"""Open one picture, whatever phone or program wrote it, as plain RGB pixels.

Whole, as the square that a model sees, or as a thumbnail that checks and audits share.
"""

import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import KitError
from ..places import shown

# What an old laptop can spare, in bytes, by about what opening takes a pixel: plain colours; a
# palette or transparency; values of more than 8 bits, which are scaled.
MOST_BYTES = 1_000_000_000
PLAIN, SEE_THROUGH, DEEP = 10, 20, 45
SIDE = 64  # of a thumbnail, in pixels
# Beginnings of files that often lie among photos, with what to do about each.
FOREIGN = (
    (b"%PDF", "is a PDF document", "Save its pictures as JPEG."),
    (b"PK\x03\x04", "is a ZIP archive or an office document", "Unpack it, or delete it."),
    (b"<svg", "is a drawing (SVG), not a photo", "Export it as PNG."),
    (b"<!doctype html", "is a web page, not a picture", "Download the picture itself again."),
    (b"<html", "is a web page, not a picture", "Download the picture itself again."),
    (b"\xff\x0a", "is a JPEG XL picture, which cannot be read here", "Save it as JPEG."),
    (b"\0\0\0\x0cjxl ", "is a JPEG XL picture, which cannot be read here", "Save it as JPEG."),
    (b"II*\0", "is a broken TIFF, or of a kind that is not read here", "Save it as PNG."),
    (b"MM\0*", "is a broken TIFF, or of a kind that is not read here", "Save it as PNG."),
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
DEPTHS = (8, 10, 12, 14, 16)  # bits of the sensors of cameras, microscopes and scanners
# Of 16 bits a colour Pillow keeps the upper 8; with their two bytes swapped, the lower 8.
SWAPPED = {";16B": ";16L", ";16L": ";16B", ";16N": ";16B"}
MAX_SAMPLE_VALUE = 281  # TIFF tag of the value that is white; 65535 is often a mere default


class PictureProblem(KitError):
    """A file that cannot be used as a picture.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    reason : str
        What is wrong with it, as the end of a sentence: "is empty".
    advice : str
        What to do about it, as a sentence.
    """

    def __init__(self, path, reason, advice):
        self.path, self.reason, self.advice = Path(path), reason, advice
        super().__init__(f"{shown(self.path.name)} {reason}. {advice}")


def open_picture(path, at_least=None):
    """Read a picture as upright RGB.

    Parameters
    ----------
    path : str or pathlib.Path
        A file in any format that Pillow reads.
    at_least : int, optional
        Width and height in pixels that will do. A large JPEG is then decoded at a half, a
        quarter or an eighth of its size, which is many times faster and needs less memory;
        other large pictures are reduced as soon as they are decoded.

    Returns
    -------
    PIL.Image.Image
        Mode RGB. Turned as its EXIF data say, transparent parts white, of an animation the
        first picture. Values of more than 8 bits are scaled to 8, and white is what the sensor
        could give at most: of 10, 12, 14 or 16 bits the fewest that hold the brightest pixel,
        since a file seldom says how many of its 16 bits are used. So each picture is scaled by
        itself, in a folder as at a station; photos of one sensor are scaled alike as long as
        each reaches a quarter of its range. Decimal numbers up to 1 count from black to white,
        and where some lie below 0, from the lowest to the highest.

    Raises
    ------
    PictureProblem
        Says what is wrong with the file, and what to do.
    """
    path = Path(path)
    try:
        if not path.is_file():
            # A pipe or a device could keep the reader waiting for ever, so it is not opened.
            raise _problem_of_place(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata; pixels are what counts
            with Image.open(path) as image:
                return _upright_rgb(path, image, at_least)
    except PictureProblem:
        raise
    except PermissionError:
        advice = "Allow reading it in the properties of the file, or copy it again."
        raise PictureProblem(path, "may not be read", advice) from None
    except Image.DecompressionBombError:
        raise _too_large(path) from None
    except UnidentifiedImageError:
        raise _diagnose(path) from None
    except MemoryError:
        raise _too_large(path) from None
    except Exception as error:  # a broken file can raise nearly anything inside a decoder
        raise _broken(path, error) from error


def square(image, size):
    """Cut the middle square out of a picture and scale it.

    Parameters
    ----------
    image : PIL.Image.Image
        Mode RGB.
    size : int
        Width and height of the result in pixels.

    Returns
    -------
    numpy.ndarray
        uint8, ``(size, size, 3)``.
    """
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    # Cut first: scaling with a box would mix in what lies beyond its edge.
    return np.asarray(image.crop(box).resize((size, size), Image.Resampling.BILINEAR))


def _upright_rgb(path, image, at_least):
    if at_least is not None:
        # Twice the wished size keeps the later scaling as sharp as that of the whole picture.
        image.draft("RGB", (2 * at_least, 2 * at_least))
    stored = _stored_as(image)
    deep = image.mode in ("I", "F") or image.mode.startswith("I;16") or stored[-4:] in SWAPPED
    see_through = (
        image.mode in ("P", "PA", "LA", "RGBA", "La", "RGBa") or image.has_transparency_data
    )
    most = MOST_BYTES // (DEEP if deep else SEE_THROUGH if see_through else PLAIN)
    if image.width * image.height > most:
        raise _too_large(path, most)
    image.load()
    if stored[-4:] in SWAPPED:
        _use_all_bits(path, image, stored)
    if at_least is not None:
        image = _reduced(image, min(image.size) // (2 * at_least))
    try:
        ImageOps.exif_transpose(image, in_place=True)  # a copy of a large photo takes 48 MB
    except Exception:  # damaged EXIF data: the picture itself is whole
        pass
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _stored_as(image):
    """Pillow's name for how the file stores its pixels, such as "RGB;16B"; "" if unknown."""
    told = image.tile[0][3] if image.tile else ""
    return str(told[0] if isinstance(told, tuple) and told else told)


def _use_all_bits(path, image, stored):
    """Scale a colour picture of 10, 12 or 14 bits in 16, of which Pillow keeps the upper 8."""
    upper = np.asarray(image)
    colours = len(image.getbands()) - image.mode.endswith("A")
    if image.mode not in ("RGB", "RGBA") or upper[..., :colours].max() >= 64:
        return
    lower = 0  # of grey with transparency Pillow gives no lower ones
    if not stored.startswith("LA"):
        with Image.open(path) as again:
            turned = stored[:-4] + SWAPPED[stored[-4:]]
            again.tile = [
                tile._replace(args=(turned, *tile.args[1:]) if tile.args != stored else turned)
                for tile in again.tile
            ]
            again.load()
            lower = np.asarray(again)
    values = upper.astype(np.uint16) * 256 + lower
    factor = np.float32(255 / _white(values[..., :colours].max()))
    seen = np.clip(np.round(values * factor), 0, 255)
    seen = seen.astype(np.uint8)
    seen[..., colours:] = upper[..., colours:]
    image.paste(Image.fromarray(seen))


def _white(highest):
    """The value that means white, of whole numbers from 0 up to `highest`."""
    return next((2**bits - 1 for bits in DEPTHS if highest < 2**bits), highest)


def _reduced(image, factor):
    """Average squares of pixels, so that cutting and scaling need no second large picture."""
    plain = image.mode in ("L", "RGB", "RGBA") and "transparency" not in image.info
    return image.reduce(factor) if plain and factor > 1 else image


def _eight_bits(image):
    """Scale grey values of 16 or 32 bits; Pillow's own conversion would cut them off at 255."""
    values = np.asarray(image).astype(np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    lowest, highest = values.min(), values.max()
    told = getattr(image, "tag_v2", {}).get(MAX_SAMPLE_VALUE)
    told = told[0] if isinstance(told, tuple) and told else told
    white = _white(highest)
    if lowest < 0:  # no amount of light: measured, or made to have the mean 0
        values, white = values - lowest, highest - lowest
    elif image.mode == "F" and highest < 2:  # sharpening takes some a little above 1
        white = 1
    elif isinstance(told, int) and max(255, highest) <= told < 65535:
        white = told
    values = values * (255 / (white or 1))
    grey = np.clip(np.round(values), 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _problem_of_place(path):
    if path.is_symlink():
        return PictureProblem(path, "is a link that leads nowhere", "Copy the file itself here.")
    if path.exists():
        return PictureProblem(path, "is not a file", "Name a picture.")
    return PictureProblem(path, "is not there", "Check its name, or read the folder again.")


def _too_large(path, most=MOST_BYTES // PLAIN):
    reason = f"is too large (more than {most // 1_000_000} million pixels of its kind)"
    return PictureProblem(path, reason, "Save a smaller copy, 4,000 pixels wide or less.")


def _broken(path, error):
    if "truncated" in str(error).lower() or "unexpected end" in str(error).lower():
        return PictureProblem(
            path, "is cut short: its end is missing", "Copy it again, or delete it."
        )
    if isinstance(error, OSError) and error.strerror:
        reason = f"cannot be read ({error.strerror.lower()})"
        return PictureProblem(path, reason, "Copy it again, or check the disk.")
    return PictureProblem(path, "is broken", "Copy it again from the phone, or delete it.")


def _diagnose(path):
    """Say what a file is that Pillow does not know."""
    with open(path, "rb") as file:
        head = file.read(512)
    if not head:
        return PictureProblem(path, "is empty (0 bytes)", "Copy it again, or delete it.")
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        advice = (
            "Open it on the phone and share or save it as JPEG; for new photos set the camera "
            "to JPEG ('Most compatible')."
        )
        return PictureProblem(path, "is a HEIC photo, which cannot be read here", advice)
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"):
        return PictureProblem(
            path, "is an AVIF picture, which cannot be read here", "Save it as JPEG."
        )
    if head[4:8] == b"ftyp" or head[:4] == b"\x1a\x45\xdf\xa3":
        return PictureProblem(path, "is a video", "Save single pictures of it as JPEG.")
    for beginning, reason, advice in FOREIGN:
        if head.lstrip().lower().startswith(beginning.lower()):
            return PictureProblem(path, reason, advice)
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF")):
        return PictureProblem(path, "is broken", "Copy it again from the phone, or delete it.")
    if _is_text(head):
        return PictureProblem(path, "is a text, not a picture", "Delete it, or move it elsewhere.")
    return PictureProblem(path, "is not a picture", "Delete it, or save the photo again as JPEG.")


def _is_text(head):
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < 512 else "ignore")
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\r\n\t\f" for letter in text)


def thumbnail(path):
    """Shrink a whole photo to a small square, without cutting anything off.

    Parameters
    ----------
    path : pathlib.Path
        A picture.

    Returns
    -------
    numpy.ndarray
        uint8, ``(64, 64, 3)``, not to be written to. Kept in memory (12 kB a photo) until the
        file changes, since checking a folder, splitting it and auditing it all need it.

    Raises
    ------
    PictureProblem
        If the file cannot be read as a picture.
    """
    try:
        state = path.stat()
    except OSError:
        return _shrink(path)  # names the problem in words
    return _kept(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=20_000)
def _kept(path, _changed, _bytes):
    return _shrink(path)


def _shrink(path):
    image = open_picture(path, SIDE).resize((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(image)
    small.flags.writeable = False
    return small
