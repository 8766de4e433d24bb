"""The table has every record, whatever its names are, and no spreadsheet runs any of them."""

import csv
import http.client
import io
import json
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_client import Client, Station

from lowres_kit.field.store import records_csv
from lowres_kit.field.store.records_csv import COLUMNS, DANGEROUS, harmless, plain

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NAMES = TEXT | st.sampled_from([
    "=1+1", "=HYPERLINK(\"http://evil.example\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    "'", "'=1", "''x", "a,b", 'a"b', "a\nb", "a\r\nb", "＝1", "çé 叶", "leaf.jpg", "",
])  # fmt: skip
ROWS = st.lists(st.tuples(NAMES, NAMES, st.floats(0, 1), st.booleans()), max_size=7)


@pytest.fixture
def station(tmp_path):
    station = Station(tmp_path / "place")
    station.page.start()
    yield station
    station.close()


@pytest.fixture
def owner(station):
    owner = Client(station.page.port)
    owner.log_in()
    return owner


def table(body):
    text = body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROWS)
def test_table_of_the_page_is_the_records(station, owner, rows):
    before = len(station.records.between(1, 10_000))
    added = [station.add(label or "x", confidence, ask, source)
             for label, source, confidence, ask in rows]  # fmt: skip
    reply = owner.ask("/records.csv")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="shed-2-')
    read = table(reply.body)
    assert [int(row["number"]) for row in read] == list(range(1, before + len(rows) + 1))
    for record, row in zip(added, read[before:]):
        for name in ("id", "station", "taken", "boot", "source", "pack", "label", "photo"):
            assert plain(row[name]) == getattr(record, name)
        assert float(row["confidence"]) == record.confidence
        assert row["ask"] == ("yes" if record.ask else "no")
        assert json.loads(plain(row["probabilities"])) == record.probabilities
        assert {"brightness": float(row["brightness"])} == record.statistics
        harmful = [name for name in COLUMNS if row[name].startswith(tuple("=+-@\t\r\n＝＋－＠"))]
        assert harmful == []


@given(TEXT)
def test_harmless_is_taken_back_by_plain(text):
    for one in (text, *(sign + text for sign in DANGEROUS)):
        assert plain(harmless(one)) == one
        assert not harmless(one).startswith(tuple("=+-@\t\r\n＝＋－＠"))


def test_long_table_comes_in_pieces_and_whole(station, owner, monkeypatch):
    monkeypatch.setattr(records_csv, "AT_ONCE", 3)
    for number in range(7):  # the last one is a piece of its own
        station.add(source=f"{number}.jpg")
    assert [row["source"] for row in table(owner.ask("/records.csv").body)] == [
        f"{number}.jpg" for number in range(7)
    ]
    head = f"Host: 127.0.0.1\r\nCookie: {owner.cookie}\r\n\r\n"
    old = owner.raw(f"GET /records.csv HTTP/1.0\r\n{head}".encode())
    assert len(table(old.partition(b"\r\n\r\n")[2])) == 7
    with sqlite3.connect(station.place / "records.db") as database:  # numbers may have gaps
        database.execute("DELETE FROM records WHERE number BETWEEN 4 AND 6")
    read = table(owner.ask("/records.csv").body)
    assert [int(row["number"]) for row in read] == [1, 2, 3, 7]


def test_empty_table_has_its_head(owner):
    body = owner.ask("/records.csv").body
    assert body.decode("utf-8") == "\ufeff" + ",".join(COLUMNS) + "\r\n"


def test_table_that_breaks_off_does_not_look_whole(station, owner, monkeypatch):
    """A later kit takes the database over while the table is being sent."""
    monkeypatch.setattr(records_csv, "AT_ONCE", 2)
    for number in range(4):
        station.add(source=f"{number}.jpg")
    between = station.records.between

    def once(first, last):
        found = between(first, last)
        station.records.close()
        with sqlite3.connect(station.place / "records.db") as database:
            database.execute("PRAGMA user_version = 99")
        return found

    monkeypatch.setattr(station.records, "between", once)
    with pytest.raises(http.client.IncompleteRead):
        owner.ask("/records.csv")
    reply = owner.ask("/")
    assert reply.status == 200 and "records.db" in reply.text and "shed-2" in reply.text
    assert owner.ask("/records.csv").status == 503
