"""A station's store with made-up answers, for tests of what becomes of its records."""

import io
import os
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

from lowres_kit.desk.collect import Collection, take_all
from lowres_kit.field.handover.batch import TABLE, write_batch
from lowres_kit.field.handover.handover import FOLDER
from lowres_kit.field.pack.drift import STATISTICS
from lowres_kit.field.pack.model import Answer
from lowres_kit.field.settings import Settings
from lowres_kit.field.store.records import Records

NAMES = ("bean rust", "healthy, çé")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sticks are Linux's here")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a disk"
)


def station(folder, **values):
    """Return settings and an open store in a folder."""
    place = folder / "station"
    (place / "photos").mkdir(parents=True, exist_ok=True)
    settings = Settings(name="shed", place=place, **values)
    return settings, Records(place / "records.db", settings.name)


def photo(number):
    """Return a small JPEG; another one for each number."""
    pixels = np.random.default_rng(number).integers(0, 256, (24, 24, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def add(settings, records, count=1, photos=True):
    """Add records, each with a photo, every third to be shown to a person; return them."""
    added = []
    for _ in range(count):
        newest = records.last(1)
        number = newest[0].number + 1 if newest else 1
        kept = f"leaf-{number}.JPG" if photos else ""
        if photos:
            (settings.place / "photos" / kept).write_bytes(photo(number))
        confidence = 0.5 + number % 50 / 100
        answer = Answer(NAMES[number % 2], confidence, number % 3 == 0,
                        dict(zip(NAMES, (confidence, 1 - confidence))))  # fmt: skip
        added.append(
            records.add(
                source=f'=leaf, "{number}"\n.jpg',
                pack="0123abcd",
                answer=answer,
                statistics=dict.fromkeys(STATISTICS, number / 7),
                photo=kept,
            )
        )
    return added


def batch_of(tmp_path, told, records, name="b.zip"):
    """Write records and their photos into a batch; return its path."""
    with open(tmp_path / name, "wb") as file:
        write_batch(file.write, records, told.place / "photos")
    return tmp_path / name


def files(folder):
    """Return the content of every file by its name, but for the database."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "records.db"
    }


def batches(stick):
    """The names of all batches on a stick."""
    return sorted(path.name for path in stick.glob(f"{FOLDER}/*/*.zip"))


def numbers(place, folder):
    """The numbers of all records that a collector has after it was given a stick."""
    collection = Collection(folder)
    assert take_all(collection, [place], say=lambda line: None)
    found = [record.number for record in collection]
    collection.close()
    return found


def rewritten(path, place, change):
    """Change the files of a batch: `change` gets them as a dict of name to bytes."""
    with zipfile.ZipFile(path) as batch:
        files = {name: batch.read(name) for name in batch.namelist()}
    change(files)
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as batch:
        for name, content in files.items():
            batch.writestr(name, content)
    return place


def in_table(old, new, count=-1):
    """Change the text of the table."""

    def change(files):
        before = files[TABLE]
        files[TABLE] = before.replace(old.encode(), new.encode(), count)
        assert files[TABLE] != before

    return change
