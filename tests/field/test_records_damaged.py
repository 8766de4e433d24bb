"""A damaged database is set aside, not deleted, and one that was being made is made anew."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from own_mounts import ROOT
from test_records import add

from lowres_kit.errors import KitError
from lowres_kit.field.store.records import Records


@pytest.mark.parametrize("damage", ["garbage", "middle", "zeros", "foreign"])
def test_a_damaged_database_is_set_aside_not_deleted(tmp_path, damage):
    path, told = tmp_path / "records.db", []
    records = Records(path)
    for _ in range(200):
        add(records)
    before = records.station
    records.close()
    content = bytearray(path.read_bytes())
    if damage == "garbage":
        content = bytearray(os.urandom(5000))
    elif damage == "middle":
        content[8192:20480] = os.urandom(12288)
    elif damage == "zeros":
        content = bytearray(8192)
    path.write_bytes(content)
    if damage == "foreign":
        path.unlink()
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE birds (name)")
    records = Records(path, "shed", told.append)
    assert len(told) == 1 and "records-damaged-1.db" in told[0]
    if damage == "foreign":
        with closing(sqlite3.connect(tmp_path / "records-damaged-1.db")) as other:
            assert other.execute("SELECT name FROM sqlite_master").fetchone() == ("birds",)
    else:
        assert (tmp_path / "records-damaged-1.db").read_bytes() == content
    assert records.station != before and add(records).number == 1
    records.close()
    assert Records(path, say=told.append).counts()["records"] == 1 and len(told) == 1


def test_damage_that_shows_later_is_found_at_the_next_call(tmp_path):
    told = []
    records = Records(tmp_path / "records.db", "shed", told.append)
    for _ in range(300):
        add(records)
    records.close()
    records.last(1)  # opens it, and looks for damage no more
    with open(records.path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(os.path.getsize(records.path) - 4096))
    with pytest.raises(KitError, match="cannot be"):
        for _ in range(300):
            records.between(1, 1000)
            add(records)
    assert add(records).number == 1 and "records-damaged-1.db" in told[0]


def test_a_log_without_its_database_is_not_played_into_a_new_one(tmp_path):
    path = tmp_path / "records.db"
    records = Records(path)
    add(records)
    stray = (tmp_path / "records.db-wal").read_bytes()
    records.close()
    path.unlink()
    (tmp_path / "records.db-wal").write_bytes(stray)
    records = Records(path)
    assert records.counts()["records"] == 0
    assert (tmp_path / "records-damaged-1.db-wal").read_bytes() == stray


@pytest.mark.parametrize("left", ["empty file", "draft", "draft with log"])
def test_a_database_that_was_being_made_is_made_anew(tmp_path, left):
    path = tmp_path / "records.db"
    if left == "empty file":
        path.touch()
    else:
        (tmp_path / "records.db.part").write_bytes(os.urandom(3000))
    if left == "draft with log":
        (tmp_path / "records.db.part-wal").write_bytes(os.urandom(3000))

    def say(line):
        raise AssertionError(line)

    records = Records(path, "shed", say)
    assert add(records).number == 1
    assert sorted(p.name for p in tmp_path.iterdir() if "part" in p.name) == []


def test_made_by_a_later_version(tmp_path):
    path = tmp_path / "records.db"
    Records(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(KitError, match="later version"):
        Records(path)
    assert [p.name for p in tmp_path.iterdir()] == ["records.db"]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_killed_at_any_instant_while_it_is_made_and_used(tmp_path):
    program = """
import sys
from lowres_kit.field.store.records import Records
from lowres_kit.field.pack.model import Answer
print("begun", flush=True)
records = Records(sys.argv[1], "shed", lambda line: print("SAID", line, flush=True))
while True:
    answer = Answer("rust", 0.9, False, {"rust": 0.9})
    record = records.add(source="camera", pack="x", answer=answer, statistics={})
    print(record.id, flush=True)
"""
    confirmed, instants = [], [0, 3, 200, 400, 5, 10, 15, 300, 20, 30, 50, 80]
    for k, milliseconds in enumerate(instants):
        path = tmp_path / str(k // 4) / "records.db"  # each is made, then killed three times more
        running = subprocess.Popen(
            [sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert running.stdout.readline() == "begun\n"
        time.sleep(milliseconds / 1000)
        running.send_signal(signal.SIGKILL)
        confirmed += running.stdout.read().split("\n")[:-1]  # a line that was cut was not told
        running.wait()
    kept = []
    for path in tmp_path.glob("*/records.db"):
        records = Records(path)
        kept += [record.id for record in records.last(10**6)]
        with records._database.work("read") as database:
            assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
        records.close()
    assert len(set(confirmed)) == len(confirmed) > 5
    assert set(confirmed) <= set(kept) and len(set(kept)) == len(kept)
