"""Kept photos: within the budget, the right ones go first, and records never do."""

import numpy as np
import pytest
from own_mounts import run_on_small_disk
from PIL import Image
from test_records import add

from lowres_kit.errors import KitError
from lowres_kit.field.store.kept_photos import Photos
from lowres_kit.field.store.records import Records

MB = 1_000_000


def noise(seed=0, size=200):
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def records(tmp_path):
    records = Records(tmp_path / "records.db")
    yield records
    records.close()


def kept(records, photos, n):
    """Keep n photos, each with its record, as the station does."""
    return [add(records, photo=photos.keep(noise(k))).photo for k in range(n)]


def on_disk(photos):
    return {path.name for path in photos.folder.iterdir()}


def test_a_copy_is_small_whole_and_without_the_data_of_the_phone(tmp_path, records):
    photos = Photos(tmp_path / "photos", records, 500 * MB, 0)
    image = noise(size=1500).resize((1500, 900))
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    image.info |= {"exif": exif.tobytes(), "comment": b"Phone"}
    name = photos.keep(image)
    assert image.size == (1500, 900)  # the model still gets the whole one
    with Image.open(photos.folder / name) as copy:
        assert copy.size == (1024, 614) and copy.format == "JPEG"
    assert b"Phone" not in (photos.folder / name).read_bytes()
    assert photos.bytes == (photos.folder / name).stat().st_size


def test_the_budget_is_kept_and_those_handed_over_go_first(tmp_path, records):
    photos = Photos(tmp_path / "photos", records, MB, 0)
    names = kept(records, photos, 4)
    size = photos.bytes // 4
    photos.most_bytes = int(4.5 * size)
    first, last = records.open_batch(2)
    kept(records, photos, 1)  # nothing was handed over yet: the oldest goes
    assert on_disk(photos) >= set(names[1:]) and names[0] not in on_disk(photos)
    assert records.between(1, 1)[0].photo == ""
    records.close_batch(first, last, "stick")
    add(records, photo=photos.keep(noise(8)))
    assert names[1] not in on_disk(photos) and names[2] in on_disk(photos)
    assert photos.bytes <= photos.most_bytes
    assert photos.bytes == sum(path.stat().st_size for path in photos.folder.iterdir())
    assert on_disk(photos) == {record.photo for record in records.last(9)} - {""}


def test_no_budget_keeps_none(tmp_path, records):
    photos = Photos(tmp_path / "photos", records, 0, 0)
    assert photos.keep(noise()) == "" and on_disk(photos) == set()


def test_the_disk_keeps_room_for_others(tmp_path, records):
    photos = Photos(tmp_path / "photos", records, 500 * MB, 0)
    names = kept(records, photos, 3)
    assert all(names)
    photos.free_bytes = 10**15
    assert photos.keep(noise()) == "" and on_disk(photos) == set()
    assert records.photos() == [] and records.counts()["records"] == 3


def test_what_a_power_cut_left(tmp_path, records):
    photos = Photos(tmp_path / "photos", records, 500 * MB, 0)
    named, gone = kept(records, photos, 2)
    stray = photos.keep(noise(7))  # its record was never written
    (photos.folder / gone).unlink()  # dropped, and not yet forgotten
    (photos.folder / ".x.jpg.12.part").write_bytes(b"half")
    photos = Photos(tmp_path / "photos", records, 500 * MB, 0)
    assert on_disk(photos) == {named, stray}
    photos.most_bytes = photos.bytes
    new = photos.keep(noise(1))
    assert stray not in on_disk(photos) and {named, new} <= on_disk(photos)
    add(records, photo=new)
    photos.most_bytes = 0
    photos.make_room()
    assert on_disk(photos) == set() and records.photos() == []


def test_the_folder_is_a_file(tmp_path, records):
    (tmp_path / "photos").touch()
    with pytest.raises(KitError, match="cannot be used"):
        Photos(tmp_path / "photos", records, 0, 0)


FULL = """
import sys
from pathlib import Path
from test_photos import MB, Photos, Records, add, noise, on_disk
disk = Path(sys.argv[1])
records = Records(disk / "records.db")
photos = Photos(disk / "photos", records, 500 * MB, 1 * MB)
for k in range(150):
    name = photos.keep(noise(k, 400))
    assert name, "the newest is kept"
    add(records, photo=name)
    assert photos.free() >= 1 * MB - 200_000
assert records.counts()["records"] == 150
assert on_disk(photos) == {r.photo for r in records.last(200)} - {""}
print(len(on_disk(photos)))
"""


def test_a_small_disk_is_shared_out(tmp_path):
    assert 5 < int(run_on_small_disk(FULL, tmp_path, 12_000)) < 140
