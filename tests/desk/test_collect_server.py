"""The collector takes records over the network, from its own stations only, each once."""

import csv
import http.client
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from small_station import add, station

from lowres_kit.desk import collect_server
from lowres_kit.desk.collect_server import Collector
from lowres_kit.errors import KitError
from lowres_kit.field.handover.batch import MOST_BYTES
from lowres_kit.field.handover.handover import Courier, to_collector
from lowres_kit.field.handover.shared_token import FILE, make_token, proof, read_token

ROOT = Path(__file__).resolve().parents[2]


def sender(tmp_path, collector, token=True):
    """A station that hands over to the collector."""
    told, records = station(tmp_path, collector=collector.address)
    if token:
        (told.place / FILE).write_bytes((collector.collection.folder / FILE).read_bytes())
    return told, records


def eventually(true, seconds=10):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_over_the_network(tmp_path, collector):
    told, records = sender(tmp_path, collector)
    add(told, records, 103)
    assert to_collector(told, records) == 103
    assert to_collector(told, records) == 0
    assert [record.number for record in collector.collection] == list(range(1, 104))
    assert records.counts()["handed_over"] == 103
    assert collector.lines[0] == "127.0.0.1: 100 new records, 0 known ones."
    assert not list(collector.collection.folder.glob(".*"))


def test_answer_that_was_lost_on_its_way(tmp_path, collector, monkeypatch):
    """The collector has the batch, the station does not know: it sends it again."""
    told, records = sender(tmp_path, collector)
    add(told, records, 2)
    with monkeypatch.context() as patch:

        def lost(connection):
            time.sleep(0.3)
            raise ConnectionResetError("cut")

        patch.setattr(http.client.HTTPConnection, "getresponse", lost)
        with pytest.raises(KitError, match="cannot be reached"):
            to_collector(told, records)
    add(told, records, 1)
    assert to_collector(told, records) == 3
    assert [record.number for record in collector.collection] == [1, 2, 3]


def test_token_is_needed(tmp_path, collector):
    told, records = sender(tmp_path, collector, token=False)
    add(told, records, 1)
    with pytest.raises(KitError, match="There is no .*collector-token; copy the file"):
        to_collector(told, records)
    (told.place / FILE).write_text("too short")
    with pytest.raises(KitError, match="collector-token cannot be read"):
        to_collector(told, records)
    (told.place / FILE).write_text("0123456789abcdef0123456789abcdef")
    with pytest.raises(KitError, match="has another token"):
        to_collector(told, records)
    assert list(collector.collection) == [] and records.counts()["handed_over"] == 0


def test_token_of_a_large_batch_is_refused_with_a_reason(tmp_path, collector):
    """The collector hangs up before it has read all; the station still learns why."""
    told, records = sender(tmp_path, collector, token=False)
    (told.place / FILE).write_text("0123456789abcdef0123456789abcdef")
    (record,) = add(told, records, 1)
    (told.place / "photos" / record.photo).write_bytes(bytes(600_000))
    with pytest.raises(KitError, match="has another token"):
        to_collector(told, records)


def test_token_never_travels_and_is_its_owners_alone(tmp_path, collector, monkeypatch):
    told, records = sender(tmp_path, collector)
    add(told, records, 1)
    sent = []
    real = http.client.HTTPConnection.send
    monkeypatch.setattr(
        http.client.HTTPConnection, "send", lambda self, b: (sent.append(b), real(self, b))
    )
    assert to_collector(told, records) == 1
    token = read_token(told.place)
    assert len(b"".join(sent)) > 500 and token.encode() not in b"".join(sent)
    if os.name != "nt":
        mode = (collector.collection.folder / FILE).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert make_token(collector.collection.folder) == token  # it is drawn once


def test_a_false_collector_closes_no_batch(tmp_path, collector, monkeypatch):
    told, records = sender(tmp_path, collector)
    add(told, records, 1)
    with monkeypatch.context() as patch:
        patch.setattr(
            collect_server.Reception,
            "do_POST",
            lambda self: self._answer(200, {"proof": "0" * 64}),
        )
        with pytest.raises(KitError, match="is not the collector of this station"):
            to_collector(told, records)
        patch.setattr(collect_server.Reception, "do_POST", lambda self: self.reply(200, "[]"))
        with pytest.raises(KitError, match="cannot be reached"):
            to_collector(told, records)
    assert records.counts()["handed_over"] == 0


def test_nobody_there(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    told, records = station(tmp_path, collector=address)
    make_token(told.place)
    add(told, records, 1)
    with pytest.raises(KitError, match=f"The collector {address} cannot be reached"):
        to_collector(told, records)
    for odd in ("https://a", "http://a/b", "http://127.0.0.1:99999"):
        with pytest.raises(KitError, match="The collector"):
            to_collector(replace(told, collector=odd), records)


def test_pauses_grow_while_nobody_is_there(tmp_path, monkeypatch):
    told, records = station(tmp_path, collector="http://127.0.0.1:9")
    clock, tried = [0.0], []

    def fail(*_):
        tried.append(clock[0])
        raise KitError("nobody there")

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr("lowres_kit.field.handover.handover.to_collector", fail)
    courier = Courier(told, records, say=lambda line: None)
    for _ in range(4000):
        courier.look()
        clock[0] += 5
    pauses = [after - before for before, after in zip(tried, tried[1:])]
    assert pauses[:7] == [60, 120, 240, 480, 960, 1920, 3600] and set(pauses[6:]) == {3600}


def ask(collector, body, token=None, **headers):
    """Send something by hand; return the status and the answer."""
    digest = collect_server.hashlib.sha256(body).hexdigest()
    told = {
        "Content-Length": str(len(body)),
        "X-Lowres-Digest": digest,
        "X-Lowres-Proof": proof(token or collector.token, "send", digest, len(body)),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", collector.server_port, timeout=10)
    connection.putrequest("POST", "/batch")
    for name, value in told.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    return reply.status, json.loads(content)


def test_what_is_no_batch_is_refused(tmp_path, collector):
    other = "f" * 32
    size = MOST_BYTES + 1
    digest = "0" * 64
    huge = proof(collector.token, "send", digest, size)
    cases = [
        (403, dict(token=other)),
        (403, dict(X_Lowres_Proof=None)),
        (403, dict(X_Lowres_Proof="é")),
        (404, dict(X_Lowres_Digest="x")),
        (411, dict(Content_Length="-5")),
        (411, dict(Transfer_Encoding="chunked")),
        (413, dict(Content_Length=str(size), X_Lowres_Digest=digest, X_Lowres_Proof=huge)),
        (422, dict()),
    ]
    for status, headers in cases:
        assert ask(collector, b"no batch", **headers)[0] == status, headers
    # The right proof for another body: what came is not what was announced.
    told = proof(collector.token, "send", digest, 8)
    assert ask(collector, b"no batch", X_Lowres_Digest=digest, X_Lowres_Proof=told)[0] == 422
    assert list(collector.collection) == []
    assert not list(collector.collection.folder.glob(".*.batch"))


def test_the_table_is_written_now_and_then(tmp_path, collector, monkeypatch):
    told, records = sender(tmp_path, collector)
    table = collector.collection.folder / "records.csv"
    add(told, records, 1)
    assert to_collector(told, records) == 1 and not table.exists()  # not for each batch
    monkeypatch.setattr(collect_server, "TABLE_SECONDS", -1)
    table.mkdir()  # a spreadsheet program may keep the file from us
    add(told, records, 1)
    assert to_collector(told, records) == 1
    assert eventually(lambda: len(collector.lines) == 3)
    assert "records.csv cannot be written" in collector.lines[2]
    table.rmdir()
    add(told, records, 1)
    assert to_collector(told, records) == 1
    assert eventually(table.is_file)
    assert len(table.read_text("utf-8").split(records.station + ":")) == 3 + 1


def test_a_full_disk_is_told(tmp_path, collector, monkeypatch):
    told, records = sender(tmp_path, collector)
    add(told, records, 1)
    monkeypatch.setattr(collect_server, "FREE", 10**18)
    with pytest.raises(KitError, match="did not take the records .*disk is full"):
        to_collector(told, records)
    monkeypatch.setattr(collect_server, "FREE", 0)
    assert to_collector(told, records) == 1


def test_a_sender_that_stops_halfway_leaves_nothing(tmp_path, collector):
    body, digest = bytes(1000), "0" * 64
    with socket.create_connection(("127.0.0.1", collector.server_port), timeout=10) as line:
        told = proof(collector.token, "send", digest, 1000)
        head = (
            f"POST /batch HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            f"X-Lowres-Digest: {digest}\r\nX-Lowres-Proof: {told}\r\n\r\n"
        )
        line.sendall(head.encode() + body[:500])
        line.shutdown(socket.SHUT_WR)
        assert b" 422 " in line.recv(1000).split(b"\r\n")[0]
    assert not list(collector.collection.folder.glob(".*.batch"))


def test_a_collector_that_was_cut_off_cleans_up(tmp_path, laptop):
    draft = laptop.folder / ".00ff.batch"
    draft.write_bytes(b"half")
    Collector(laptop, port=0).server_close()
    assert not draft.exists()
    with pytest.raises(KitError, match="Nothing can listen at 203.0.113.1"):
        Collector(laptop, "203.0.113.1", 0)


def test_stations_send_at_the_same_time(tmp_path, collector):
    stations = []
    for number in range(4):
        stations.append(sender(tmp_path / str(number), collector))
        add(*stations[-1], 5)
    threads = [threading.Thread(target=to_collector, args=one) for one in stations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(collector.collection)) == 20


@pytest.mark.skipif(os.name == "nt", reason="Windows stops a process otherwise")
def test_the_command(tmp_path):
    """`lowres-field collect` as a process: a station sends, Ctrl-C ends it, the table is there."""
    folder = tmp_path / "laptop"
    process = subprocess.Popen(
        [sys.executable, "-m", "lowres_kit.field_cli", "collect", "--folder", folder, "--port=0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    address = line.partition(" at ")[2].partition(",")[0]
    assert line.startswith(f"Collecting to {folder} at http://127.0.0.1:")
    told, records = station(tmp_path, collector=address)
    (told.place / FILE).write_bytes((folder / FILE).read_bytes())
    add(told, records, 3)
    assert to_collector(told, records) == 3
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0 and "3 new records" in rest and "The table is" in rest
    rows = list(csv.DictReader(io.StringIO((folder / "records.csv").read_text("utf-8"))))
    assert [row["number"] for row in rows] == ["1", "2", "3"]
