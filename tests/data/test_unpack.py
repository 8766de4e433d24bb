"""A zip file that somebody hands in may hold anything."""

import io
import os
import stat
import zipfile

import pytest

from lowres_kit.data import unpack
from lowres_kit.data.unpack import unpack_pictures
from lowres_kit.errors import KitError


def pack(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def refuse(tmp_path, archive, match):
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(KitError, match=match):
        unpack_pictures(archive, tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == before, "nothing half-made may stay"


@pytest.mark.parametrize("top", ["", "train/", "some/thing/"])
def test_classes_are_found_at_any_depth(tmp_path, top):
    names = ["a/1.jpg", "a/2.JPG", "b/1.png"]
    archive = pack(tmp_path / "x.zip", [(top + name, name) for name in names])
    unpack_pictures(archive, tmp_path / "out", expected=3)
    found = (tmp_path / "out").rglob("*.*")
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in found) == names
    assert (tmp_path / "out" / "a" / "1.jpg").read_text() == "a/1.jpg"


def test_only_pictures_come_out(tmp_path):
    names = ["a/1.jpg", "a/run.exe", "b/2.png", "b/page.html", ".hidden/3.jpg", "loose.jpg",
             "a/@eaDir/4.jpg", "__MACOSX/a/5.jpg"]  # fmt: skip
    unpack_pictures(pack(tmp_path / "x.zip", [(n, b"x") for n in names]), tmp_path / "out")
    files = [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert sorted(files) == ["1.jpg", "2.png"]


@pytest.mark.parametrize(
    "name",
    [
        "../a/1.jpg",
        "a/../../1.jpg",
        "/etc/a/1.jpg",
        "C:/a/1.jpg",
        "a\\..\\1.jpg",
        "a/b\x01.jpg",
        "a/nul.jpg",
        "COM1/1.jpg",
        "a /1.jpg",
        "a/1.jpg.",
    ],
)
def test_a_name_that_leads_away_is_refused(tmp_path, name):
    archive = pack(tmp_path / "x.zip", [("a/0.jpg", b"x"), (name, b"x")])
    refuse(tmp_path, archive, "leads out")


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("a/link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    refuse(tmp_path, pack(tmp_path / "x.zip", [(link, "/etc/passwd")]), "a link")


def test_rare_packings_and_secrets_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a/1.jpg", b"x")
    refuse(tmp_path, tmp_path / "x.zip", "packed in a rare way")
    secret = bytearray(pack(tmp_path / "x.zip", [("a/1.jpg", b"x")]).read_bytes())
    secret[secret.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(secret)
    refuse(tmp_path, tmp_path / "x.zip", "a password")


def test_names_that_differ_below_the_classes_are_taken(tmp_path):
    names = ["./a/1.jpg", "A/2.jpg", "notes.txt", "Notes.TXT", "a/com.jpg", "a/console.jpg"]
    unpack_pictures(pack(tmp_path / "x.zip", [(n, b"x") for n in names]), tmp_path / "out", 4)


def test_a_bomb_is_refused(tmp_path):
    archive = pack(tmp_path / "x.zip", [("a/1.jpg", bytes(5_000_000))])
    refuse(tmp_path, archive, "grows beyond measure")


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MOST_FILES", 3)
    refuse(tmp_path, pack(tmp_path / "x.zip", [(f"a/{i}.jpg", b"") for i in range(4)]), "4 files")


def test_too_many_bytes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MOST_BYTES", 1000)
    entries = [(f"a/{i}.jpg", os.urandom(400)) for i in range(3)]
    refuse(tmp_path, pack(tmp_path / "x.zip", entries), "unpack to over")


def test_names_that_windows_takes_for_one_are_refused(tmp_path):
    refuse(tmp_path, pack(tmp_path / "x.zip", [("a/1.jpg", b""), ("a/1.JPG", b"")]), "twice")


def test_another_number_of_pictures_is_refused(tmp_path):
    archive = pack(tmp_path / "x.zip", [("a/1.jpg", b"")])
    with pytest.raises(KitError, match="holds 1 pictures, not 2"):
        unpack_pictures(archive, tmp_path / "out", expected=2)


def test_a_torn_file_is_told_in_words(tmp_path):
    archive = pack(tmp_path / "x.zip", [(f"a/{i}.jpg", os.urandom(3000)) for i in range(5)])
    whole = archive.read_bytes()
    for kept in (whole[:-50], whole[:4000], b"", b"no zip at all"):
        archive.write_bytes(kept)
        refuse(tmp_path, archive, "no whole zip file")


def test_damaged_bytes_inside_are_told_in_words(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a/1.jpg", b"x" * 1000)
    damaged = bytearray(buffer.getvalue())
    damaged[500] ^= 255
    (tmp_path / "x.zip").write_bytes(damaged)
    refuse(tmp_path, tmp_path / "x.zip", "no whole zip file")
