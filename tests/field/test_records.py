"""Records: nothing that was confirmed is lost, and nothing is handed over twice."""

import shutil
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from own_mounts import run_on_small_disk

from lowres_kit.errors import KitError
from lowres_kit.field.pack.model import Answer
from lowres_kit.field.store.records import Record, Records

RUST = Answer("bean rust", 0.91234567, False, {"bean rust": 0.91234567, "çé": 0.08765433})
LIGHT = {"brightness": 101.23456789, "sharpness": 0.00123456789}


def add(records, source="camera", answer=RUST, **more):
    return records.add(source=source, pack="12345678", answer=answer, statistics=LIGHT, **more)


@pytest.fixture
def records(tmp_path):
    records = Records(tmp_path / "place" / "records.db", "shed")
    yield records
    records.close()


def test_what_was_added_is_read_back(records):
    first = add(records, "leaf 1.jpg", photo="a.jpg", digest="d", stamp="s")
    second = add(records, answer=Answer("çé", 0.4, True, {"bean rust": 0.4, "çé": 0.4}))
    assert [first.number, second.number] == [1, 2] and first.id == f"{records.station}:1"
    assert first.statistics == {"brightness": 101.235, "sharpness": 0.00123457}
    assert len(first.taken) == 20 and first.taken.endswith("Z") and len(first.boot) == 8
    assert records.last(5) == [second, first] and records.last(1) == [second]
    assert records.between(1, 1) == [first] and records.between(2, 9) == [second]
    assert records.last(1)[0].ask is True
    counts = {"records": 2, "asked": 1, "labels": {"bean rust": 1, "çé": 1}, "handed_over": 0}
    assert records.counts() == counts
    again = Records(records.path, "another name")
    assert again.station == records.station and again.last(2) == records.last(2)
    assert again.counts() == counts
    again.close()


def test_two_stations_of_one_name_are_told_apart(tmp_path):
    some = [Records(tmp_path / str(k) / "records.db", "shed") for k in range(2)]
    assert some[0].station != some[1].station
    assert all(one.station.startswith("shed-") and len(one.station) == 13 for one in some)
    for one in some:
        one.close()


def test_a_commit_waits_for_the_disk(records):
    with records._database.work("read") as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_is_taken_in_once(records):
    add(records, "leaf.jpg", digest="d1", stamp="9-100")
    assert records.knows("leaf.jpg", digest="d1") and records.knows("leaf.jpg", stamp="9-100")
    assert not records.knows("leaf.jpg", digest="d2", stamp="9-101")
    assert not records.knows("leaf.jpg") and not records.knows("other.jpg", "d1", "9-100")
    with pytest.raises(KitError, match="taken in before"):
        add(records, "leaf.jpg", digest="d1", stamp="9-200")
    assert records.counts()["records"] == 1 and len(records.last(5)) == 1
    assert add(records, "leaf.jpg", digest="d2").number == 2


def test_photos_go_in_order(records):
    for k in range(6):
        add(records, photo="" if k == 1 else f"{k}.jpg")
    assert records.photos() == ["0.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"]
    assert records.photos(most=3) == ["0.jpg", "2.jpg", "3.jpg"]
    records.forget_photo("2.jpg")
    assert records.photos(2) == ["0.jpg", "3.jpg"] and records.between(3, 3)[0].photo == ""


def test_a_batch_that_is_not_open_cannot_be_closed(records):
    add(records)
    first, last = records.open_batch()
    with pytest.raises(KitError, match="not being handed over"):
        records.close_batch(first, last + 1, "stick")
    records.close_batch(first, last, "")
    with pytest.raises(KitError, match="not being handed over"):
        records.close_batch(first, last, "stick")
    assert records.open_batch() is None and records.counts()["handed_over"] == 1


class Life(RuleBasedStateMachine):
    """A station's records over years: added, handed over, with power cuts in between."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "0" / "records.db"
        self.records = Records(self.path, "shed", self.say)
        self.station, self.confirmed, self.closed, self.fixed = self.records.station, [], [], None

    def say(self, line):
        raise AssertionError(line)

    @rule(label=st.sampled_from(["rust", "healthy"]), ask=st.booleans())
    def answer(self, label, ask):
        self.confirmed.append(add(self.records, answer=Answer(label, 0.5, ask, {label: 0.5})))

    @rule(most=st.integers(1, 4))
    def fix_a_batch(self, most):
        batch = self.records.open_batch(most)
        if self.fixed:
            assert batch == self.fixed
        elif batch:
            assert batch[1] - batch[0] < most
        self.fixed = batch

    @precondition(lambda self: self.fixed)
    @rule()
    def hand_over(self):
        self.records.close_batch(*self.fixed, "stick")
        self.closed.append(self.fixed)
        self.fixed = None

    @rule()
    def restart(self):
        self.records.close()
        self.records = Records(self.path, "shed", self.say)

    @rule()
    def power_cut(self):
        # What is on the disk at this instant goes on living, without what the process knew.
        folder = self.folder / str(int(self.path.parent.name) + 1)
        folder.mkdir()
        for path in self.path.parent.iterdir():
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder)
        self.records.close()
        self.path = folder / "records.db"
        self.records = Records(self.path, "shed", self.say)

    @invariant()
    def nothing_is_lost(self):
        assert self.records.station == self.station
        assert self.records.between(1, 10**9) == self.confirmed
        numbers = [record.number for record in self.confirmed]
        assert numbers == sorted(set(numbers))
        counts = self.records.counts()
        assert counts["records"] == len(numbers) == sum(counts["labels"].values())
        assert counts["asked"] == sum(record.ask for record in self.confirmed)

    @invariant()
    def each_is_handed_over_once(self):
        batches = self.closed + ([self.fixed] if self.fixed else [])
        taken = [number for first, last in batches for number in range(first, last + 1)]
        assert taken == list(range(1, len(taken) + 1))
        done = [number for first, last in self.closed for number in range(first, last + 1)]
        assert self.records.counts()["handed_over"] == len(done)

    def teardown(self):
        self.records.close()
        shutil.rmtree(self.folder)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


def test_threads_share_it(records):
    kept, trouble = [], []

    def write():
        kept.extend(add(records).number for _ in range(20))

    def read():
        try:
            for _ in range(60):
                counts, last = records.counts(), records.last(3)
                assert counts["records"] == sum(counts["labels"].values())
                assert all(isinstance(record, Record) for record in last)
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=work) for work in (write, write, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept) == list(range(1, 41)) and not trouble


FULL = """
import os, sys
from test_records import add, Records, KitError
from pathlib import Path
disk = Path(sys.argv[1])
records, confirmed = Records(disk / "records.db"), []
(disk / "ballast").write_bytes(bytes(300_000))
while len(confirmed) < 5000:
    try:
        confirmed.append(add(records))
    except KitError as error:
        print(error)
        break
for _ in range(3):
    try:
        confirmed.append(add(records))  # as long as a record fits it is kept; none is lost
    except KitError:
        pass
assert len(confirmed) > 20 and records.between(1, 10**6) == confirmed
(disk / "ballast").unlink()
confirmed.append(add(records))
assert records.between(1, 10**6) == confirmed, "after the disk had room again"
with records._database.work("read") as database:
    assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
"""


def test_full_disk_loses_nothing_and_recovers(tmp_path):
    told = run_on_small_disk(FULL, tmp_path, 600)
    assert told.startswith("records.db cannot be written (database or disk is full). Make room")


READ_ONLY = """
import subprocess, sys
from test_records import add, Records, KitError
disk = sys.argv[1]
def mount(how):
    subprocess.run(["mount", "-o", "remount," + how, disk], check=True)
records = Records(disk + "/records.db")
first = add(records)
for clean in (False, True):
    if not clean:  # as a power cut leaves it, with its log
        import os
        if os.fork() == 0:
            add(Records(disk + "/records.db"))
            os._exit(0)
        os.wait()
    records.close() if clean else records._database._connection.close()
    records._database._connection = None
    mount("ro")
    before = len(records.last(9))
    assert records.last(9)[-1] == first and records.counts()["records"] == before
    for _ in range(2):
        try:
            add(records)
            raise AssertionError("written to a read-only disk")
        except KitError as error:
            print(error)
    fresh = Records(disk + "/records.db")  # a station that starts now can at least be read
    assert len(fresh.last(9)) == before and fresh.station == first.station
    fresh.close()
    records._database.close()
    mount("rw")
    assert add(records).number == before + 1
"""


def test_read_only_disk_can_be_read_and_recovers(tmp_path):
    told = run_on_small_disk(READ_ONLY, tmp_path, 4000).splitlines()
    assert len(told) == 4 and all("records.db cannot be written" in line for line in told)


def test_no_place_to_make_it(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(KitError, match="cannot be opened"):
        Records(tmp_path / "file" / "records.db")
