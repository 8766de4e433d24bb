"""Every way in which a phone, a camera or a bad copy can store a picture."""

import io
import os
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lowres_kit.data.pictures import MOST_BYTES, PLAIN, PictureProblem, open_picture, square
from lowres_kit.errors import KitError


def corners(image):
    """Colour of the four corners: enough to see how a picture was turned."""
    width, height = image.size
    spots = ((2, 2), (width - 3, 2), (width - 3, height - 3), (2, height - 3))
    names = {(255, 0, 0): "red", (0, 255, 0): "green", (0, 0, 255): "blue", (0, 0, 0): "black"}
    return [names[tuple(int(round(c / 255)) * 255 for c in image.getpixel(spot))] for spot in spots]


def four_colours(width=60, height=40):
    """Red, green, blue and black from the upper left corner on, clockwise."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2, 0] = 255
    pixels[: height // 2, width // 2 :, 1] = 255
    pixels[height // 2 :, width // 2 :, 2] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "bmp", "gif", "tiff", "ppm"])
def test_common_formats(tmp_path, ending):
    four_colours().save(tmp_path / f"photo.{ending}")
    image = open_picture(tmp_path / f"photo.{ending}")
    assert image.mode == "RGB" and image.size == (60, 40)
    assert corners(image) == ["red", "green", "blue", "black"]


# What the camera stored, and how to turn it, for each of the eight values of EXIF orientation.
UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", UNDO)
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff"])
def test_exif_rotation(tmp_path, orientation, ending):
    upright = four_colours()
    stored = upright if UNDO[orientation] is None else upright.transpose(UNDO[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / f"photo.{ending}", exif=exif)
    image = open_picture(tmp_path / f"photo.{ending}", at_least=8)
    assert corners(image) == ["red", "green", "blue", "black"]


def test_damaged_exif_does_not_lose_the_picture(tmp_path):
    four_colours().save(
        tmp_path / "photo.jpg", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff\x01"
    )
    assert open_picture(tmp_path / "photo.jpg").size == (60, 40)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "RGBA", "LA", "LAB", "PA"])
def test_colour_modes_keep_light_and_dark(tmp_path, mode):
    light_left = np.zeros((40, 40, 3), np.uint8)
    light_left[:, :20] = 250
    first = {"LA": "L", "PA": "P"}.get(mode, "RGB")
    stored = Image.fromarray(light_left).convert(first)
    if mode == "LAB":
        stored = Image.new("LAB", (40, 40), (0, 128, 128))
        stored.paste((255, 128, 128), (0, 0, 20, 40))
    ending = {"CMYK": "jpg", "YCbCr": "jpg", "LAB": "tif", "PA": "tif"}.get(mode, "png")
    stored = stored.convert(mode)
    stored.save(tmp_path / f"photo.{ending}")
    seen = np.asarray(open_picture(tmp_path / f"photo.{ending}")).mean(axis=2)
    assert seen[20, 8] > 225 and seen[20, 32] < 25


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_sixteen_bits_are_scaled(tmp_path, ending):
    values = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (64, 1))
    Image.fromarray(values).save(tmp_path / f"photo.{ending}")
    seen = np.asarray(open_picture(tmp_path / f"photo.{ending}"))[0, :, 0]
    assert seen[0] == 0 and seen[-1] == 255 and abs(int(seen[32]) - 129) <= 2


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0, 1e6])
def test_float_pictures_are_scaled(tmp_path, top):
    values = np.tile(np.linspace(0, top, 64, dtype=np.float32), (8, 1))
    values[0, 0] = np.nan
    Image.fromarray(values).save(tmp_path / "photo.tiff")
    seen = np.asarray(open_picture(tmp_path / "photo.tiff"))[1, :, 0]
    assert seen[0] == 0 and seen[-1] == 255 and abs(int(seen[32]) - 129) <= 2


def ramp(top, width=64):
    """Values from 0 to `top`, evenly, from left to right."""
    return np.tile(np.linspace(0, top, width).astype(np.uint16), (8, 1))


def seen_in(path):
    """What is read of the second row."""
    return np.asarray(open_picture(path))[1].astype(int)


@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_fewer_bits_in_sixteen_fill_the_whole_range(tmp_path, bits, ending):
    Image.fromarray(ramp(2**bits - 1)).save(tmp_path / f"grey.{ending}")
    seen = seen_in(tmp_path / f"grey.{ending}")
    assert seen[0].tolist() == [0, 0, 0] and seen[-1].tolist() == [255] * 3
    assert np.abs(seen[:, 0] - np.linspace(0, 255, 64)).max() <= 1


def test_pictures_of_one_sensor_are_scaled_alike(tmp_path):
    """Of 12 bits, one that reaches 1,100 is as much darker as it was."""
    for top in (1100, 2200):
        Image.fromarray(ramp(top)).save(tmp_path / f"{top}.png")
    dark, light = (seen_in(tmp_path / f"{top}.png")[-1, 0] for top in (1100, 2200))
    assert (dark, light) == (round(1100 / 4095 * 255), round(2200 / 4095 * 255))


def test_a_tiff_may_say_what_is_white(tmp_path):
    Image.fromarray(ramp(900)).save(tmp_path / "dark.tif", tiffinfo={281: 4095})
    assert seen_in(tmp_path / "dark.tif")[-1, 0] == round(900 / 4095 * 255)


def colours_of_sixteen_bits(values):
    """Write a PNG of 16 bits a colour, which Pillow reads and does not write."""
    height, width, bands = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    kind = {2: 4, 3: 2, 4: 6}[bands]
    return png(head + bytes([16, kind, 0, 0, 0]), zlib.compress(rows))


@pytest.mark.parametrize(("bits", "off"), [(10, 1), (12, 1), (14, 1), (16, 2)])
@pytest.mark.parametrize("alpha", [False, True])
def test_fewer_bits_of_sixteen_a_colour(tmp_path, bits, off, alpha):
    values = np.dstack([ramp(2**bits - 1), ramp(2**bits - 1)[:, ::-1], ramp(0)])
    if alpha:
        values = np.dstack([values, np.full_like(ramp(0), 65535)])
    (tmp_path / "colour.png").write_bytes(colours_of_sixteen_bits(values))
    seen = seen_in(tmp_path / "colour.png")
    expected = values[1, :, :3] / (2**bits - 1) * 255
    assert np.abs(seen - expected).max() <= off


def test_sixteen_bits_of_grey_with_transparency(tmp_path):
    values = np.dstack([ramp(4095), np.full_like(ramp(0), 65535)])
    (tmp_path / "grey.png").write_bytes(colours_of_sixteen_bits(values))
    assert seen_in(tmp_path / "grey.png").max() > 225


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.03), (-1.0, 1.0), (-300.0, 1200.0), (0.0, 4095.0)]
)
def test_decimal_numbers_of_any_range_can_be_seen(tmp_path, low, high):
    values = np.tile(np.linspace(low, high, 64, dtype=np.float32), (8, 1))
    Image.fromarray(values).save(tmp_path / "measured.tif")
    seen = seen_in(tmp_path / "measured.tif")[:, 0]
    assert seen[0] == 0 and seen[-1] == 255 and (np.diff(seen) >= 0).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_become_white(tmp_path, mode):
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 10, 20))
    stored = image.quantize(4) if mode == "P" else image.convert(mode)
    stored.save(tmp_path / "logo.png")
    seen = open_picture(tmp_path / "logo.png")
    assert seen.getpixel((15, 10)) == (255, 255, 255)
    assert max(seen.getpixel((5, 10))) < 10


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "tiff"])
def test_of_an_animation_the_first_picture(tmp_path, ending):
    first, second = Image.new("RGB", (20, 20), (250, 0, 0)), Image.new("RGB", (20, 20), (0, 0, 250))
    first.save(tmp_path / f"moving.{ending}", save_all=True, append_images=[second])
    seen = open_picture(tmp_path / f"moving.{ending}").getpixel((10, 10))
    assert seen[0] > 200 and seen[2] < 50


def as_bytes(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(head, data):
    """Put together a PNG of its header and its packed rows."""
    chunk = lambda kind, data: (  # noqa: E731
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    )
    content = chunk(b"IHDR", head) + chunk(b"IDAT", data)
    return b"\x89PNG\r\n\x1a\n" + content + chunk(b"IEND", b"")


def bomb(width=30_000, height=30_000):
    """Make a PNG of a few hundred bytes that claims to hold 900 million pixels."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return png(head, zlib.compress(bytes(1000)))


PHOTO = four_colours(300, 200)
BAD = {
    "empty.jpg": (b"", "empty"),
    "note.jpg": (b"remember to water the plants\n", "is a text"),
    "page.jpg": (b"<!DOCTYPE html><html>not found</html>", "web page"),
    "letter.png": (b"%PDF-1.7 and so on" + bytes(100), "PDF"),
    "archive.png": (b"PK\x03\x04" + bytes(100), "ZIP"),
    "drawing.png": (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "drawing"),
    "phone.heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(80), "HEIC"),
    "renamed.jpg": (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic" + bytes(80), "HEIC"),
    "clip.jpg": (b"\x00\x00\x00\x18ftypisom" + bytes(100), "video"),
    "next.jxl": (b"\xff\x0a" + bytes(80), "JPEG XL"),
    "bands.tif": (b"II*\0" + bytes(80), "TIFF"),
    "noise.jpg": (bytes(range(128, 256)) * 4, "not a picture"),
    "cut.jpg": (as_bytes(PHOTO, "JPEG")[:-900], "cut short"),
    "cut.png": (as_bytes(PHOTO, "PNG")[:150], ""),
    "head.jpg": (as_bytes(PHOTO, "JPEG")[:12], "cut short"),
    "bomb.png": (bomb(), "too large"),
    "bomb2.png": (bomb(11_000, 10_000), "too large"),
    "cut.gif": (as_bytes(PHOTO, "GIF")[:200], ""),
    "cut.webp": (as_bytes(PHOTO, "WEBP")[:80], ""),
    "cut.tiff": (as_bytes(PHOTO, "TIFF")[:500], ""),
    "cut.bmp": (as_bytes(PHOTO, "BMP")[:500], ""),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named_with_a_way_out(tmp_path, name):
    content, reason = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PictureProblem) as caught:
        open_picture(tmp_path / name)
    problem = caught.value
    assert isinstance(problem, KitError)
    assert reason in problem.reason
    assert problem.advice.endswith(".") and len(problem.advice) > 10
    assert str(problem).startswith(name) and str(tmp_path) not in str(problem)


def test_the_limit_of_the_bomb_test_is_that_of_the_code():
    assert 11_000 * 10_000 > MOST_BYTES // PLAIN


@pytest.mark.parametrize(
    ("mode", "millions"), [("I;16", 24), ("F", 24), ("LA", 55), ("RGBA", 55), ("P", 55)]
)
def test_what_takes_more_memory_a_pixel_may_have_fewer(mode, millions, tmp_path):
    """A file of 800 kB took a station 5 GB: 16 bits a colour, scaled in decimal numbers."""
    side = int((millions * 1e6) ** 0.5) + 1
    Image.new(mode, (side, side)).save(tmp_path / "large.tif", compression="tiff_lzw")
    with pytest.raises(PictureProblem, match="too large"):
        open_picture(tmp_path / "large.tif", 64)


def test_what_is_no_file(tmp_path):
    for place in (tmp_path, tmp_path / "missing.jpg"):
        with pytest.raises(PictureProblem):
            open_picture(place)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_does_not_wait_for_ever(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PictureProblem, match="not a file"):
        open_picture(tmp_path / "pipe.jpg")


def test_forbidden_file(tmp_path, monkeypatch):
    four_colours().save(tmp_path / "locked.png")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(PictureProblem, match="may not be read"):
        open_picture(tmp_path / "locked.png")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_gives_a_picture_or_a_problem(tmp_path_factory, data):
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"]))
    content = bytearray(as_bytes(four_colours(40, 30), kind))
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    try:
        assert open_picture(path).mode == "RGB"
    except PictureProblem as problem:
        assert problem.reason and problem.advice


@pytest.mark.parametrize(
    ("ending", "mode"),
    [("jpg", "RGB"), ("jpg", "L"), ("png", "RGB"), ("png", "L"), ("png", "RGBA"), ("png", "P")],
)
def test_a_large_photo_is_read_at_a_part_of_its_size(tmp_path, ending, mode):
    path = tmp_path / f"phone.{ending}"
    photo = four_colours(4000, 3000)
    if mode == "RGBA":
        photo.putalpha(Image.linear_gradient("L").resize(photo.size))
    photo.convert(mode).save(path)
    small = open_picture(path, at_least=160)
    if mode != "P":  # numbers of colours have no mean, so these stay as they are
        assert min(small.size) < 1000, "kept whole: 36 MB"
    assert min(small.size) >= 320
    whole = square(open_picture(path), 160).astype(int)
    assert abs(square(small, 160).astype(int) - whole).mean() < 2


def test_one_transparent_colour_is_white_in_a_large_picture_too(tmp_path):
    stripes = np.zeros((1500, 2000, 3), np.uint8)
    stripes[::2] = (200, 0, 0)
    photo = Image.fromarray(stripes)
    photo.save(tmp_path / "drawn.png", transparency=(200, 0, 0))
    small = square(open_picture(tmp_path / "drawn.png", at_least=100), 100).astype(int)
    whole = square(open_picture(tmp_path / "drawn.png"), 100).astype(int)
    assert abs(small - 127.5).max() < 3  # half white, half black
    assert abs(small - whole).mean() < 2


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_square_is_the_middle(width, height, size):
    pixels = square(Image.new("RGB", (width, height), (7, 8, 9)), size)
    assert pixels.shape == (size, size, 3) and pixels.dtype == np.uint8
    assert (pixels == (7, 8, 9)).all()


def test_square_cuts_the_sides_off():
    wide = Image.new("RGB", (300, 100), "black")
    wide.paste("white", (100, 0, 200, 100))
    assert square(wide, 50).min() == 255
