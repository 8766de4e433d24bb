"""Data sets by name: drawn once, drawn again when damaged, and held to their SHA-256."""

import warnings

import pytest

from lowres_kit.data import dataset_names, load_dataset, load_table, registry, table_names
from lowres_kit.data.registry import pixels_sha256
from lowres_kit.errors import KitError


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWRES_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("name", ["simulated-leaves", "simulated-leaves-other-farm"])
def test_the_default_photos_are_those_of_the_authors(name):
    """The warning that they differ would come here too; the kit's numbers rest on these pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photos = load_dataset(name)
    assert photos.simulated and photos.name == name
    assert pixels_sha256(photos) == registry.catalogue()[name]["sha256"]


def test_other_pixels_give_a_warning_and_the_photos(own_cache, monkeypatch):
    known = registry.entry("simulated-leaves", ("simulated",))
    changed = {**known, "per_class": 2, "sha256": "0" * 64}
    monkeypatch.setattr(registry, "entry", lambda name, kinds: changed)
    with pytest.warns(UserWarning, match="differ a little from those of the kit's authors"):
        assert len(load_dataset("simulated-leaves")) == 6


def test_a_damaged_copy_is_drawn_again(own_cache):
    first = load_dataset("simulated-leaves", count=2)
    before = pixels_sha256(first)
    first.paths[0].write_bytes(b"")
    first.paths[1].unlink()
    again = load_dataset("simulated-leaves", count=2)
    assert len(again) == 6 and pixels_sha256(again) == before


def test_drawn_once(own_cache):
    first = load_dataset("simulated-leaves", count=1)
    times = [path.stat().st_mtime_ns for path in first.paths]
    again = load_dataset("simulated-leaves", count=1)
    assert [path.stat().st_mtime_ns for path in again.paths] == times
    other = load_dataset("simulated-leaves", count=1, seed=1)
    assert pixels_sha256(other) != pixels_sha256(first)


def test_real_photos_must_be_fetched_first(own_cache):
    with pytest.raises(KitError, match="lowres data get beans"):
        load_dataset("beans")


@pytest.mark.parametrize(
    "name, sign",
    [
        ("simulated-leafs", "Did you mean 'simulated-leaves'"),
        ("digits", "load_table"),
        ("x", "There"),
    ],
)
def test_unknown_names(own_cache, name, sign):
    with pytest.raises(KitError, match=sign):
        load_dataset(name)


def test_counts_and_seeds_that_cannot_be():
    with pytest.raises(KitError, match="1 or more"):
        load_dataset("simulated-leaves", count=0)
    with pytest.raises(KitError, match="0 upwards"):
        load_dataset("simulated-leaves", seed=-1)


def test_names_are_told_with_a_line_each():
    assert {"simulated-leaves", "beans"} <= set(dataset_names())
    assert set(table_names()) == {"digits", "breast-cancer", "diabetes"}
    assert all(about for about in [*dataset_names().values(), *table_names().values()])


@pytest.mark.parametrize(
    "name, shape, classes",
    [("digits", (1797, 64), 10), ("breast-cancer", (569, 30), 2), ("diabetes", (442, 10), 0)],
)
def test_tables(name, shape, classes):
    table = load_table(name)
    assert table.rows.shape == shape and len(table.columns) == shape[1]
    assert len(table) == len(table.target) and len(table.class_names) == classes


def test_ages_are_years():
    table = load_table("diabetes")
    ages = table.rows[:, table.columns.index("age")]
    assert 18 <= ages.min() and ages.max() <= 100
