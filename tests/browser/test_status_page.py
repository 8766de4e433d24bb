"""The field station's status page in a real browser with the screen of a phone.

With the environment variable LOWRES_SCREENSHOTS, pictures of it go into that folder; the one in
docs/ is `status-page.png` of these.
"""

import csv
import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from lowres_kit.data.leaves.simulate import CLASSES, leaf_photo
from lowres_kit.field.pack.model import Answer
from lowres_kit.field.page.login import set_password
from lowres_kit.field.page.page import Page
from lowres_kit.field.page.view import REFRESH_SECONDS
from lowres_kit.field.store.records import Records

WIDTH, HEIGHT = 360, 740
PASSWORD = "four odd words here"
SHADOW = {
    "enough": True, "photos": 50, "window": 50, "drifting": ["brightness"],
    "statistics": {
        "confidence": {"score": 0.21, "limit": 0.37, "usual": 0.93, "now": 0.88},
        "brightness": {"score": 0.56, "limit": 0.37, "usual": 121.0, "now": 64.0},
        "sharpness": {"score": 0.30, "limit": 0.37, "usual": 310.0, "now": 240.0},
        "red": {"score": 0.12, "limit": 0.37, "usual": 0.36, "now": 0.36},
        "green": {"score": 0.16, "limit": 0.37, "usual": 0.41, "now": 0.40},
        "blue": {"score": 0.10, "limit": 0.37, "usual": 0.23, "now": 0.23},
        "answers": {"score": 0.08, "limit": 0.22, "usual": 0.3, "now": 0.38, "label": CLASSES[0]},
    },
}  # fmt: skip
FACTS = {
    "name": "shed-2", "pack": "bean-leaves", "fingerprint": "3f9a61c2d4e5f607",
    "runtime": "LiteRT 2.3.0", "source": "camera", "free_bytes": 11.2e9, "photo_bytes": 118e6,
    "budget_bytes": 500e6, "temperature": 58.4, "uptime": 3 * 86_400 + 14_400, "error": "",
    "simulated": True,
}  # fmt: skip
READY = "document.readyState === 'complete'"
PHOTOS_THERE = f"{READY} && [...document.images].every(one => one.naturalWidth > 0)"
TOO_WIDE = """[...document.querySelectorAll("body *")]
    .filter(one => Math.max(one.getBoundingClientRect().right, one.scrollWidth) > WIDE + 0.5)
    .map(one => one.tagName + "." + one.className)"""
TOO_SMALL = """[...document.querySelectorAll("p, dd, dt, li, a, b, h1, h2, button, input, label")]
    .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16).map(one => one.outerHTML)"""
UNREACHABLE = """[...document.querySelectorAll("button, input, .button, .photos a")]
    .filter(one => one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"""
BOTTOM = 'Math.max(...[...document.querySelectorAll(".result, .result *")]' \
         ".map(one => one.getBoundingClientRect().bottom))"  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def picture_for_the_docs():
    """Put screens that were photographed side by side, in 56 colours: a small file."""
    yield
    folder = Path(os.environ.get("LOWRES_SCREENSHOTS", "no such folder"))
    files = [folder / f"status-{name}.png" for name in ("filled", "lower", "ask", "empty")]
    if all(file.exists() for file in files):
        edge = 16
        sheet = Image.new("RGB", (edge + 4 * (WIDTH + edge), HEIGHT + 2 * edge), "#888888")
        for number, file in enumerate(files):
            sheet.paste(Image.open(file), (edge + number * (WIDTH + edge), edge))
        sheet = sheet.quantize(56, Image.Quantize.MEDIANCUT, 4, dither=Image.Dither.NONE)
        sheet.save(folder / "status-page.png", optimize=True)


class Shed:
    """A station with its page; no camera, but records and simulated leaves."""

    def __init__(self, place):
        self.place, self.facts, self.drift = place, dict(FACTS), dict(SHADOW)
        (place / "photos").mkdir()
        self.records = Records(place / "records.db", "shed-2")
        password = set_password(place, PASSWORD)
        self.page = Page(self.records, place / "photos", lambda: self.facts, lambda: self.drift,
                         password, port=0)  # fmt: skip
        self.page.start()
        self.address = f"http://127.0.0.1:{self.page.port}/"

    def add(self, kind, confidence, ask=False, drawn=None, label=None):
        number = self.records.counts()["records"] + 1
        photo = f"{number:06d}.jpg" if drawn is not None else ""
        if photo:
            leaf = Image.fromarray(leaf_photo(kind, drawn, size=320))
            leaf.save(self.place / "photos" / photo, quality=90)
        answer = Answer(label or kind, confidence, ask, {kind: confidence})
        self.records.add(source=f"leaf-{number:03d}.jpg", pack="3f9a", answer=answer,
                         statistics={"confidence": confidence}, photo=photo)  # fmt: skip

    def close(self):
        self.page.stop()
        self.records.close()


@pytest.fixture
def shed(tmp_path):
    shed = Shed(tmp_path)
    yield shed
    shed.close()


@pytest.fixture
def phone(page):
    """A browser page as large as a phone's, whose owner allows no scripts."""
    page.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT,
              deviceScaleFactor=1, mobile=True)  # fmt: skip
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    return page


def log_in(phone, shed):
    phone.call("Page.navigate", url=shed.address)
    phone.wait(f"location.pathname === '/login' && {READY}")
    fits(phone)
    photograph(phone, "status-login")
    phone.click('document.querySelector("input")')
    phone.call("Input.insertText", text=PASSWORD)
    phone.click('document.querySelector("button")')
    phone.wait(f"location.pathname === '/' && {PHOTOS_THERE}")


def fits(phone, width=WIDTH):
    # Not innerWidth: a phone shows a page that is too wide whole, with a larger "inner" width.
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= width
    for wrong in (TOO_WIDE.replace("WIDE", str(width)), TOO_SMALL, UNREACHABLE):
        assert phone.evaluate(wrong) == []
    assert phone.asked and phone.outside() == []


def photograph(phone, name):
    folder = os.environ.get("LOWRES_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        phone.photograph(Path(folder) / f"{name}.png")


def text(phone):
    return phone.evaluate("document.body.innerText")


def test_last_result_is_seen_at_once(shed, phone):
    for number in range(140):
        shed.add(CLASSES[(0, 1, 1, 1, 2, 2)[number % 6]], 0.9, ask=number % 11 == 0)
    for number, drawn in enumerate((5, 0, 12, 4, 9, 2, 3)):
        shed.add(CLASSES[(number + 1) % 3], 0.71 + number / 25, number == 4, drawn)
    log_in(phone, shed)
    fits(phone)
    assert phone.evaluate("scrollY") == 0 and phone.evaluate(BOTTOM) < HEIGHT
    assert len(phone.evaluate("[...document.images].map(one => one.src)")) == 7
    result = phone.evaluate('document.querySelector(".result").innerText')
    assert "bean rust" in result and "95 % sure" in result and "No. 147" in result
    photograph(phone, "status-filled")
    phone.evaluate('document.querySelector("h2").scrollIntoView()')
    photograph(phone, "status-photos")
    phone.evaluate('[...document.querySelectorAll("h2")][1].scrollIntoView()')
    photograph(phone, "status-lower")
    assert "No: they are darker." in text(phone) and "A person was asked 14 times" in text(phone)


def test_fault_and_question_are_seen_at_once_too(shed, phone):
    shed.facts["error"] = ("records.db cannot be written (database or disk is full). Make room on "
                           "the disk; what was confirmed before is still there.")  # fmt: skip
    shed.add("angular_leaf_spot", 0.48, ask=True, drawn=10)
    log_in(phone, shed)
    fits(phone)
    assert phone.evaluate(BOTTOM) < HEIGHT + 40  # the photo's last line may wait
    result = phone.evaluate('document.querySelector(".result").innerText')
    assert "Ask a person" in result and "Perhaps angular leaf spot, 48 % sure" in result
    photograph(phone, "status-ask")


def test_nothing_there_yet(shed, phone):
    shed.drift = {"enough": False, "photos": 0, "window": 50, "drifting": [], "statistics": {}}
    shed.facts = FACTS | {"temperature": None, "photo_bytes": 0}
    log_in(phone, shed)
    fits(phone)
    assert "No photo yet" in text(phone) and "0 of 50" in text(phone)
    photograph(phone, "status-empty")


def test_long_names_on_a_small_phone(shed, phone):
    phone.call("Emulation.setDeviceMetricsOverride", width=320, height=568, deviceScaleFactor=1,
               mobile=True)  # fmt: skip
    shed.add("healthy", 0.6, drawn=1, label="Xanthomonasaxonopodispvphaseolibacterialblight" * 2)
    shed.add("healthy", 0.6, drawn=2, label="<img src=x onerror=alert(1)>" * 3)
    shed.facts |= {"pack": "p" * 90, "source": "/dev/" + "v" * 90, "error": "e" * 200}
    log_in(phone, shed)
    fits(phone, 320)


def test_page_renews_itself_where_one_reads(shed, phone):
    for number in range(3):
        shed.add("healthy", 0.9, drawn=number)
    log_in(phone, shed)
    phone.evaluate("scrollTo(0, 400)")
    shed.add("bean_rust", 0.8, label="quite new")
    phone.wait('document.body.innerText.includes("quite new")', 3 * REFRESH_SECONDS)
    phone.wait("scrollY === 400", 5)


def test_table_comes_as_a_file(shed, phone, tmp_path):
    for number in range(3):
        shed.add("healthy", 0.9, label=f"=label {number}")
    log_in(phone, shed)
    downloads = tmp_path / "downloads"
    phone.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
    phone.click('document.querySelector(".button")')
    name, end = downloads / f"{shed.records.station}.csv", time.monotonic() + 30
    while not name.exists() and time.monotonic() < end:
        time.sleep(0.1)
    rows = list(csv.DictReader(io.StringIO(name.read_text("utf-8-sig"))))
    assert [row["label"] for row in rows] == ["'=label 0", "'=label 1", "'=label 2"]
    phone.click('document.querySelector("button")')
    phone.wait(f"location.pathname === '/login' && {READY}")
