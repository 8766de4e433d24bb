"""A batch holds what the station has, in the same bytes each time, and is read with care."""

import csv
import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_station import add, in_table, photo, rewritten, station

from lowres_kit.errors import KitError
from lowres_kit.field.handover import batch as module
from lowres_kit.field.handover.batch import MOST_PHOTO, TABLE, Batch, same_facts, write_batch


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Path of a good batch of seven records, its records, and the folder of the photos."""
    folder = tmp_path_factory.mktemp("batch")
    told, records = station(folder)
    added = add(told, records, 7)
    path = folder / "1-7.zip"
    with open(path, "wb") as file:
        write_batch(file.write, added, told.place / "photos")
    return path, added, told.place / "photos"


def test_what_went_in_comes_out(made):
    path, added, _ = made
    with Batch(path) as batch:
        assert all(map(same_facts, batch.records, added)) and len(batch.records) == 7
        for found, record in zip(batch.records, added):
            assert (found.number, found.source, found.ask) == (
                record.number, record.source, record.ask,
            )  # fmt: skip
            assert found.probabilities == record.probabilities
            assert found.photo == f"{record.number}.jpg"
            assert batch.photo(found) == photo(record.number)


def test_a_spreadsheet_reads_it(made):
    with zipfile.ZipFile(made[0]) as batch:
        table = list(csv.DictReader(io.StringIO(batch.read(TABLE).decode("utf-8"), newline="")))
    assert [row["number"] for row in table] == list("1234567")
    assert table[0]["source"].startswith("'=")  # and does not run it


def test_same_bytes_each_time_and_known_beforehand(made):
    path, added, photos = made
    told = write_batch(None, added, photos)
    assert told.size == path.stat().st_size
    pieces = []
    assert write_batch(pieces.append, added, photos).digest == told.digest
    assert b"".join(pieces) == path.read_bytes()
    with zipfile.ZipFile(path) as batch:
        assert {entry.date_time for entry in batch.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_missing_photos_are_told_and_hold_nothing_back(tmp_path):
    told, records = station(tmp_path)
    added = add(told, records, 4)
    photos = told.place / "photos"
    (photos / added[0].photo).unlink()
    (photos / added[1].photo).unlink()
    (photos / added[1].photo).mkdir()  # reading it is an error
    (photos / added[2].photo).write_bytes(bytes(MOST_PHOTO + 1))
    with open(tmp_path / "b.zip", "wb") as file:
        write_batch(file.write, added, photos)
    with Batch(tmp_path / "b.zip") as batch:
        assert [r.photo for r in batch.records] == ["dropped", "unreadable", "too large", "4.jpg"]
        assert batch.photo(batch.records[0]) is None
        assert all(map(same_facts, batch.records, added))


def test_a_large_batch_needs_little_memory(tmp_path):
    told, records = station(tmp_path)
    added = add(told, records, 30)
    for record in added:
        (told.place / "photos" / record.photo).write_bytes(bytes(3_000_000))
    tracemalloc.start()
    tally = write_batch(None, added, told.place / "photos")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tally.size > 90_000_000 and peak < 16_000_000


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damaged_byte_goes_unseen_or_crashes(made, tmp_path_factory, data):
    path, added, _ = made
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        content = content[:place]
    damaged = tmp_path_factory.mktemp("damaged") / "1-7.zip"
    damaged.write_bytes(content)
    try:
        with Batch(damaged) as batch:
            photos = list(map(batch.photo, batch.records))
            assert all(map(same_facts, batch.records, added))
            assert photos == [photo(record.number) for record in added]
    except KitError as error:
        assert "1-7.zip" in str(error) and len(str(error)) < 300


def put(name, content):
    return lambda files: files.update({name: content})


def renamed(old, new):
    """Rename a photo, in the table too."""

    def change(files):
        files[new] = files.pop(old)
        in_table(old, new)(files)

    return change


def swapped(files):
    """The photos of two records, one for the other, in the table alone."""
    in_table("1.jpg", "x")(files)
    in_table("2.jpg", "1.jpg")(files)
    in_table(",x,", ",2.jpg,")(files)


def of_two_stations(files):
    in_table("shed-", "field-", 2)(files)  # its id and its station, in the first line


def disordered(files):
    head, *lines = files[TABLE].split(b"\r\n")[:-1]
    files[TABLE] = b"\r\n".join([head, *reversed(lines), b""])


@pytest.mark.parametrize(
    "change",
    [
        renamed("3.jpg", "3.exe"),
        renamed("3.jpg", "9.jpg"),
        swapped,
        of_two_stations,
        disordered,
        in_table(":1,", ":2,", 1),
        in_table("0.51,no,", "0.51,no,no,"),
        in_table("0.51,no,", "0.51,"),
        put("../evil.jpg", b"x"),
        put("/etc/evil", b"x"),
        put("a/b.jpg", b"x"),
        put("8.jpg", b"x"),  # of no record
        lambda files: files.pop(TABLE),
        lambda files: files.pop("3.jpg"),
        put(TABLE, b""),
        put(TABLE, b"\xff\xfe"),
        lambda files: files.update({TABLE: files[TABLE].splitlines(keepends=True)[0]}),
        in_table("id,station", "id,stations"),
        in_table("1.jpg", "2.jpg", 1),
        in_table("3.jpg", "3.exe"),
        in_table("shed-", "../-"),
        in_table("shed-", "shed/", 1),
        in_table(",yes,", ",perhaps,"),
        in_table("0.52,", "nan,"),
        in_table("0.52,", "half,"),
        in_table("bean rust", "bean\x1b[2Jrust"),
        in_table('"{', '"[' * 3),
        in_table('"{""bean rust"": 0.51', '"{""bean rust"": Infinity'),
    ],
)
def test_what_no_station_writes_is_refused(made, tmp_path, change):
    with pytest.raises(KitError, match="odd.zip"):
        Batch(rewritten(made[0], tmp_path / "odd.zip", change))


def test_names_twice_secrets_and_rare_packings_are_refused(made, tmp_path, recwarn):
    with zipfile.ZipFile(made[0]) as batch:
        files = {name: batch.read(name) for name in batch.namelist()}
    for name, kind, twice in (
        ("twice.zip", zipfile.ZIP_STORED, True), ("lzma.zip", zipfile.ZIP_LZMA, False)
    ):  # fmt: skip
        with zipfile.ZipFile(tmp_path / name, "w", kind) as batch:
            for file, content in [*files.items(), *list(files.items())[:twice]]:
                batch.writestr(file, content)
    secret = bytearray(made[0].read_bytes())
    secret[secret.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "secret.zip").write_bytes(secret)
    for name in ("twice.zip", "lzma.zip", "secret.zip"):
        with pytest.raises(KitError, match="which no batch does"):
            Batch(tmp_path / name)


def test_unchanged_it_is_taken(made, tmp_path):
    """Or the test above would show nothing."""
    with Batch(rewritten(made[0], tmp_path / "same.zip", lambda files: None)) as batch:
        assert len(batch.records) == 7


def test_a_file_that_would_run_is_renamed(tmp_path):
    told, records = station(tmp_path)
    (record,) = add(told, records, 1)
    (told.place / "photos" / record.photo).rename(told.place / "photos" / "leaf.exe")
    renamed = module.replace(record, photo="leaf.exe")
    with open(tmp_path / "b.zip", "wb") as file:
        write_batch(file.write, [renamed], told.place / "photos")
    with Batch(tmp_path / "b.zip") as batch:
        assert batch.records[0].photo == "1.jpg"


def test_bombs_are_not_unpacked(made, tmp_path, monkeypatch):
    def large(files):
        files["3.jpg"] = bytes(8 * MOST_PHOTO)

    bomb = rewritten(made[0], tmp_path / "bomb.zip", large)
    tracemalloc.start()
    with Batch(bomb) as batch, pytest.raises(KitError, match="unpacks to more than any batch"):
        batch.photo(batch.records[2])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MOST_PHOTO
    table = rewritten(made[0], tmp_path / "table.zip", put(TABLE, bytes(5 * module.MOST_TABLE)))
    with pytest.raises(KitError, match="unpacks to more than any batch"):
        Batch(table)
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    with pytest.raises(KitError, match="damaged or no batch"):
        Batch(made[0])


def test_a_huge_directory_is_not_read(made, tmp_path):
    """Python would read all of it into memory before anybody could look."""
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as batch:
        for number in range(20_000):
            batch.writestr(f"{number}.jpg", b"")
    content = bytearray(made[0].read_bytes())
    comment = tmp_path / "comment.zip"
    comment.write_bytes(content[:-2] + struct.pack("<H", 4) + b"evil")
    for path in (many, comment):
        tracemalloc.start()
        with pytest.raises(KitError, match="damaged or no batch"):
            Batch(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 500_000


def test_missing_file(tmp_path):
    with pytest.raises(KitError, match="cannot be read"):
        Batch(tmp_path / "none.zip")
