"""What the status page says, with everything there, with nothing there, and with hostile names."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_client import FACTS, QUIET

from lowres_kit.field.page.view import login_page, status_page
from lowres_kit.field.store.records import Record

NOW = datetime(2026, 11, 25, 14, 5, 30, tzinfo=UTC)
LAST = Record(12, "shed-2-aa", "2026-11-25T14:03:22Z", "b1", "leaf-3.jpg", "9f3a", "bean rust",
              0.968, False, {"bean rust": 0.968}, {}, "00012.jpg")  # fmt: skip
COUNTS = {
    "records": 1234, "asked": 111, "labels": {"healthy": 1000, "bean rust": 234}, "handed_over": 9,
}  # fmt: skip
DRIFTING = {
    "enough": True, "photos": 50, "window": 50, "drifting": ["brightness", "answers"],
    "statistics": {
        "brightness": {"score": 0.6, "limit": 0.3, "usual": 120.0, "now": 40.0},
        "sharpness": {"score": 0.15, "limit": 0.3, "usual": 5.0, "now": 6.0},
        "answers": {"score": 0.4, "limit": 0.2, "usual": 0.1, "now": 0.5, "label": "bean rust"},
    },
}  # fmt: skip


class Seen(HTMLParser):
    """The tags with the names of their attributes, the attributes' values, and the words."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.values, self.words, self.open = [], [], "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, *(name for name, _ in attributes)))
        self.values += [value for _, value in attributes]
        if tag not in ("meta", "link", "img", "rect", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        if tag != "rect":
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def page(last=(LAST,), counts=COUNTS, facts=FACTS, drift=QUIET, trouble="", now=NOW):
    made = status_page(list(last), counts, facts, drift, trouble, now)
    seen = Seen(made)
    assert seen.open == [] and "$" not in made and "None" not in made and "nan" not in made
    seen.words = re.sub(r"\s+", " ", seen.words)
    return seen


def test_everything_is_told():
    seen = page(drift=DRIFTING)
    for words in (
        "bean rust 97 % sure", "No. 12, 2 min 8 s ago: leaf-3.jpg", "25 Nov 2026, 14:05:30 UTC",
        "healthy 1 000", "bean rust 234", "asked 111 times: 9 % of the photos",
        "Disk free11.2 GB", "Kept photos118 MB of 500 MB", "Temperature58 °C", "On for2 h 5 min",
        "Handed over9 of 1 234 records", "Packbean leaves", "Fingerprint9f3a61c2d4e5f607",
        "RuntimeLiteRT 2.3.0", "Pictures fromcamera", "shed-2", "plain HTTP",
        "No: they are darker, “bean rust” comes more often.",
    ):  # fmt: skip
        assert words in seen.words, words
    assert "/large/12" in seen.values and "/small/12" in seen.values


def test_a_person_is_asked_in_words_and_not_by_colour_alone():
    seen = page([replace(LAST, ask=True, confidence=0.54)])
    assert "Ask a person Perhaps bean rust, 54 % sure" in seen.words
    assert "bean rust 97 %" in page([replace(LAST, label="bean_rust")]).words
    assert "? bean rust" in seen.words and "label ask" in seen.values


def test_nothing_there_yet():
    seen = page([], {"records": 0, "asked": 0, "labels": {}, "handed_over": 0}, {}, QUIET)
    assert "No photo yet" in seen.words and "Not enough photos yet to tell: 3 of 50" in seen.words
    assert "Field station" in seen.words and "Temperature" not in seen.words
    seen = page([], {}, dict.fromkeys(FACTS), {}, "records.db cannot be read.")
    assert "records.db cannot be read." in seen.words and "Nothing is known" in seen.words


def test_photo_that_was_not_kept():
    seen = page([replace(LAST, photo="")])
    assert "No copy of this photo was kept" in seen.words
    assert "/large/12" not in seen.values and "bean rust 97 % sure" in seen.words


def test_faults_are_told_first_and_remarks_after_the_result():
    facts = FACTS | {"error": "The camera is gone.", "simulated": True}
    words = page(facts=facts, drift=DRIFTING, trouble="No records.").words
    order = ("No records.", "The camera is gone.", "97 % sure", "not as usual: see", "simulated")
    places = [words.index(one) for one in order]
    assert places == sorted(places)
    assert "simulated" not in page().words


def test_heat_is_told():
    refused = ["a.heif is a HEIC photo.", "<b> is a video."]
    assert (
        "2 files. a.heif is a HEIC photo. <b> is a video."
        in page(facts=FACTS | {"refused": refused}).words
    )
    assert "Not answered" not in page(facts=FACTS | {"refused": []}).words
    assert "too hot" in page(facts=FACTS | {"temperature": 80}).words
    assert "too hot" not in page(facts=FACTS | {"temperature": 79.4}).words


@pytest.mark.parametrize(("seconds", "told"), [
    (128, "2 min 8 s ago"), (0, "0 s ago"), (7500, "2 h 5 min ago"), (7501, "25 Nov 2026, 12:00"),
    (-5, "25 Nov 2026, 14:05"),
])  # fmt: skip
def test_age_is_told_only_where_the_clock_can_know_it(seconds, told):
    """FACTS has an uptime of 7500 s: what is older was before the start, at another clock."""
    taken = (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert f"No. 12, {told}: leaf" in page([replace(LAST, taken=taken)]).words
    assert "ago" not in page([replace(LAST, taken=taken)], facts={}).words


def test_drift_in_words():
    calm = DRIFTING | {"drifting": []}
    assert "Yes." in page(drift=calm).words and "unusual" not in page(drift=calm).words
    change = {"brightness": {"score": 0.6, "limit": 0.3, "usual": 40.0, "now": 120.0}}
    told = page(drift=DRIFTING | {"drifting": ["brightness"], "statistics": change}).words
    assert "No: they are brighter." in told and "▲ unusual" in told
    odd = {"humidity": {"score": 1.0, "limit": 0.0}}
    told = page(drift=DRIFTING | {"drifting": ["humidity"], "statistics": odd}).words
    assert "No: humidity has changed." in told


def bars(drift):
    """Widths of what lies below the limit and beyond it, for each statistic."""
    made = status_page([], {}, {}, drift, "", NOW)
    below = re.findall(r'class="fill" width="([0-9.]+)"', made)
    beyond = re.findall(r'class="over" x="60" width="([0-9.]+)"', made)
    return [(float(one), float(two)) for one, two in zip(below, beyond)]


def test_bars_are_as_long_as_what_they_show():
    assert bars(DRIFTING) == [(60, 40), (30, 0), (60, 40)]
    scores = {"a": 0.22, "b": float("nan"), "c": None, "d": -1.0, "e": float("inf")}
    odd = {name: {"score": score, "limit": 0.2} for name, score in scores.items()}
    assert bars(DRIFTING | {"statistics": odd, "drifting": ["a"]}) == [(60, 6), (0, 0)]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
HOSTILE = st.one_of(
    TEXT,
    st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;b&gt;",
                     "' onload='x", "$name", "${facts}", "</title><script>", "<!--", "]]>"]),
)  # fmt: skip


@settings(deadline=None)
@given(HOSTILE, st.booleans())
def test_no_name_becomes_html(text, ask):
    def made(word):
        one = replace(LAST, label=word, source=word, taken=word, pack=word, ask=ask)
        facts = dict.fromkeys(("name", "pack", "fingerprint", "runtime", "source", "error"), word)
        facts["refused"] = [word]
        statistics = {word: {"score": 0.6, "limit": 0.3},
                      "answers": DRIFTING["statistics"]["answers"] | {"label": word}}  # fmt: skip
        drift = DRIFTING | {"drifting": [word, "answers"], "statistics": statistics}
        counts = COUNTS | {"labels": {word: 3}}
        return Seen(status_page([one], counts, facts, drift, word, NOW))

    seen, plain = made(text), made("x")
    assert seen.tags == plain.tags and seen.values == plain.values
    said = Seen(login_page(text))
    assert said.tags == Seen(login_page("x")).tags
    assert text in seen.words and text in said.words
