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


@pytest.fixture
def tree(tmp_path, draw):
    """Return a function that makes folders with photos: ``tree({"train/a": 3, "test/a": 1})``."""

    def make(counts, called="{number}.png"):
        for place, count in counts.items():
            (tmp_path / "P" / place).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                name = called.format(number=number, folder=place.rpartition("/")[2])
                draw(number + len(list(tmp_path.rglob("*.png"))), 40, 40).save(
                    tmp_path / "P" / place / name
                )
        return tmp_path / "P"

    return make


def grid(parts, classes, count=2):
    return {f"{part}/{name}": count for part in parts for name in classes}


PARTS = {
    "two sets": (grid(["test_set", "training_set"], "ab") | {"training_set/c": 1}, "training_set"),
    "beside a folder of results": (
        grid(["train"], "abc", 3) | grid(["val"], "abc") | grid(["runs"], "abc", 1), "train",
    ),
    "beside other folders": (
        grid(["train"], "abc", 3) | grid(["val"], "ab") | {"models": 1, "plots/loss": 1}, "train",
    ),
    "in Portuguese": (grid(["Teste"], "ab") | grid(["Treino"], "abc"), "Treino"),
    "in German": (grid(["Trainingsdaten"], "ab", 3) | grid(["Testdaten"], "ab"), "Trainingsdaten"),
    "folds": (grid([f"fold{n}" for n in range(1, 6)], ["healthy", "rust"]), "fold"),
    "numbers": (grid("12345", ["healthy", "rust"]), ""),
    "digits": (grid(["train", "test"], "0123"), "train"),
    "a level deeper": (grid(["train/images", "test/images"], "ab"), "train/images"),
    "in a wrapper": (grid(["set/data/train", "set/data/test"], "ab"), "set/data/train"),
    "one of them alone has classes": ({"train/a": 1, "train/b": 1, "test": 2}, "train"),
}  # fmt: skip


@pytest.mark.parametrize("counts, wanted", PARTS.values(), ids=PARTS)
def test_parts_are_known_by_their_shape(tree, counts, wanted):
    folder = tree(counts)
    with pytest.raises(KitError, match="parts of a data set") as caught:
        read_folder(folder)
    assert f"such as {folder / wanted}" in str(caught.value)
    given = str(caught.value).rpartition("such as ")[2].removesuffix(".")
    assert len(read_folder(given).class_names) >= 2, "the advice leads to a folder of classes"


def test_parts_of_any_language_are_known_by_what_their_photos_are_called(tree):
    with pytest.raises(KitError, match="parts of a data set"):
        read_folder(tree(grid(["koulutus", "koe"], ["kissa", "koira"]), "{folder}.{number}.png"))


def test_parts_without_classes(tree):
    with pytest.raises(KitError, match="make one folder for each class"):
        read_folder(tree({"train": 2, "test": 1}))


@pytest.mark.parametrize(
    ("counts", "classes", "told"),
    [
        (grid(["healthy", "rust"], ["field 1", "field 2"]), ("healthy", "rust"), 1),
        (grid(["healthy", "rust"], ["monday", "tuesday"]), ("healthy", "rust"), 1),
        (grid(["koulutus", "koe"], ["kissa", "koira"]), ("koe", "koulutus"), 1),
        ({"healthy/monday": 1, "healthy/friday": 1, "rust/sunday": 1, "rust/may": 1}, None, 0),
        ({"a/x": 1, "a/y": 1, "b": 2}, ("a", "b"), 1),
        ({"a/monday": 1, "b/monday": 1}, ("a", "b"), 0),
        ({"test": 2, "control": 2}, ("control", "test"), 0),
        ({"a": 5, "a/x": 1, "a/y": 1, "b": 5, "b/x": 1, "b/y": 1}, ("a", "b"), 0),
    ],
)
def test_folders_within_classes_stay_in_their_class(tree, counts, classes, told):
    folder = tree(counts)
    photos = read_folder(folder)
    assert photos.class_names == (classes or ("healthy", "rust")) and photos.problems == ()
    assert len(photos.notes) == told and len(photos) == sum(counts.values())
    assert all(str(folder) in note for note in photos.notes), "it says which folder to give"


@pytest.mark.parametrize("place", ["PetImages", "archive/PetImages", "a/b/c"])
@pytest.mark.parametrize("beside", ["readme.txt", "archive.zip", "LICENSE"])
def test_a_wrapper_is_looked_into(tree, place, beside):
    folder = tree(grid([place], ["Cat", "Dog"]))
    (folder / beside).write_bytes(b"PK\3\4")
    (folder / "docs").mkdir()
    with pytest.raises(KitError) as caught:
        read_folder(folder)
    assert f"{folder / place} does (Cat, Dog): give that one" in str(caught.value)


def test_a_copy_of_the_classes_beside_them_is_no_class(tree):
    photos = read_folder(tree({"a": 2, "b": 2, "cells/a": 2, "cells/b": 2}))
    assert photos.counts() == {"a": 2, "b": 2}
    assert "holds folders of the same names" in reasons(photos)["cells"]


def test_links_that_lead_up_or_twice_to_a_class(tree, tmp_path):
    folder = tree({"a": 2, "b": 2, "b/deep": 1})
    outside = tmp_path / "elsewhere"
    (folder / "b").rename(outside)
    links = {"all": ".", "up": "..", "top": "/", "b": outside, "again": outside,
             "below": outside / "deep", "copy of a": "a", "one": "two", "two": "one"}  # fmt: skip
    try:
        for name, target in links.items():
            (folder / name).symlink_to(target)
    except OSError:
        pytest.skip("this system allows no links")
    photos = read_folder(folder)
    assert len(photos) == 5 and len(photos.class_names) == 2, "a class may lie on another disk"
    found = reasons(photos)
    assert set(found) == set(links) - set(photos.class_names)
    assert all("is a link" in reason for reason in found.values())
    assert read_folder(folder.rename(tmp_path / "moved")).counts() == photos.counts()


@pytest.mark.parametrize(
    "name",
    ["@eaDir", "__MACOSX", ".AppleDouble", ".Trash-1000", "$RECYCLE.BIN", "lost+found", "@Recycle",
     "#recycle", "System Volume Information", ".thumbnails", "LOST.DIR"],
)  # fmt: skip
def test_what_systems_leave_behind_is_passed_over(folder_of, draw, name):
    folder = folder_of(a=2, b=2)
    for place in (folder, folder / "a"):
        (place / name).mkdir()
        draw(9).save(place / name / "SYNOPHOTO_THUMB.png")
    for file in ("._000.png", "IMG_1.AAE", "MVI_1.THM", "1.png:Zone.Identifier", "Thumbs.db"):
        draw(8).save(folder / "b" / file, "PNG")
    photos = read_folder(folder)
    assert photos.counts() == {"a": 2, "b": 2}
    assert photos.problems == () and photos.notes == ()


def test_one_class_in_two_spellings_of_unicode_is_told(tree):
    folder = tree({"healthy": 1, "rouillé": 2, unicodedata.normalize("NFD", "rouillé"): 1})
    if len(list(folder.iterdir())) < 3:
        pytest.skip("this system takes both names for the same folder")
    photos = read_folder(folder)
    assert photos.counts() == {"healthy": 1, "rouillé": 3}
    assert "2 folders are called rouillé" in photos.notes[0]


def write_sources(folder, names):
    lines = "".join(f"{name},plant {number // 2}\n" for number, name in enumerate(names))
    (folder / "sources.csv").write_text(f"file,source\n{lines}", encoding="utf-8")


def test_how_much_of_the_sources_was_used_is_told(folder_of):
    folder = folder_of(a=9, b=9)
    names = [f"{name}/{number:03}.png" for name in "ab" for number in range(9)]
    write_sources(folder, [f"photos/{name}" for name in names])
    [note] = read_folder(folder).notes
    assert "none of the 18 lines of sources.csv names a photo that is there" in note
    assert "photos/a/000.png" in note and "such as a/000.png" in note
    write_sources(folder, names[:5] + [f"c/{name}" for name in names[5:]])
    used, without = read_folder(folder).notes
    assert "Only 5 of the 18 lines of sources.csv name a photo that is there; not: c/a/" in used
    assert without == "sources.csv tells no source of 13 of the 18 photos."
    write_sources(folder, [f"./{name}" for name in names])
    assert read_folder(folder).notes == ()
    (folder / "a" / "003.png").write_bytes(b"")
    assert read_folder(folder).notes == (), "a photo that is broken is there"


def test_remarks_count_by_reason(folder_of):
    folder = folder_of(a=2, b=2)
    for number in range(7):
        (folder / "a" / f"{number}.jpg").touch()
    (folder / "b" / "note.jpg").write_text("water the plants", encoding="utf-8")
    many, one = read_folder(folder).remarks()
    names = ", ".join(f"a/{number}.jpg" for number in range(7))  # all of them: none is lost
    assert many.startswith(f"Left out: 7 times “is empty (0 bytes)” ({names}).")
    assert one.startswith("Left out: b/note.jpg is a text")


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
