"""The station as a process: what it confirmed is kept, whatever happens to it."""

import json
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from own_mounts import run_on_small_disk
from station_process import ROOT, SECONDS, Running, jpeg, settings_in

from lowres_kit.errors import KitError
from lowres_kit.field import FieldModel, Pack, station
from lowres_kit.field.password import set_password
from lowres_kit.field.records import Records
from lowres_kit.field.settings import Settings
from lowres_kit.field.station import Station

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the station runs on Linux")


def put(folder, name, content):
    """Put a file there whole, as a camera does."""
    draft = folder / f".{name}"
    draft.write_bytes(content)
    draft.rename(folder / name)


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def started(tmp_path, whole):
    """Start stations; what still runs at the end is killed."""
    running = []

    def start(*words, more={}, **environment):
        running.append(Running(settings_in(tmp_path, whole, **more), *words, **environment))
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


def test_nothing_is_shown_before_it_is_written(tmp_path, whole, monkeypatch):
    shown = []
    one = Station(Settings.load(settings_in(tmp_path, whole)), shown.append)
    put(tmp_path / "incoming", "a.jpg", jpeg())
    one.pins.show = lambda answer: shown.append("pins")
    one.drift.add = lambda *_: shown.append("drift")
    one.records.add = _fails(one)
    one._say = shown.append
    with pytest.raises(KitError):
        one._answer(next(one.source.pictures()))
    assert shown == []
    assert list((tmp_path / "station" / "photos").iterdir()) == []  # its photo is no stray
    del one.records.add
    one.run(1)
    assert [line for line in shown if line.startswith("#1")] and "pins" in shown


def _fails(one):
    def add(**_):
        raise KitError("records.db cannot be written.")

    return add


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


def test_photos_that_cannot_be_kept_are_told_once_and_stop_nothing(tmp_path, whole):
    said = []
    one = Station(Settings.load(settings_in(tmp_path, whole)), said.append)
    for k in range(3):
        put(tmp_path / "incoming", f"{k}.jpg", jpeg(k))
    (tmp_path / "station" / "photos").rmdir()
    (tmp_path / "station" / "photos").touch()
    one.run(3)
    assert len([line for line in said if line.startswith("No photo is kept")]) == 1
    assert [record.photo for record in one.records.last(9)] == ["", "", ""]
    assert one.facts()["error"].startswith("No photo is kept")
    one.records.close()


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


def test_the_page_is_served_once_there_is_a_password(tmp_path, whole, started, monkeypatch):
    monkeypatch.setattr(station, "PAGE_AGAIN", 0.0)
    port = free_port()
    path = settings_in(tmp_path, whole, page_port=port)
    one = Station(Settings.load(path), lambda line: None)
    running = threading.Thread(target=one.run)
    running.start()
    try:
        address = f"http://127.0.0.1:{port}/login"
        with pytest.raises(OSError):
            urllib.request.urlopen(address, timeout=2)
        set_password(tmp_path / "station", "four words that fit")
        assert _until(lambda: "page" in one._threads)
        assert b"password" in urllib.request.urlopen(address, timeout=9).read().lower()
        html = one._page.html()
        assert "beans" in html and one.model.pack.fingerprint in html and "LiteRT" in html
    finally:
        one.stop()
        running.join()
    with pytest.raises(OSError):
        urllib.request.urlopen(address, timeout=2)


def _until(true):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and not true():
        time.sleep(0.05)
    return true()


def test_a_thread_that_died_ends_the_station(tmp_path, whole):
    one = Station(Settings.load(settings_in(tmp_path, whole)), lambda line: None)
    page = threading.Thread(target=lambda: None, name="page")
    one._threads.add(page.name)
    page.start()
    page.join()
    end = threading.Timer(20, one.stop)  # if it is not noticed
    end.start()
    with pytest.raises(RuntimeError, match="thread page has ended"):
        one.run()
    end.cancel()
    again = Station(Settings.load(settings_in(tmp_path, whole)))  # the place was given back
    again._ends.close()


def test_the_button_takes_a_picture_and_nothing_else_does(tmp_path, whole, monkeypatch):
    monkeypatch.setattr(Station, "_open_pins", lambda self, names: setattr(
        self, "pins", SimpleNamespace(ready=int, fault=int, show=lambda answer: None)))  # no GPIO
    said = []
    path = settings_in(tmp_path, whole, every=0, button=17)
    one = Station(Settings.load(path), said.append)
    put(tmp_path / "incoming", "a.jpg", jpeg())
    running = threading.Thread(target=one.run)
    running.start()
    try:
        assert _until(lambda: any(line.startswith("ready") for line in said))
        time.sleep(2.5)
        assert not [line for line in said if line.startswith("#")]
        one.press()
        assert _until(lambda: [line for line in said if line.startswith("#1 ")])
        put(tmp_path / "incoming", "b.jpg", jpeg(2))
        time.sleep(2.5)
        assert not [line for line in said if line.startswith("#2")]
    finally:
        one.stop()
        running.join()


def test_drift_is_known_again_after_a_restart(tmp_path, whole):
    path, quiet = settings_in(tmp_path, whole), [].append
    for k in range(55):
        put(tmp_path / "incoming", f"{k}.jpg", jpeg(k, 48))
    first = Station(Settings.load(path), quiet)
    first.run(55)
    second = Station(Settings.load(path), quiet)
    assert second.drift.state() == first.drift.state() and first.drift.state()["enough"]
    second._ends.close()


FULL = """
import sys, time
from pathlib import Path
from test_station import Settings, Station, jpeg, put, settings_in
disk, pack = Path(sys.argv[1]), sys.argv[2]
said = []
one = Station(Settings.load(settings_in(disk, pack, every=0.1)), said.append)
faults = []
one.pins.fault = lambda: faults.append(1)
for k in range(30):
    put(disk / "incoming", f"{k}.jpg", jpeg(k, 300))
one.run(30)
assert len(one.records.last(99)) == 30

one = Station(Settings.load(settings_in(disk, pack, every=0.1)), said.append)
one.pins.fault = lambda: (faults.append(1), len(faults) > 1 and one.stop())
put(disk / "incoming", "late.jpg", jpeg(99, 100))
ballast = open(disk / "ballast", "wb", buffering=0)
def fill():
    try:
        while True:
            ballast.write(bytes(4096))
    except OSError:
        pass
fill()
one.photos.drop = lambda name: (type(one.photos).drop(one.photos, name), fill())  # others are quick
import lowres_kit.field.station as module
module.RETRY = 0.1
one.run()
assert len(faults) == 2 and not [line for line in said if "late.jpg" in line and "#" in line]
print([line for line in said if "records.db cannot be written" in line])
(disk / "ballast").unlink()
ballast.close()

one = Station(Settings.load(settings_in(disk, pack, every=0.1)), said.append)
one.run(1)
assert one.records.last(1)[0].source == "late.jpg" and len(one.records.last(99)) == 31
"""


def test_full_disk_shows_nothing_and_recovers(tmp_path, whole):
    told = run_on_small_disk(FULL, tmp_path, 16_000, str(whole))
    assert told.count("records.db cannot be written (database or disk is full)") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "nowhere.toml"], "There is no file nowhere.toml"),
        (["verify", "nowhere.zip"], "There is no pack nowhere.zip"),
    ],
)
def test_errors_are_one_sentence(words, told, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "lowres_kit.field.cli", *words], capture_output=True, text=True,
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ran.returncode == 2 and len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith(f"lowres-field: {told}")


def test_the_command_imports_little():
    program = """
import json, sys
from lowres_kit.field.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(json.dumps([name for name in ("numpy", "PIL", "torch", "sqlite3") if name in sys.modules]))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert json.loads(ran.stdout.splitlines()[-1]) == [] and re.search(r"run +run", ran.stdout)
