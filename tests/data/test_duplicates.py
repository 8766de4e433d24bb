"""Doubles are found however they were saved, and other photos are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from lowres_kit.data import exact_duplicates, near_duplicates, read_folder
from lowres_kit.data.duplicates import groups_of_pairs, in_two_classes

WAYS = {
    "jpeg 30": lambda image, path: image.save(path, "JPEG", quality=30),
    "half": lambda image, path: image.resize((60, 60)).save(path, "PNG"),
    "stretched": lambda image, path: image.resize((160, 100)).save(path, "PNG"),
    "lighter": lambda image, path: ImageEnhance.Brightness(image).enhance(1.15).save(path, "PNG"),
    "darker": lambda image, path: ImageEnhance.Brightness(image).enhance(0.85).save(path, "PNG"),
    "contrast": lambda image, path: ImageEnhance.Contrast(image).enhance(1.2).save(path, "PNG"),
    "grey": lambda image, path: ImageEnhance.Color(image).enhance(0.7).save(path, "PNG"),
    "trimmed": lambda image, path: image.crop((2, 2, 118, 118)).save(path, "PNG"),
    "copy": lambda image, path: image.save(path, "PNG"),
}


@pytest.fixture
def planted(tmp_path, draw):
    """Forty photos; nine of them were saved a second time, each in its own way."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    for number in range(40):
        draw(number).save(tmp_path / "ab"[number % 2] / f"{number:02}.png")
    for number, save in enumerate(WAYS.values()):
        # Every third copy lies in the other class: a contradiction that the audit must tell.
        place = "ab"[(number + (number % 3 == 0)) % 2]
        save(draw(number), tmp_path / place / f"{number:02} again.png")
    return read_folder(tmp_path)


def test_all_planted_doubles_are_found_and_no_others(planted):
    groups = near_duplicates(planted)
    names = [sorted(planted.paths[one].name for one in group) for group in groups]
    assert sorted(names) == [[f"{n:02} again.png", f"{n:02}.png"] for n in range(len(WAYS))]


def test_exact_duplicates_are_the_same_bytes(planted):
    (group,) = exact_duplicates(planted)
    assert [planted.paths[one].name for one in group] == ["08 again.png", "08.png"]


def test_photos_in_two_classes_are_counted_and_named(planted):
    alike = near_duplicates(planted)
    [near] = in_two_classes(planted, alike)
    assert near.startswith("3 photos lie in one class and look the same as one of another (")
    assert "00 again.png and a/00.png" in near or "a/00.png and b/00 again.png" in near
    for number in range(4):
        copy = planted.paths[0].parents[1] / "ba"[number % 2] / f"copy {number}.png"
        copy.write_bytes(planted.paths[0].parent.parent.joinpath(
            "ab"[number % 2], f"{number + 20}.png").read_bytes())  # fmt: skip
    photos = read_folder(planted.paths[0].parents[1])
    same, near = in_two_classes(photos, near_duplicates(photos))
    assert same.startswith("4 photos lie in two classes (") and same.count(" and ") == 3
    assert "copy 0.png" in same and same.count("; …)") == 1 and near.startswith("3 photos")


def test_copies_in_one_class_are_no_contradiction(planted):
    alike = near_duplicates(planted)
    one = planted.relabel(range(len(planted)), 0)
    assert in_two_classes(one, alike) == [] and in_two_classes(planted.take([]), []) == []


def test_plain_surfaces_are_told_apart(tmp_path):
    colours = ["red", "lime", "blue", "white", "black", "gray", "yellow", "orange"]
    for number, colour in enumerate(colours):
        (tmp_path / "ab"[number % 2]).mkdir(exist_ok=True)
        Image.new("RGB", (32, 32), colour).save(tmp_path / "ab"[number % 2] / f"{colour}.png")
    assert near_duplicates(read_folder(tmp_path)) == []


def test_no_photos():
    from lowres_kit.data import PhotoSet

    assert near_duplicates(PhotoSet("none", "ab", [], [])) == []
    assert exact_duplicates(PhotoSet("none", "ab", [], [])) == []


@given(st.integers(1, 40), st.data())
@settings(max_examples=60, deadline=None)
def test_groups_are_the_connected_parts(count, data):
    number = st.integers(0, count - 1)
    pairs = data.draw(st.lists(st.tuples(number, number), max_size=40))
    reach = np.eye(count, dtype=bool)
    for one, other in pairs:
        reach[one, other] = reach[other, one] = True
    for _ in range(count):
        reach = reach @ reach
    expected = {tuple(np.flatnonzero(row)) for row in reach if row.sum() > 1}
    assert {tuple(group) for group in groups_of_pairs(count, pairs)} == expected


def test_real_photos_of_leaves_are_no_doubles_of_each_other(real_beans, tmp_path):
    photos = read_folder(real_beans)
    assert near_duplicates(photos) == []
    # The same photos, saved again at a quarter of the size, are all found.
    for index in range(0, 1034, 40):
        path = photos.paths[index]
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        (tmp_path / path.parent.name / path.name).write_bytes(path.read_bytes())
        small = ImageEnhance.Brightness(Image.open(path).resize((125, 125))).enhance(1.1)
        small.save(tmp_path / path.parent.name / f"{path.stem} again.jpg", quality=50)
    groups = near_duplicates(read_folder(tmp_path))
    assert len(groups) == 26 and all(len(group) == 2 for group in groups)
