"""Hand-over to sticks: nothing lost and nothing twice, whatever happens to the stick."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import pytest
from small_station import add, photo, station

from lowres_kit.errors import KitError
from lowres_kit.field import handover
from lowres_kit.field.batch import MOST_RECORDS, Batch
from lowres_kit.field.collect import Collection, take_all
from lowres_kit.field.courier import Courier
from lowres_kit.field.handover import FOLDER, find_sticks, to_stick

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sticks are Linux's here")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a disk"
)


@pytest.fixture
def stick(tmp_path):
    """A folder that wants records."""
    (tmp_path / "stick" / FOLDER).mkdir(parents=True)
    return tmp_path / "stick"


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, mounted as a stick is; 1 MB."""
    place = tmp_path / "media" / "blue"
    place.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk may be mounted here")
    (place / FOLDER).mkdir()
    yield place
    subprocess.run(["umount", "-l", place], capture_output=True)


def batches(stick):
    return sorted(path.name for path in stick.glob(f"{FOLDER}/*/*.zip"))


def numbers(place, folder):
    """The numbers of all records that a collector has after it was given a stick."""
    collection = Collection(folder)
    assert take_all(collection, [place], say=lambda line: None)
    found = [record.number for record in collection]
    collection.close()
    return found


def test_all_that_waits_is_handed_over_once(tmp_path, stick):
    told, records = station(tmp_path)
    add(told, records, MOST_RECORDS + 3)
    assert to_stick(told, records, stick) == MOST_RECORDS + 3
    assert to_stick(told, records, stick) == 0
    add(told, records, 2)
    assert to_stick(told, records, stick) == 2
    assert batches(stick) == ["1-100.zip", "101-103.zip", "104-105.zip"]
    assert [path.name for path in (stick / FOLDER).iterdir()] == [records.station]
    assert records.counts()["handed_over"] == 105
    assert numbers(stick, tmp_path / "laptop") == list(range(1, 106))


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


def test_what_reads_back_otherwise_is_not_handed_over(tmp_path, stick, monkeypatch):
    """A worn stick takes everything and gives something else back."""
    told, records = station(tmp_path)
    add(told, records, 1)
    real = handover.write_batch

    def worn(send, *rest):
        return real(lambda content: send(content.replace(b"\xff\xd8", b"\xff\xd9")), *rest)

    with monkeypatch.context() as patch:
        patch.setattr(handover, "write_batch", worn)
        with pytest.raises(KitError, match="stick stick was pulled out or is broken"):
            to_stick(told, records, stick)
    assert batches(stick) == [] and records.counts()["handed_over"] == 0
    assert to_stick(told, records, stick) == 1


def test_a_stick_that_is_gone_gets_no_folder_on_the_card(tmp_path, stick):
    told, records = station(tmp_path)
    add(told, records, 1)
    shutil.rmtree(stick / FOLDER)
    with pytest.raises(KitError, match="was pulled out or is broken .*No record is lost"):
        to_stick(told, records, stick)
    assert list(stick.iterdir()) == []
    assert records.counts()["handed_over"] == 0


@linux
@root
def test_a_full_stick_and_a_write_protected_one(tmp_path, disk, monkeypatch):
    monkeypatch.setattr(handover, "MOST_RECORDS", 10)
    told, records = station(tmp_path)
    (disk / "holiday.jpg").write_bytes(bytes(1_022_000))
    add(told, records, 30)  # a batch of 10 needs 12 kB
    with pytest.raises(KitError, match="stick blue is full; .* No record is lost"):
        to_stick(told, records, disk)
    assert not list(disk.rglob("*.part"))
    handed = records.counts()["handed_over"]
    assert 0 < len(batches(disk)) == handed // 10 < 3
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(KitError, match="stick blue cannot be written to; take off its write"):
        to_stick(told, records, disk)
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    (disk / "holiday.jpg").unlink()
    assert to_stick(told, records, disk) == 30 - handed
    assert numbers(disk, tmp_path / "laptop") == list(range(1, 31))


@linux
def test_which_sticks_want_records(tmp_path):
    assert find_sticks("") == [] and find_sticks(str(tmp_path / "none")) == []
    media = tmp_path / "media"
    media.mkdir()
    (media / "on-the-card" / FOLDER).mkdir(parents=True)  # where a stick had been
    assert find_sticks(str(media)) == []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        if os.stat(other).st_dev == media.stat().st_dev:
            pytest.skip("no other disk here")
        (media / "stick").symlink_to(other)
        assert find_sticks(str(media)) == []  # a stranger's: it has no such folder
        Path(other, FOLDER).mkdir()
        assert find_sticks(str(media)) == [media / "stick"]


@linux
@root
def test_a_stick_that_is_plugged_in_is_filled_and_may_be_pulled_out(tmp_path, disk):
    told, records = station(tmp_path, usb=str(tmp_path / "media"))
    add(told, records, 3)
    lines = []
    courier = Courier(told, records, say=lines.append)
    courier.look()
    assert lines == ["3 records were handed over to blue."] and courier.last == lines[0]
    add(told, records, 1)
    courier.look()
    assert batches(disk) == ["1-3.zip"]  # it stays in: not a file for each picture
    subprocess.run(["umount", disk], check=True)
    courier.look()
    assert list(disk.iterdir()) == []
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]
    subprocess.run(mount, check=True)
    (disk / FOLDER).mkdir()
    courier.look()
    assert batches(disk) == ["4-4.zip"]
    assert lines[1:] == ["1 records were handed over to blue."]


def test_trouble_is_told_once_and_ends(tmp_path, monkeypatch):
    told, records = station(tmp_path, usb=str(tmp_path))
    add(told, records, 1)
    sticks = [tmp_path / "stick"]
    monkeypatch.setattr("lowres_kit.field.courier.find_sticks", lambda usb: list(sticks))
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    lines = []
    courier = Courier(told, records, say=lines.append)
    for _ in range(100):
        courier.look()
        clock[0] += 30
    assert len(lines) == 1 and "No record is lost" in lines[0]
    (sticks[0] / FOLDER).mkdir(parents=True)
    clock[0] += 3600  # the longest pause
    courier.look()
    assert lines[1:] == ["1 records were handed over to stick."]


def test_a_fault_of_ours_does_not_end_the_hand_over(tmp_path, stick, monkeypatch):
    told, records = station(tmp_path, usb=str(tmp_path))
    add(told, records, 1)
    monkeypatch.setattr("lowres_kit.field.courier.find_sticks", lambda usb: [stick])
    monkeypatch.setattr("lowres_kit.field.courier.LOOK", 0.01)
    monkeypatch.setattr("lowres_kit.field.courier.FIRST_PAUSE", 0.01)
    real, faults = handover.write_batch, iter([ZeroDivisionError("x")])

    def faulty(*rest):
        for fault in faults:
            raise fault
        return real(*rest)

    monkeypatch.setattr(handover, "write_batch", faulty)
    lines = []
    courier = Courier(told, records, say=lines.append)
    courier.start()
    end = time.monotonic() + 10
    while len(lines) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    courier.close()
    assert lines == [
        "Hand-over failed: ZeroDivisionError('x')", "1 records were handed over to stick."
    ]  # fmt: skip


def test_nothing_set_nothing_started(tmp_path):
    courier = Courier(*station(tmp_path))
    courier.start()
    courier.look()
    courier.close()
    assert courier._thread is None


WORK = """
import sys
from pathlib import Path
from small_station import add, station
from lowres_kit.field.handover import to_stick
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
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "field")])
    for _ in range(12):
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
    assert len(confirmed) > 50 and set(confirmed) <= set(found)
    assert found == list(range(1, records.counts()["records"] + 1))
    assert len(set(confirmed)) == len(confirmed)


UNPLUGGED = """
import sys
from pathlib import Path
from small_station import add, station
from lowres_kit.field import courier
courier.LOOK, courier.STICK_AGAIN, courier.FIRST_PAUSE = 0.001, 0.0, 0.01
settings, records = station(Path(sys.argv[1]), usb=sys.argv[2])
courier.Courier(settings, records, say=lambda line: print(line, flush=True)).start()
while True:
    add(settings, records)
"""


@linux
@root
def test_pulled_out_at_random_instants(tmp_path, disk):
    """A disk that is unmounted again and again in the middle of it, while pictures are taken."""
    random, place = Random(5), tmp_path / "sticks" / "red"
    place.mkdir(parents=True)
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "field")])
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


def test_disk_errors_are_sentences():
    for number in (errno.ENOSPC, errno.EROFS, errno.EIO, errno.ENODEV):
        told = handover._about_stick("blue", OSError(number, os.strerror(number)))
        assert told.startswith("The stick blue ") and told.endswith(" No record is lost.")
