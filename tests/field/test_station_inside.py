"""The station from inside: in which order it works, and how it bears what fails around it."""

import os
import socket
import threading
import time
import urllib.request
from contextlib import closing
from types import SimpleNamespace

import pytest
from own_mounts import run_on_small_disk
from station_process import SECONDS, jpeg, put, settings_in

from lowres_kit.errors import KitError
from lowres_kit.field import station
from lowres_kit.field.page.login import set_password
from lowres_kit.field.settings import Settings
from lowres_kit.field.station import Station

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the station runs on Linux")


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


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


def test_the_page_is_served_once_there_is_a_password(tmp_path, whole, monkeypatch):
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
    monkeypatch.setattr(
        Station,
        "_open_pins",
        lambda self, names: setattr(
            self, "pins", SimpleNamespace(ready=int, fault=int, show=lambda answer: None)
        ),
    )  # no GPIO
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
from test_station_inside import Settings, Station, jpeg, put, settings_in
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
