"""Power cuts, counted: the emulated Pi is killed while its station takes pictures.

Its disk keeps what was flushed and forgets the rest, as a card does. "Confirmed" is what the
station's own line, seen on the serial console, says is recorded.
"""

import json
import os
import random
import re
import secrets
import statistics
import subprocess
import time

import pexpect
from card_files import same_card
from labs import prepare
from pi import EmulatedPi, make_stick, write_card

from lowres_kit.desk.collect import Collection, take_all

pytestmark = same_card

CUTS = 50 if os.environ.get("LOWRES_NIGHTLY") == "1" else 5
LINE = re.compile(r"lowres-field\[\d+\]: #(\d+) ")
# The log goes to the console too; the kernel's own camera is the camera.
WORDS = (
    "modules_load=vivid vivid.n_devs=1 vivid.node_types=0x1 systemd.journald.forward_to_console=1"
)
STATION = """
name = "shed"
pack = "/etc/lowres/pack.zip"
place = "/var/lib/lowres"
source = "camera"
every = 0.2
usb = "/media"
"""
LOOK = """
import json, sqlite3, pathlib
place = pathlib.Path("/var/lib/lowres")
database = sqlite3.connect(place / "records.db")
print(json.dumps({
    "check": database.execute("PRAGMA integrity_check").fetchall(),
    "numbers": [n for (n,) in database.execute("SELECT number FROM records")],
    "files": sorted(path.name for path in place.iterdir()),
}))
"""
HANDED_OVER = """
import sqlite3
database = sqlite3.connect("/var/lib/lowres/records.db")
print(database.execute("SELECT coalesce(max(last), 0) FROM batches WHERE how != ''").fetchone()[0])
"""


def test_disk_of_the_emulated_pi_forgets_what_was_not_flushed(place, card):
    image = place / "disk.img"
    for flushed in (False, True):
        image.write_bytes(bytes(1_048_576))
        pi = EmulatedPi(image, fickle=True)
        server = pi.disk()
        # It stays connected until it is killed: a disk is flushed when its owner closes it.
        writer = pexpect.spawn("qemu-io", ["-t", "writeback", "-f", "raw", server], timeout=30)
        for order in ("write -P 0x55 0 4096", *(["flush"] if flushed else []), "read 0 512"):
            writer.expect("qemu-io> ")
            writer.sendline(order)
        writer.expect("read 512/512 bytes")
        pi.cut_power()
        writer.close(force=True)
        assert image.read_bytes()[:4096] == (b"\x55" if flushed else b"\0") * 4096


def test_no_confirmed_record_is_lost(place, card):
    image, stick, password = place / "card.img", place / "stick.img", secrets.token_hex(8)
    prepare(card / "card.img", image, password)
    (place / "station.toml").write_text(STATION)
    write_card(image, place / "station.toml", "station.toml")
    make_stick(stick)
    chance, confirmed, starts = random.Random(0), set(), []
    with EmulatedPi(image, stick=stick, words=WORDS, fickle=True) as pi:
        for cut in range(CUTS):
            if cut:
                pi.start()
            _watch(pi, 1, 0)
            starts.append(time.monotonic() - pi.begun)
            _watch(pi, chance.randrange(12), chance.uniform(0, 1))
            pi.cut_power()
            confirmed |= {int(n) for n in LINE.findall(pi.said())}
        pi.words = ""
        pi.start()
        pi.log_in(password)
        seen = _look(pi)
        _wait_for_hand_over(pi, max(seen["numbers"]))
        pi.power_off()
    print(
        f"{CUTS} cuts, {len(confirmed)} records confirmed, {len(seen['numbers'])} written; first "
        f"answer {statistics.median(starts):.0f} s after switching on (emulated)"
    )
    assert seen["check"] == [["ok"]]
    # A damaged database would have been put aside under another name.
    assert not [name for name in seen["files"] if "damaged" in name]
    assert len(confirmed) > 2 * CUTS  # else the cuts hit a station that did nothing
    assert confirmed <= set(seen["numbers"])
    _check_hand_over(place, stick, seen["numbers"])


def _watch(pi, records, seconds):
    """Let it confirm so many records, and then go on for so long."""
    for _ in range(records):
        pi.expect([LINE], "a record of its station")
    pi.console.expect(pexpect.TIMEOUT, timeout=seconds)


def _look(pi):
    """Look into the station's database from the Pi's own side."""
    pi.shell("systemctl stop lowres-field", root=True)
    seen = json.loads(pi.python(LOOK))
    pi.shell("systemctl start lowres-field", root=True)
    return seen


def _wait_for_hand_over(pi, records):
    """Wait until the stick has all that was recorded before the last start."""
    begun, last = time.monotonic(), 0
    while last < records:
        # Long, as all by the clock here: an emulated Pi beside other work is many times slower.
        assert time.monotonic() - begun < 1200, f"records from {last + 1} on are not handed over"
        time.sleep(2)
        last = int(pi.python(HANDED_OVER))


def _check_hand_over(place, stick, numbers):
    """Take in on the laptop what the stick holds, twice: each record once, none missing."""
    subprocess.run(["mcopy", "-s", "-n", "-i", stick, "::lowres", place], check=True)
    collection = Collection(place / "collected")
    for _ in range(2):
        take_all(collection, [place / "lowres"])
    found = sorted(record.number for record in collection)
    collection.close()
    assert len(found) == len(set(found))
    assert set(numbers) <= set(found)
