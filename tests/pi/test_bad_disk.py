"""A full disk, a card that turns read-only: nothing confirmed is lost, and the station says it."""

import re
import secrets
import time

import pytest
from card_files import same_card
from labs import prepare
from pi import EmulatedPi, write_card

pytestmark = same_card

STATION = """
name = "shed"
pack = "/etc/lowres/pack.zip"
place = "/var/lib/lowres"
source = "camera"
every = 0.5
"""
CAMERA = "modules_load=vivid vivid.n_devs=1 vivid.node_types=0x1"
FILL = """
n=0
for size in 50M 1M 4K; do
    while fallocate -l $size /fill-$n 2>/dev/null; do n=$((n + 1)); done
    rm -f /fill-$n
done
"""
NUMBERS = """
import sqlite3
database = sqlite3.connect("file:/var/lib/lowres/records.db?mode=ro", uri=True)
check = database.execute("PRAGMA integrity_check").fetchone()[0]
print(check, *[number for (number,) in database.execute("SELECT number FROM records")])
"""


@pytest.fixture
def pi(card, place):
    """An emulated Pi whose station takes pictures."""
    image, password = place / "card.img", secrets.token_hex(8)
    prepare(card / "card.img", image, password)
    (place / "station.toml").write_text(STATION)
    write_card(image, place / "station.toml", "station.toml")
    with EmulatedPi(image, words=CAMERA, fickle=True) as pi:
        pi.log_in(password)
        _wait(pi, r"#\d+ ")
        yield pi


def test_full_disk(pi):
    pi.shell(FILL, root=True)
    # Photos go first; a record may still fit into what SQLite has, or its loss of room is said.
    _wait(pi, r"No photo is kept|cannot be written.*Make room")
    time.sleep(10)
    shown = _shown(_log(pi))  # SQLite cannot even be asked now: it needs a file for it
    pi.cut_power()
    pi.start()
    pi.log_in(pi.password)
    pi.shell("rm -f /fill-*", root=True)
    said = _wait(pi, r"#\d+ ")
    check, *numbers = _records(pi)
    assert check == "ok" and shown <= set(numbers) and min(_shown(said)) > max(shown)


def test_card_that_turns_read_only(pi):
    pi.shell("echo u > /proc/sysrq-trigger", root=True)
    before = _shown(_wait(pi, r"cannot be (written|opened).*read-only"))
    pi.shell("mount -o remount,rw /", root=True)
    # It needs no hand but that which made the card writable again.
    confirmed = _shown(_wait(pi, r"works again\.(?s:.*)#\d+ "))
    assert confirmed > before
    # The card itself refuses to write from here on, as a worn one does.
    pi.wear_out()
    _wait(pi, r"(?s:.*)works again\.(?s:.*)cannot be (written|opened)")
    confirmed = _shown(_log(pi))
    pi.cut_power()
    pi.start()
    pi.log_in(pi.password)
    said = _wait(pi, r"#\d+ ")
    check, *numbers = _records(pi)
    assert check == "ok" and confirmed <= set(numbers)
    assert min(_shown(said)) > max(confirmed)


def _log(pi):
    return pi.shell("journalctl -b -u lowres-field -o cat --no-pager", root=True)[1]


def _wait(pi, pattern, seconds=1200):  # by the clock: it is long for a busy machine's sake
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        said = _log(pi)
        if re.search(pattern, said):
            return said
        time.sleep(1)
    raise AssertionError(f"The station never said {pattern!r}:\n{said[-2000:]}")


def _shown(said):
    return {int(number) for number in re.findall(r"(?m)^#(\d+) ", said)}


def _records(pi):
    check, *numbers = pi.python(NUMBERS).split()
    return check, *map(int, numbers)
