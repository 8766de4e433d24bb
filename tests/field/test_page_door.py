"""The page's door: who guesses waits longer and longer, and what was opened closes again."""

import pytest
from page_client import PASSWORD

from lowres_kit.errors import KitError
from lowres_kit.field.page import login
from lowres_kit.field.page.login import Door, set_password


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def door(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(login, "COST", 2)  # or the tries alone would take a minute
    return Door(set_password(tmp_path, PASSWORD), clock)


def wrong(door, address):
    assert door.enter(address, "wrong wrong")[0] is None


def test_wait_doubles_up_to_a_minute_and_is_forgotten(door, clock):
    waits = []
    for _ in range(12):
        wrong(door, "10.0.0.7")
        waits.append(door.enter("10.0.0.7", PASSWORD)[1] if len(waits) >= 3 else 0)
        clock.now += waits[-1]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    wrong(door, "10.0.0.7")
    assert door.enter("10.0.0.7", PASSWORD) == (None, 60)
    clock.now += 60  # nobody is locked out for good
    assert door.enter("10.0.0.7", PASSWORD)[0]
    for _ in range(3):
        wrong(door, "10.0.0.7")  # the right one has wiped the slate
    assert door.enter("10.0.0.7", PASSWORD)[0]


def test_many_addresses_wait_together_but_not_the_owner(door, clock):
    assert door.enter("10.0.0.1", PASSWORD)[0]
    for number in range(25):
        wrong(door, f"10.0.1.{number}")
        clock.now += 11
    assert door.enter("10.0.2.1", PASSWORD)[0]  # eleven seconds later
    wrong(door, "10.0.1.30")
    token, wait = door.enter("10.0.2.2", PASSWORD)
    assert token is None and wait == 10
    assert door.enter("10.0.0.1", PASSWORD)[0]
    clock.now += 1000
    wrong(door, "10.0.1.31")
    assert door.enter("10.0.2.2", PASSWORD)[0]  # by then all is forgotten


def test_flood_of_addresses_and_sessions_takes_no_memory(door, clock):
    for number in range(30):
        assert door.enter("10.0.0.1", PASSWORD)[0]
        clock.now += 1
    first = door.enter("10.0.0.1", PASSWORD)[0]
    assert door.knows(first)
    for number in range(50):
        door.enter("10.0.0.1", PASSWORD)
    assert not door.knows(first) and len(door._sessions) == 50


def test_sessions_end(tmp_path, door, clock):
    token, _ = door.enter("10.0.0.1", PASSWORD)
    clock.now += 12 * 3600 - 1
    assert door.knows(token)
    clock.now += 1
    assert not door.knows(token)
    token, _ = door.enter("10.0.0.1", PASSWORD)
    set_password(tmp_path, "another password")
    assert not door.knows(token)
    assert door.enter("10.0.0.1", PASSWORD)[0] is None
    token, _ = door.enter("10.0.0.1", "another password")
    assert door.knows(token)
    (tmp_path / "password").unlink()
    assert not door.knows(token)
    with pytest.raises(KitError, match="no password yet"):
        door.enter("10.0.0.1", "another password")
