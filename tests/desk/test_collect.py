"""The collector takes each record once, from files, and lays photos out to be labelled."""

import csv
import io
import json
import os
import re

import pytest
from small_station import add, batch_of, files, in_table, photo, rewritten, station

from lowres_kit.desk import collect
from lowres_kit.desk.collect import Collection, folder_name, take_all
from lowres_kit.errors import KitError
from lowres_kit.field_cli import main


def test_the_same_batch_twice_changes_nothing(tmp_path, laptop):
    told, records = station(tmp_path)
    path = batch_of(tmp_path, told, add(told, records, 6))
    lines = []
    assert take_all(laptop, [path], lines.append)
    before, rows = files(laptop.folder), list(laptop)
    assert take_all(laptop, [path, path], lines.append)
    assert files(laptop.folder) == before and list(laptop) == rows and len(rows) == 6
    assert lines[0].endswith("6 new records, 0 known ones.")
    assert lines[1] == lines[2] and lines[1].endswith("0 new records, 6 known ones.")


def test_photos_lie_where_they_can_be_labelled(tmp_path, laptop):
    told, records = station(tmp_path)
    take_all(laptop, [batch_of(tmp_path, told, add(told, records, 6))], lambda line: None)
    name = records.station
    found = files(laptop.folder)
    assert sorted(path for path in found if path.endswith(".jpg")) == [
        f"answered/bean rust/{name}-2.jpg",
        f"answered/bean rust/{name}-4.jpg",
        f"answered/healthy, çé/{name}-1.jpg",
        f"answered/healthy, çé/{name}-5.jpg",
        f"to-label/{name}-3.jpg",
        f"to-label/{name}-6.jpg",
    ]
    assert found[f"to-label/{name}-3.jpg"] == photo(3)
    labelled = laptop.folder / "labelled"
    assert sorted(path.name for path in labelled.iterdir()) == ["bean rust", "healthy, çé"]
    # One that was moved by hand does not come back with the next copy of the batch.
    os.replace(laptop.folder / f"to-label/{name}-3.jpg", labelled / "bean rust" / "3.jpg")
    take_all(laptop, [tmp_path / "b.zip"], lambda line: None)
    assert not (laptop.folder / f"to-label/{name}-3.jpg").exists()


def test_the_table_holds_every_record(tmp_path, laptop):
    told, records = station(tmp_path)
    added = add(told, records, 3)
    take_all(laptop, [batch_of(tmp_path, told, added)], lambda line: None)
    with open(laptop.folder / "records.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [record.id for record in added]
    assert json.loads(rows[0]["probabilities"]) == added[0].probabilities
    assert rows[2]["photo"] == f"to-label/{records.station}-3.jpg"
    assert list(laptop)[0].source == added[0].source


def test_other_records_under_the_same_numbers_are_kept_aside(tmp_path, laptop):
    """A card was copied after its station had run: both copies count on under one name."""
    told, records = station(tmp_path)
    added = add(told, records, 4)
    path = batch_of(tmp_path, told, added)
    other = rewritten(path, tmp_path / "other.zip", in_table("0.54", "0.44"))
    lines = []
    assert take_all(laptop, [path], lines.append)
    before = list(laptop)
    for _ in range(2):
        assert not take_all(laptop, [other], lines.append)
    assert list(laptop) == before
    assert "0 new records, 3 known ones; 1 that differ" in lines[1] and added[3].id in lines[1]
    (aside,) = (laptop.folder / "conflicts").iterdir()
    assert aside.read_bytes() == other.read_bytes()


def test_a_photo_that_comes_later_is_added(tmp_path, laptop):
    told, records = station(tmp_path)
    added = add(told, records, 3)
    first = told.place / "photos" / added[0].photo
    content = first.read_bytes()
    first.unlink()
    without = batch_of(tmp_path, told, added, "without.zip")
    first.write_bytes(content)
    full = batch_of(tmp_path, told, added, "full.zip")
    for path in (without, full, without):
        assert take_all(laptop, [path], lambda line: None)
    assert [record.photo.rpartition("-")[2] for record in laptop] == ["1.jpg", "2.jpg", "3.jpg"]
    assert content in files(laptop.folder).values()


def test_a_damaged_batch_is_told_and_the_others_taken(tmp_path, laptop):
    told, records = station(tmp_path)
    added = add(told, records, 4)
    place = tmp_path / "stick" / "lowres" / records.station
    place.mkdir(parents=True)
    batch_of(place, told, added[:2], "1-2.zip")
    batch_of(place, told, added[2:], "3-4.zip")
    batch_of(place, told, added[2:], "notes.zip")  # the owner's own
    torn = place / "1-2.zip"
    torn.write_bytes(torn.read_bytes()[:-100])
    for start in (tmp_path / "stick", tmp_path / "stick" / "lowres", place):
        lines = []
        assert not take_all(laptop, [start], lines.append)
        assert lines[0].startswith("1-2.zip is damaged") and len(lines) == 2
        assert [record.number for record in laptop] == [3, 4]
    with pytest.raises(KitError, match="There is no batch of a station in"):
        take_all(laptop, [tmp_path], lines.append)


def test_a_cut_while_a_batch_is_taken_leaves_nothing_half(tmp_path, laptop, monkeypatch):
    told, records = station(tmp_path)
    path = batch_of(tmp_path, told, add(told, records, 3))

    class Cut(Exception):
        """The end of the process."""

    def cut(_):
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(collect, "flush_folder", cut)
        with pytest.raises(Cut):
            laptop.take(path)
    assert list(laptop) == []
    assert laptop.take(path).new == 3


def test_damaged_collection_and_foreign_file(tmp_path):
    folder = tmp_path / "laptop"
    folder.mkdir()
    (folder / "records.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(KitError, match="laptop cannot be used .*not a database"):
        Collection(folder)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KitError, match="cannot be used"):
        Collection(tmp_path / "file")


@pytest.mark.parametrize(
    ("label", "name"),
    [("healthy, çé", "healthy, çé"), ("../..", "-"), ("a/b\\c:d", "a-b-c-d"), ("", "class"),
     (" .x. ", "x"), ("x" * 99, "x" * 60), ("..", "class"), ("Con", "Con"), ("\ud800", "-")],
)  # fmt: skip
def test_class_becomes_one_folder(label, name):
    mark = "" if label == "healthy, çé" else "-[0-9a-f]{6}"
    assert re.fullmatch(re.escape(name) + mark, folder_name(label))


def test_two_classes_are_never_one_folder():
    labels = ["rust?", "rust*", "rust-", " rust", "rust", "", "class", "x" * 61, "x" * 62, "nul"]
    assert len({folder_name(label) for label in labels}) == len(labels)


def test_the_commands_of_a_stick(tmp_path, capsys):
    """`handover` and `export` on the station, then `collect` on the laptop."""
    told, records = station(tmp_path)
    add(told, records, 3)
    (tmp_path / "station.toml").write_text('name = "shed"', "utf-8")
    stick, laptop = tmp_path / "stick", tmp_path / "laptop"
    stick.mkdir()

    def run(*words):
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    settings = tmp_path / "station.toml"
    code, out, _ = run("export", settings, "--out", tmp_path / "all.csv")
    assert (code, out) == (0, f"3 records were written to {tmp_path / 'all.csv'}.\n")
    assert run("handover", settings, stick) == (0, "3 records were handed over.\n", "")
    assert run("handover", settings, stick) == (0, "0 records were handed over.\n", "")
    code, out, _ = run("collect", stick, "--folder", laptop)
    assert code == 0 and out.endswith("1-3.zip: 3 new records, 0 known ones.\n")
    ids = [
        [row["id"] for row in csv.DictReader(io.StringIO(path.read_text("utf-8")))]
        for path in (tmp_path / "all.csv", laptop / "records.csv")
    ]
    assert ids[0] == ids[1] and len(ids[0]) == 3
    (torn,) = stick.rglob("*.zip")
    torn.write_bytes(b"torn")
    assert run("collect", stick, "--folder", laptop)[0] == 1
    for words, problem in (
        (("handover", settings, tmp_path / "none"), "none cannot be written to"),
        (("collect", tmp_path / "none", "--folder", laptop), "none cannot be read"),
        (("export", tmp_path / "no.toml", "--out", "x.csv"), "There is no file"),
    ):
        code, out, err = run(*words)
        assert code in (1, 2) and problem in out + err
    (told.place / "records.db").rename(tmp_path / "moved.db")
    code, _, err = run("handover", settings, stick)
    assert code == 2 and "There are no records yet" in err
    assert not (told.place / "records.db").exists()
