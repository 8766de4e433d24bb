"""Hand-over to sticks: nothing lost and nothing twice, whatever happens to the stick."""

import errno
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from small_station import add, batches, linux, numbers, root, station

from lowres_kit.errors import KitError
from lowres_kit.field.handover import handover
from lowres_kit.field.handover.batch import MOST_RECORDS
from lowres_kit.field.handover.handover import FOLDER, Courier, find_sticks, to_stick


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
    monkeypatch.setattr("lowres_kit.field.handover.handover.find_sticks", lambda usb: list(sticks))
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
    monkeypatch.setattr("lowres_kit.field.handover.handover.find_sticks", lambda usb: [stick])
    monkeypatch.setattr("lowres_kit.field.handover.handover.LOOK", 0.01)
    monkeypatch.setattr("lowres_kit.field.handover.handover.FIRST_PAUSE", 0.01)
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


def test_disk_errors_are_sentences():
    for number in (errno.ENOSPC, errno.EROFS, errno.EIO, errno.ENODEV):
        told = handover._about_stick("blue", OSError(number, os.strerror(number)))
        assert told.startswith("The stick blue ") and told.endswith(" No record is lost.")
