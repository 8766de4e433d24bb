"""The station as a process: what it confirmed is kept, whatever happens to it."""

import json
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import numpy as np
import pytest
from station_process import ROOT, SECONDS, Running, jpeg, put, settings_in

from lowres_kit.field import FieldModel, Pack
from lowres_kit.field.store.records import Records

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the station runs on Linux")


@pytest.fixture
def started(tmp_path, whole):
    """Start stations; what still runs at the end is killed."""
    running = []

    def start(*words, more=None, **environment):
        running.append(Running(settings_in(tmp_path, whole, **(more or {})), *words, **environment))
        return running[-1]

    yield start
    for one in running:
        one.kill()


def kept(tmp_path):
    records = Records(tmp_path / "station" / "records.db", say=pytest.fail)
    found = records.between(1, 10**6)
    records.close()
    return found


def test_answers_records_photos_and_a_clean_end(tmp_path, whole, started):
    running = started()
    running.wait_for(r"^ready: pack beans [0-9a-f]{8}, LiteRT, 0 records$")
    for k in range(3):
        put(tmp_path / "incoming", f"leaf-{k}.jpg", jpeg(k))
    running.wait_for("^#3 ")
    assert running.stop() == 0, running.said()
    found, model = kept(tmp_path), FieldModel(Pack.open(whole))
    assert running.confirmed() == [(r.number, r.label, r.source) for r in found]
    assert {record.source for record in found} == {f"leaf-{k}.jpg" for k in range(3)}
    for record in found:
        answer = model.classify(tmp_path / "incoming" / record.source)
        assert (record.label, record.ask) == (answer.label, answer.ask)
        assert record.confidence == pytest.approx(answer.confidence, abs=1e-5)
        assert record.pack == model.pack.fingerprint
        assert (tmp_path / "station" / "photos" / record.photo).stat().st_size > 500
        assert 100 < record.statistics["brightness"] < 150
    again = started("--once", "1")
    again.wait_for("^ready: .* 3 records$")
    put(tmp_path / "incoming", "leaf-9.jpg", jpeg(9))
    assert again.process.wait(SECONDS) == 0 and kept(tmp_path)[3].source == "leaf-9.jpg"


def test_killed_at_random_instants(tmp_path, started):
    photos = 250
    (tmp_path / "incoming").mkdir()
    for k in range(photos):
        put(tmp_path / "incoming", f"{k:03}.jpg", jpeg(k, 24))
    confirmed, kills, chance = [], 0, random.Random(0)
    while kills < 8:
        running = started()
        running.wait_for("^ready|^#")
        time.sleep(1 + chance.random() * 0.7)  # after the second in which files must not change
        running.kill()
        time.sleep(0.1)
        assert "damaged" not in running.said() and "Traceback" not in running.said()
        confirmed += running.confirmed()
        kills += 1
        with closing(sqlite3.connect(tmp_path / "station" / "records.db")) as database:
            assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
    last = started()
    last.wait_for("^ready")
    until = time.monotonic() + SECONDS
    while len(kept(tmp_path)) < photos and time.monotonic() < until:
        time.sleep(0.2)
    assert last.stop() == 0
    confirmed += last.confirmed()
    found = kept(tmp_path)
    told = {number: (label, source) for number, label, source in confirmed}
    assert len(told) == len(confirmed) > 20  # none was told twice
    stored = {record.number: (record.label, record.source) for record in found}
    assert told.items() <= stored.items()
    assert sorted(record.source for record in found) == [f"{k:03}.jpg" for k in range(photos)]
    assert len(stored) == photos
    on_disk = {path.name for path in (tmp_path / "station" / "photos").iterdir()}
    assert {record.photo for record in found} <= on_disk
    assert len(on_disk) <= photos + kills  # a cut leaves at most the copy that was being made


def test_broken_and_half_copied_files(tmp_path, started):
    running = started()
    running.wait_for("^ready")
    content, path = jpeg(1), tmp_path / "incoming" / "slow.jpg"
    put(tmp_path / "incoming", "broken.jpg", b"not at all")
    with open(path, "wb") as file:
        for part in np.array_split(np.frombuffer(content, np.uint8), 8):
            file.write(part.tobytes())
            file.flush()
            time.sleep(0.2)
    running.wait_for("^broken.jpg ")
    running.wait_for("^#1 .* slow.jpg$")
    assert "slow.jpg is" not in running.said()  # it was not looked at while it grew
    put(tmp_path / "incoming", "next.jpg", jpeg(2))
    running.wait_for("^#2 .* next.jpg$")
    assert running.stop() == 0 and len(kept(tmp_path)) == 2


def test_a_folder_that_comes_and_goes(tmp_path, started):
    running = started(more={"folder": str(tmp_path / "stick" / "in")})
    running.wait_for("^ready")
    line, _ = running.wait_for("cannot be read")
    (tmp_path / "stick" / "in").mkdir(parents=True)
    put(tmp_path / "stick" / "in", "a.jpg", jpeg())
    running.wait_for("^The station works again.")
    running.wait_for("^#1 ")
    assert running.said().count(line) == 1  # it is told once, not at each attempt


def test_a_camera_that_is_not_there(tmp_path, started):
    running = started(more={"source": "camera", "camera": str(tmp_path / "video9")})
    running.wait_for("^There is no camera")
    time.sleep(1)
    assert running.process.poll() is None and running.stop() == 0


def test_systemd_is_told(tmp_path, started):
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(SECONDS)
        running = started(NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert heard.recv(100) == b"READY=1"
        begun = time.monotonic()
        assert [heard.recv(100) for _ in range(4)] == [b"WATCHDOG=1"] * 4
        assert time.monotonic() - begun < 10
        running.process.terminate()
        while heard.recv(100) != b"STOPPING=1":
            pass
        assert running.process.wait(SECONDS) == 0


def test_a_pack_that_fails_its_checks_is_never_ready(tmp_path, whole, started):
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "bad.zip").write_bytes(content)
    running = started(more={"pack": str(tmp_path / "bad.zip")})
    assert running.process.wait(SECONDS) == 2
    time.sleep(0.2)
    errors = [line for _, line in running.errors if line.startswith("lowres-field: bad.zip")]
    assert len(errors) == 1 and "ready" not in running.said()


def test_two_stations_in_one_place(tmp_path, whole, started):
    started().wait_for("^ready")
    second = started()
    assert second.process.wait(SECONDS) == 2
    time.sleep(0.2)
    assert "Another station works in" in second.said()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "nowhere.toml"], "There is no file nowhere.toml"),
        (["verify", "nowhere.zip"], "There is no pack nowhere.zip"),
    ],
)
def test_errors_are_one_sentence(words, told, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "lowres_kit.field_cli", *words], capture_output=True, text=True,
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ran.returncode == 2 and len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith(f"lowres-field: {told}")


def test_the_command_imports_little():
    program = """
import json, sys
from lowres_kit.field_cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(json.dumps([name for name in ("numpy", "PIL", "torch", "sqlite3") if name in sys.modules]))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert json.loads(ran.stdout.splitlines()[-1]) == [] and re.search(r"run +run", ran.stdout)
