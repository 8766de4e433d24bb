"""Hand-over that is cut short at any step or instant, and done again: each record comes once."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from small_station import add, batches, linux, numbers, photo, root, station

from lowres_kit.field.handover import handover
from lowres_kit.field.handover.batch import Batch
from lowres_kit.field.handover.handover import FOLDER, to_stick

ROOT = Path(__file__).resolve().parents[2]


class Cut(Exception):
    """Stands for the end of the process: no code of the kit catches it."""


STEPS = ("open", "write", "fsync", "read back", "replace", "folder", "close_batch")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("dropped", [False, True])
def test_cut_at_any_step_and_done_again(tmp_path, stick, monkeypatch, step, dropped):
    """After each cut the same records go into the same file, though a photo is gone meanwhile."""
    told, records = station(tmp_path)
    added = add(told, records, 5)

    def cut(*_):
        raise Cut

    with monkeypatch.context() as patch:
        place = {
            "open": (handover, "write_batch"),
            "read back": (handover, "_read_back"),
            "replace": (os, "replace"),
            "fsync": (os, "fsync"),
            "close_batch": (records, "close_batch"),
        }.get(step)
        if place:
            patch.setattr(*place, cut)
        elif step == "write":
            real = handover.write_batch
            patch.setattr(
                handover, "write_batch", lambda send, *rest: real(lambda b: cut(send(b)), *rest)
            )
        else:
            calls = iter([handover.flush_folder, cut])  # the second is that of the new name
            patch.setattr(handover, "flush_folder", lambda path: next(calls)(path))
        with pytest.raises(Cut):
            to_stick(told, records, stick)
    assert records.counts()["handed_over"] == 0
    add(told, records, 2)  # they belong to the next batch
    if dropped:
        (told.place / "photos" / added[1].photo).unlink()
    assert to_stick(told, records, stick) == 7
    assert batches(stick) == ["1-5.zip", "6-7.zip"]
    assert not list(stick.rglob("*.part"))
    with Batch(stick / FOLDER / records.station / "1-5.zip") as batch:
        found = batch.photo(batch.records[1])
    # A file that was whole before the cut keeps the photo that the station has no more.
    there = not dropped or step in ("folder", "close_batch")
    assert found == (photo(2) if there else None)
    assert numbers(stick, tmp_path / "laptop") == list(range(1, 8))


def test_all_is_flushed_before_it_counts(tmp_path, stick, monkeypatch):
    told, records = station(tmp_path)
    add(told, records, 1)
    calls, fsync, replace, close = [], os.fsync, os.replace, records.close_batch

    def flushed(handle):
        calls.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "replace", lambda *names: (calls.append("named"), replace(*names)))
    monkeypatch.setattr(
        records, "close_batch", lambda *batch: (calls.append("closed"), close(*batch))
    )
    assert to_stick(told, records, stick) == 1
    folders = [] if os.name == "nt" else ["folder"]
    # After the naming once more: FAT first gives a new name the length zero.
    assert calls == [*folders, "file", "named", "file", *folders, "closed"]


def test_a_draft_of_a_killed_process_is_cleaned_away(tmp_path, stick):
    told, records = station(tmp_path)
    add(told, records, 1)
    place = stick / FOLDER / records.station
    place.mkdir()
    (place / ".1-1.999.part").write_bytes(b"half")
    (place / "1-1.zip").write_bytes(b"torn by a power cut")
    assert to_stick(told, records, stick) == 1
    assert [path.name for path in place.iterdir()] == ["1-1.zip"]
    assert numbers(stick, tmp_path / "laptop") == [1]


WORK = """
import sys
from pathlib import Path
from small_station import add, station
from lowres_kit.field.handover.handover import to_stick
settings, records = station(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for record in add(settings, records, 3):
        print(record.number, flush=True)
    to_stick(settings, records, sys.argv[2])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_killed_at_random_instants(tmp_path, stick):
    """A station that is killed again and again: each record that it told of comes out once."""
    random, confirmed = Random(4), []
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    while len(confirmed) <= 50:  # a busy machine gets less done between two kills
        process = subprocess.Popen(
            [sys.executable, "-c", WORK, tmp_path, stick],
            env=os.environ | {"PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "ready\n"
        time.sleep(random.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        lines = process.communicate()[0].split("\n")[:-1]  # the last line may be cut
        confirmed += map(int, lines)
    told, records = station(tmp_path)
    to_stick(told, records, stick)
    assert not list(stick.rglob("*.part"))
    found = numbers(stick, tmp_path / "laptop")
    assert set(confirmed) <= set(found)
    assert found == list(range(1, records.counts()["records"] + 1))
    assert len(set(confirmed)) == len(confirmed)


UNPLUGGED = """
import sys
from pathlib import Path
from small_station import add, station
from lowres_kit.field.handover import handover
handover.LOOK, handover.STICK_AGAIN, handover.FIRST_PAUSE = 0.001, 0.0, 0.01
settings, records = station(Path(sys.argv[1]), usb=sys.argv[2])
handover.Courier(settings, records, say=lambda line: print(line, flush=True)).start()
while True:
    add(settings, records)
"""


@linux
@root
def test_pulled_out_at_random_instants(tmp_path, disk):
    """A disk that is unmounted again and again in the middle of it, while pictures are taken."""
    random, place = Random(5), tmp_path / "sticks" / "red"
    place.mkdir(parents=True)
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
    process = subprocess.Popen(
        [sys.executable, "-c", UNPLUGGED, tmp_path, place.parent],
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        time.sleep(1)
        for _ in range(30):
            subprocess.run(["mount", "--bind", disk, place], check=True)
            time.sleep(random.uniform(0, 0.3))
            subprocess.run(["umount", "-l", place], check=True)
            assert list(place.iterdir()) == []  # nothing is written where the stick had been
            time.sleep(0.02)
    finally:
        process.kill()
    told = process.communicate()[0]
    assert told.count("were handed over to red") > 5 and "was pulled out" in told
    settings, records = station(tmp_path)
    to_stick(settings, records, disk)
    assert numbers(disk, tmp_path / "laptop") == list(range(1, records.counts()["records"] + 1))
    assert not list(disk.rglob("*.part"))
