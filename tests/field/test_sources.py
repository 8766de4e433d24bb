"""Pictures from a folder: each once, whatever lies there and however it comes there."""

import io
import os

import numpy as np
import pytest
from PIL import Image
from test_records import add

from lowres_kit.errors import KitError
from lowres_kit.field.device import sources
from lowres_kit.field.device.sources import FolderSource
from lowres_kit.field.store.records import Records


def jpeg(seed=0, size=64):
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


class Place:
    """A folder, its source, and what came of it; files age by hand so that tests need not wait."""

    def __init__(self, tmp_path):
        self.folder = tmp_path / "incoming"
        self.folder.mkdir()
        self.records, self.said, self.clock = Records(tmp_path / "records.db"), [], 10**9
        self.open()

    def open(self):
        self.source = FolderSource(self.folder, self.records, 48, self.said.append)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        self.clock += 1
        os.utime(path, (self.clock, self.clock))
        return path

    def look(self):
        """Take in what is new; return the names."""
        taken = []
        for picture in self.source.pictures():
            add(self.records, picture.source, digest=picture.digest, stamp=picture.stamp)
            taken.append(picture.source)
        return taken


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "SETTLE", 0.01)
    place = Place(tmp_path)
    yield place
    place.records.close()


def test_each_file_once_the_oldest_first(place):
    place.write("b.jpg", jpeg(1))
    place.write("a.JPG", jpeg(2))
    place.write("notes.txt", b"not a picture")
    place.write(".hidden.jpg", jpeg(3))
    (place.folder / "sub.jpg").mkdir()
    assert place.look() == ["b.jpg", "a.JPG"] and place.look() == []
    place.write("c.jpg", jpeg(3))
    assert place.look() == ["c.jpg"]
    place.open()  # as after a power cut: the database knows
    assert place.look() == [] and place.said == []
    assert len(list(place.folder.iterdir())) == 6  # nothing was moved or deleted


def saved_as(kind):
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg(1))).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jfif", "JPEG"), ("a.JPE", "JPEG"), ("a.tif", "TIFF"), ("a.gif", "GIF"),
     ("a.jp2", "JPEG2000"), ("a.heif", "JPEG"), ("photo", "PNG"), ("a.strange", "WEBP"), ("a.ppm", "PPM")],
)  # fmt: skip
def test_what_can_be_read_is_answered_whatever_its_ending(place, name, kind):
    place.write(name, saved_as(kind))
    assert place.look() == [name] and place.said == [] and place.source.refused == {}


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(80)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("a.heif", HEIC, "HEIC photo"), ("a.hif", HEIC, "HEIC photo"), ("a.cr2", os.urandom(900), ""),
     ("a.mp4", b"\0\0\0\x18ftypisom" + bytes(99), "is a video"), ("a.zip", b"PK\3\4", "ZIP")],
)  # fmt: skip
def test_what_cannot_be_read_is_told_once(place, name, content, told):
    path = place.write(name, content)
    place.write("good.jpg", jpeg())
    assert place.look() == ["good.jpg"] and place.look() == []
    [said] = place.said
    assert said.startswith(f"{name} is") and told in said
    assert place.source.refused == {name: said}
    path.write_bytes(jpeg(2))  # as a person mends it
    assert place.look() == [name] and place.source.refused == {}


def test_a_long_video_is_not_read_to_its_end(place, monkeypatch):
    place.write("a.mp4", b"\0\0\0\x18ftypisom" + bytes(99))
    monkeypatch.setattr(sources.hashlib, "file_digest", None)
    assert place.look() == [] and "is a video" in place.said[0]


def test_a_folder_is_told_and_what_others_leave_is_not(place):
    place.write("a.jpg", jpeg())
    for name in ("a.jpg.part", "b.crdownload", "IMG_1.AAE", "Thumbs.db", "._a.jpg", "a.json"):
        place.write(name, jpeg(7))
    for name in ("@eaDir", "DCIM", "empty"):
        (place.folder / name).mkdir()
    for name in ("@eaDir", "DCIM"):
        place.write(f"{name}/b.jpg", jpeg(8))
    assert place.look() == ["a.jpg"] and place.look() == []
    assert len(place.said) == 1 and place.said[0].startswith("DCIM is a folder")
    (place.folder / "DCIM" / "b.jpg").unlink()
    assert place.look() == [] and place.source.refused == {}


def test_copied_again_is_the_same_and_another_picture_of_the_name_is_not(place):
    place.write("a.jpg", jpeg(1))
    assert place.look() == ["a.jpg"]
    place.write("a.jpg", jpeg(1))
    assert place.look() == []
    place.write("a.jpg", jpeg(2))
    place.write("copy of a.jpg", jpeg(1))
    assert place.look() == ["a.jpg", "copy of a.jpg"]


def test_a_record_that_was_not_written_is_tried_again(place):
    place.write("a.jpg", jpeg(1))
    place.write("b.jpg", jpeg(2))
    for picture in place.source.pictures():
        assert picture.source == "a.jpg"
        break  # as when the disk is full
    assert place.look() == ["a.jpg", "b.jpg"]


def test_a_file_that_grows_is_left_until_it_is_whole(place, monkeypatch):
    content, steps = jpeg(1), iter([1000, 2000])
    path = place.write("a.jpg", content[:500])

    def growing(seconds):
        path.write_bytes(content[: next(steps)])
        os.utime(path, (1, 1))  # the size alone must be enough

    monkeypatch.setattr(sources.time, "sleep", growing)
    assert place.look() == [] and place.look() == [] and place.said == []
    monkeypatch.setattr(sources.time, "sleep", lambda seconds: path.write_bytes(content))
    assert place.look() == []
    monkeypatch.setattr(sources.time, "sleep", lambda seconds: None)
    assert place.look() == ["a.jpg"] and place.said == []


def test_copying_that_stalls_is_told_and_the_whole_file_taken_later(place):
    content = jpeg(1)
    place.write("a.jpg", content[:-600])
    place.write("b.jpg", jpeg(2))
    assert place.look() == ["b.jpg"]
    assert len(place.said) == 1 and place.said[0].startswith("a.jpg is cut short")
    assert place.look() == [] and len(place.said) == 1  # told once
    place.write("a.jpg", content)
    assert place.look() == ["a.jpg"]


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"hello", "text"), (b"%PDF-1.4", "PDF"), (os.urandom(900), "not a pict")],
)
def test_broken_files_are_told_by_name_and_stop_nothing(place, content, told):
    place.write("bad.jpg", content)
    place.write("good.jpg", jpeg())
    assert place.look() == ["good.jpg"]
    assert place.said[0].startswith("bad.jpg") and told in place.said[0]


def test_a_file_that_changes_while_it_is_read_is_taken_as_it_is_then(place, monkeypatch):
    path = place.write("a.jpg", jpeg(1))

    def replaced(*arguments):
        image = sources_open(*arguments)
        path.write_bytes(jpeg(2))
        return image

    sources_open = sources.open_picture
    monkeypatch.setattr(sources, "open_picture", replaced)
    assert place.look() == []
    monkeypatch.setattr(sources, "open_picture", sources_open)
    assert place.look() == ["a.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode on Windows")
def test_strange_names(place):
    name = os.fsdecode(b"caf\xe9\n1.jpg")
    place.write(name, jpeg(1))
    place.write("bl\u00e4tt.jpg", jpeg(2))
    assert place.look() == ["caf\\xe9\\x0a1.jpg", "bl\u00e4tt.jpg"]
    place.open()
    assert place.look() == []


def test_a_folder_that_is_not_there(place):
    place.folder.rmdir()
    with pytest.raises(KitError, match="incoming cannot be read"):
        list(place.source.pictures())
    place.folder.mkdir()
    place.write("a.jpg", jpeg())
    assert place.look() == ["a.jpg"]


def test_the_end_is_not_kept_waiting(tmp_path, place):
    for k in range(3):
        place.write(f"{k}.jpg", jpeg(k))
    ended = []
    place.source = FolderSource(place.folder, place.records, 48, print, lambda: bool(ended))
    for picture in place.source.pictures():
        ended.append(picture.source)
    assert ended == ["0.jpg"]
