"""Sticks and collectors come and go, the power goes at any step: each record arrives once."""

import os
import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from small_station import add, photo, station

from lowres_kit.desk import collect
from lowres_kit.desk.collect import Collection, take_all
from lowres_kit.desk.collect_server import Collector
from lowres_kit.errors import KitError
from lowres_kit.field.handover import handover
from lowres_kit.field.handover.handover import FOLDER, to_collector, to_stick
from lowres_kit.field.handover.shared_token import FILE
from lowres_kit.field.store.records import Records

STICKS = st.sampled_from(("red", "blue"))


class PowerCut(BaseException):
    """The end of a process: nothing catches it."""


class Cutting:
    """Lets a number of calls that change a disk pass, then cuts the power, or breaks the disk."""

    NAMES = ((os, "fsync"), (os, "replace"), (os, "mkdir"), (Path, "unlink"))

    def __init__(self, calls, error):
        self.calls, self.error, self.thread = calls, error, threading.get_ident()

    def __enter__(self):
        self.real = [getattr(*name) for name in self.NAMES]
        for (place, name), real in zip(self.NAMES, self.real):
            setattr(place, name, self._counted(real))

    def __exit__(self, *_):
        for (place, name), real in zip(self.NAMES, self.real):
            setattr(place, name, real)

    def _counted(self, real):
        def call(*arguments, **options):
            if threading.get_ident() == self.thread:
                self.calls -= 1
                if self.calls < 0:
                    raise self.error
            return real(*arguments, **options)

        return call


class Season(RuleBasedStateMachine):
    """A station, two sticks, a collector in the network, and all that happens to them."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.settings, self.records = station(self.folder)
        self.collection = Collection(self.folder / "laptop")
        self.server = None
        self.written, self.sticks = [], {}
        for name in ("red", "blue"):
            self.sticks[name] = self.folder / name
            (self.folder / name / FOLDER).mkdir(parents=True)

    @rule(count=st.integers(1, 4))
    def pictures_are_taken(self, count):
        self.written += add(self.settings, self.records, count)

    @rule(data=st.data())
    @precondition(lambda self: self.written)
    def a_photo_is_dropped(self, data):
        record = data.draw(st.sampled_from(self.written))
        (self.settings.place / "photos" / record.photo).unlink(missing_ok=True)

    @rule(name=STICKS)
    def stick_is_plugged_in(self, name):
        self.hand_over(to_stick, self.sticks[name])

    @rule(name=STICKS, calls=st.integers(0, 12), cut=st.booleans())
    def stick_is_pulled_out_or_power_goes(self, name, calls, cut):
        error = PowerCut() if cut else OSError(5, "Input/output error")
        with Cutting(calls, error):
            self.hand_over(to_stick, self.sticks[name])

    @rule(name=STICKS)
    def stick_goes_to_the_laptop(self, name):
        self.collect(name)

    @rule(name=STICKS, calls=st.integers(0, 12))
    def laptop_is_cut(self, name, calls):
        with suppress(PowerCut), Cutting(calls, PowerCut()):
            self.collect(name)
        self.collection.close()
        self.collection = Collection(self.folder / "laptop")

    def collect(self, name):
        if list(self.sticks[name].glob(f"{FOLDER}/*/*.zip")):
            assert take_all(self.collection, [self.sticks[name]], say=lambda line: None)

    @rule()
    def stick_is_emptied_after_it_was_collected(self):
        self.collect("red")
        shutil.rmtree(self.sticks["red"] / FOLDER)
        (self.sticks["red"] / FOLDER).mkdir()

    @rule()
    def network_is_there(self):
        self.send()

    @rule(cut=st.sampled_from(("reply lost", "no reply", "power")))
    def network_breaks(self, cut):
        real = handover.write_batch

        def broken(send, *rest):
            if send is None or cut == "reply lost":
                return real(send, *rest)
            if cut == "power":
                raise PowerCut
            send.__self__.sock.shutdown(socket.SHUT_RDWR)  # `send` is that of a connection
            return real(send, *rest)

        handover.write_batch = broken
        closing, self.records.close_batch = self.records.close_batch, self.gone
        if cut != "reply lost":
            self.records.close_batch = closing
        try:
            self.send()
        finally:
            handover.write_batch = real
            self.records.close_batch = closing

    def gone(self, *_):
        raise PowerCut

    def send(self):
        with Collector(self.collection, port=0, say=lambda line: None) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.005,))
            thread.start()
            try:
                address = f"http://127.0.0.1:{server.server_port}"
                token = (self.collection.folder / FILE).read_bytes()
                (self.settings.place / FILE).write_bytes(token)
                self.hand_over(to_collector, address)
            finally:
                server.shutdown()
                thread.join()

    def hand_over(self, how, target):
        try:
            if how is to_stick:
                to_stick(self.settings, self.records, target)
            else:
                to_collector(collect.replace(self.settings, collector=target), self.records)
        except KitError as error:
            assert "No record is lost." in str(error) or "cannot be reached" in str(error), error
        except PowerCut:
            self.records.close()
            self.records = Records(self.settings.place / "records.db", "shed")

    def teardown(self):
        """At the end of the season all is brought home: each record is there, once."""
        try:
            for name in self.sticks:
                self.stick_is_plugged_in(name)
                self.collect(name)
                assert not list(self.sticks[name].rglob("*.part"))
            found = list(self.collection)
            assert [record.number for record in found] == [r.number for r in self.written]
            assert all(map(collect.same_facts, found, self.written))
            for record in found:
                if "/" in record.photo:
                    there = (self.collection.folder / record.photo).read_bytes()
                    assert there == photo(record.number)
                else:
                    assert record.photo == "dropped"
            assert self.records.counts()["handed_over"] == len(self.written)
            assert self.records.open_batch() is None
            assert not (self.collection.folder / "conflicts").exists()
        finally:
            self.records.close()
            self.collection.close()
            shutil.rmtree(self.folder)


Season.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestSeason = Season.TestCase
