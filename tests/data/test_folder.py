"""Folders as learners bring them: with everything in them that does not belong there."""

import os
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowres_kit.data import PhotoSet, read_folder
from lowres_kit.errors import KitError


def reasons(photos):
    return {problem.path.name: problem.reason for problem in photos.problems}


def test_reads_classes_in_order(folder_of):
    photos = read_folder(folder_of(rust=3, healthy=2))
    assert photos.class_names == ("healthy", "rust")
    assert photos.counts() == {"healthy": 2, "rust": 3}
    assert photos.labels.dtype == np.int64 and photos.labels.tolist() == [0, 0, 1, 1, 1]
    assert photos.name == "photos" and not photos.simulated and photos.problems == ()
    assert photos.sources == ("",) * 5
    assert photos.read(32).shape == (5, 32, 32, 3)
    assert "5 photos (2 healthy, 3 rust)" in str(photos)


def test_pixels_are_those_of_the_files(folder_of, draw):
    photos = read_folder(folder_of(a=1, b=1))
    np.testing.assert_array_equal(photos.read(64)[1], np.asarray(draw(1000, 64, 64)))


def test_take_and_relabel(folder_of):
    photos = read_folder(folder_of(a=3, b=2))
    part = photos.take([4, 0])
    assert part.labels.tolist() == [1, 0] and part.class_names == photos.class_names
    assert [path.parent.name for path in part.paths] == ["b", "a"]
    mended = photos.relabel([0, 4], [1, 0])
    assert mended.labels.tolist() == [1, 0, 0, 1, 0]
    assert photos.labels.tolist() == [0, 0, 0, 1, 1], "the set itself stays as it is"


def test_a_folder_full_of_bad_files(folder_of, draw):
    folder = folder_of(healthy=3, rust=3)
    healthy = folder / "healthy"
    (healthy / "empty.jpg").touch()
    (healthy / "note.jpg").write_text("water the plants", encoding="utf-8")
    (healthy / "list.txt").write_text("water the plants", encoding="utf-8")
    content = (healthy / "000.png").read_bytes()
    (healthy / "cut.png").write_bytes(content[: len(content) // 2])
    draw(5).save(folder / "lost.jpg")
    (folder / "spots").mkdir()
    for silent in (".DS_Store", "Thumbs.db", "desktop.ini", "._000.png"):
        (healthy / silent).write_bytes(b"\x00\x01system")
    (folder / "__MACOSX").mkdir()
    (folder / ".git").mkdir()
    (folder / "README.md").write_text("my photos", encoding="utf-8")
    photos = read_folder(folder)
    assert photos.counts() == {"healthy": 3, "rust": 3}
    assert set(reasons(photos)) == {
        "empty.jpg", "note.jpg", "list.txt", "cut.png", "lost.jpg", "spots"
    }  # fmt: skip
    assert "outside" in reasons(photos)["lost.jpg"]
    assert "no usable photo" in reasons(photos)["spots"]
    assert "6 files left out" in str(photos)
    for problem in photos.problems:
        assert problem.path.name in str(problem) and str(folder.parent) not in str(problem)


def test_links(folder_of, tmp_path):
    folder = folder_of(a=2, b=2)
    try:
        (folder / "a" / "loop").symlink_to(folder, target_is_directory=True)
        (folder / "a" / "self.png").symlink_to(folder / "a" / "self.png")
        (folder / "a" / "gone.png").symlink_to(tmp_path / "gone.png")
        (folder / "b" / "good.png").symlink_to(folder / "a" / "001.png")
    except OSError:
        pytest.skip("this system allows no links")
    photos = read_folder(folder)
    assert photos.counts() == {"a": 2, "b": 3}
    assert set(reasons(photos)) == {"loop", "self.png", "gone.png"}


def test_a_pipe_in_a_class_folder(folder_of):
    folder = folder_of(a=2, b=2)
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes among its files")
    os.mkfifo(folder / "a" / "pipe")
    assert "pipe" in reasons(read_folder(folder))


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="nothing is forbidden to the administrator",
)
def test_forbidden_files_and_folders(folder_of):
    folder = folder_of(a=3, b=3)
    (folder / "a" / "000.png").chmod(0)
    (folder / "b" / "deep").mkdir(mode=0)
    photos = read_folder(folder)
    assert set(reasons(photos)) == {"000.png", "deep"} and len(photos) == 5


def test_unicode_names_in_both_spellings(tmp_path, draw):
    folder = tmp_path / "fotos"
    composed = "Maïs_été"
    for number, name in enumerate({composed, unicodedata.normalize("NFD", composed), "豆の葉"}):
        (folder / name).mkdir(parents=True, exist_ok=True)
        draw(number).save(folder / name / f"photo né {number} 叶.png")
    photos = read_folder(folder)
    assert photos.class_names == (composed, "豆の葉")
    assert sum(photos.counts().values()) >= 2


def test_names_that_look_the_same_are_told(tmp_path, draw):
    for number, name in enumerate(["bean rust", "Bean_Rust", "healthy"]):
        (tmp_path / name).mkdir(exist_ok=True)
        draw(number).save(tmp_path / name / "1.png")
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("this system takes both names for the same folder")
    photos = read_folder(tmp_path)
    assert len(photos.class_names) == 3
    assert any("looks like" in problem.reason for problem in photos.problems)


def test_deeper_folders_belong_to_their_class(folder_of, draw):
    folder = folder_of(a=1, b=1)
    (folder / "a" / "monday").mkdir()
    draw(7).save(folder / "a" / "monday" / "1.png")
    assert read_folder(folder).counts() == {"a": 2, "b": 1}


def test_sources(folder_of):
    folder = folder_of(a=2, b=2)
    table = "\ufefffile,source\na/000.png,farm 1\nb\\001.png, farm 2 \nc/9.png,farm 3\n"
    (folder / "sources.csv").write_text(table, encoding="utf-8")
    photos = read_folder(folder)
    assert photos.sources == ("farm 1", "", "", "farm 2") and photos.problems == ()


@pytest.mark.parametrize(
    "content", [b"name;place\n1;2\n", b"\xff\xfe\x00file\x00", b'file\n"a\x00'], ids=str
)
def test_sources_that_cannot_be_used_are_told(folder_of, content):
    folder = folder_of(a=2, b=2)
    (folder / "sources.csv").write_bytes(content)
    photos = read_folder(folder)
    assert len(photos) == 4 and list(reasons(photos)) == ["sources.csv"]


def test_what_is_no_folder_of_classes(tmp_path, folder_of, draw):
    with pytest.raises(KitError, match="no folder"):
        read_folder(tmp_path / "missing")
    draw(1).save(tmp_path / "one.png")
    with pytest.raises(KitError, match="is a file"):
        read_folder(tmp_path / "one.png")
    (tmp_path / "void").mkdir()
    with pytest.raises(KitError, match="at least two folders.*none"):
        read_folder(tmp_path / "void")
    with pytest.raises(KitError, match="only 'a'"):
        read_folder(folder_of(a=3))


def test_parts_are_not_taken_for_classes(tmp_path, draw):
    for part in ("train", "validation"):
        for name in ("a", "b"):
            (tmp_path / part / name).mkdir(parents=True)
            draw(3).save(tmp_path / part / name / "1.png")
    with pytest.raises(KitError, match="parts of a data set.*train"):
        read_folder(tmp_path)


def test_a_file_that_vanished_is_named(folder_of):
    photos = read_folder(folder_of(a=2, b=2))
    photos.paths[1].unlink()
    with pytest.raises(KitError, match="001.png is not there"):
        photos.read(32)


def test_reading_again_sees_a_changed_file(folder_of):
    folder = folder_of(a=2, b=2)
    assert len(read_folder(folder)) == 4
    (folder / "a" / "000.png").write_bytes(b"")
    assert len(read_folder(folder)) == 3


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.data())
@settings(max_examples=50, deadline=None)
def test_take_keeps_everything_together(labels, data):
    paths = [f"class{label}/{number}.png" for number, label in enumerate(labels)]
    photos = PhotoSet("drawn", "abcd", paths, labels, [str(label) for label in labels])
    chosen = data.draw(st.lists(st.integers(0, len(labels) - 1)))
    part = photos.take(chosen)
    assert [path.as_posix() for path in part.paths] == [paths[one] for one in chosen]
    assert part.labels.tolist() == [int(source) for source in part.sources]
    assert sum(part.counts().values()) == len(chosen)


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError):
        PhotoSet("drawn", ("a", "b"), ["1.png"], [0, 1])


def test_real_beans(real_beans):
    photos = read_folder(real_beans)
    assert photos.counts() == {"angular_leaf_spot": 345, "bean_rust": 348, "healthy": 341}
    assert photos.problems == ()
