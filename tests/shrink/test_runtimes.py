"""The benchmark against other runtimes: its turns and its table, with no peer installed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import runtimes
from peers.environments import Environment, pin
from peers.report import Row, install_table, network_table, peak_line

PEER = f"""
import sys
sys.path.insert(0, {str(BENCHMARKS / "peers")!r})
import worker

def made(work):
    print("words of a runtime on standard output")
    path = work / "made.bin"
    path.write_bytes(b"1234567890")
    return path

def broken(work):
    raise ValueError("no such operator\\nand much more")

def load(path, variant):
    if variant == "refuses":
        raise OSError("a library is missing")
    def answer(x):
        print("words of a runtime on standard output")
        if variant == "dies" and x > 100:
            import os
            os._exit(3)
        return [0, x, 120]
    return lambda photo: int(photo.max()), answer

worker.main(dict.fromkeys(("works", "refuses", "dies"), made) | {{"broken": broken}}, load)
"""


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Give a function that starts a peer of this file's own; photos 0 to 3 are ever brighter."""
    (tmp_path / "peer.py").write_text(PEER, encoding="utf-8")
    photos = np.array([10, 100, 130, 200], np.uint8)[:, None, None, None]
    np.save(tmp_path / "photos.npy", np.broadcast_to(photos, (4, 2, 2, 3)))
    here = Environment(sys.executable, 1.0, 2.0)
    monkeypatch.setattr(runtimes, "environment", lambda *_: here)

    def started(variant):
        peer = runtimes.Peer(variant, str(tmp_path / "peer.py"), variant, (), ())
        return runtimes.begin(peer, tmp_path, tmp_path)

    return started


def test_peers_take_turns_and_answer(begin):
    running = [begin("works"), begin("works")]
    try:
        runtimes.race(running, 3)
        for row, process in running:
            assert len(row.ms) == len(row.cpu_ms) == 3 and min(row.ms) > 0
            assert row.size_kb == 0.01 and row.process_mb > 5 and row.start_s > 0
            assert process.ask("all") == {"answers": [2, 2, 1, 1]}
    finally:
        for _, process in running:
            process.close()


@pytest.mark.parametrize(
    "variant, told",
    [("broken", "ValueError: no such operator"), ("refuses", "OSError: a library is missing")],
)
def test_a_peer_that_fails_is_a_row_with_the_reason(begin, variant, told):
    row, process = begin(variant)
    assert process is None and row.error == told


def test_a_peer_that_dies_is_told(begin):
    row, process = begin("dies")
    try:
        assert row.error == ""
        with pytest.raises(RuntimeError, match=r"it ended \(3\)"):
            process.ask("go 2")
    finally:
        process.close()


def test_a_peer_that_cannot_be_installed(begin, monkeypatch):
    monkeypatch.setattr(runtimes, "environment", lambda *_: Environment("", error="no network"))
    row, process = begin("works")
    assert process is None and row.error == "no network"


def rows():
    ours = Row("LiteRT int8", (10, 30), (200, 700), 100, 0.2, 60, [2.0, 1.9, 2.1], [2.0] * 3, 0.95)
    fast = Row("Other int8", (5, 20), (300, 900), 120, 0.1, 50, [1.0] * 3, [1.0] * 3, 0.94)
    slow = Row("Other float", (5, 20), (300, 900), 400, 0.1, 70, [8.0] * 3, [16.0] * 3, 0.96)
    return [ours, slow, fast, Row("Gone", error="no wheel for this | that")]


def test_table_orders_compares_and_says_who_wins():
    text = network_table("cut 40", rows(), 10_000_000, 1e10)
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    first = [line.split(" | ")[0].strip("|* ") for line in lines]
    assert first == ["Other int8", "LiteRT int8", "Other float", "Gone"]
    assert "| 0.50 x | 100 % |" in lines[0] and "| 1.00 x | 50 % |" in lines[1]
    assert "| 4.00 x |  |" in lines[2]  # the peak is one of 8-bit numbers
    assert "not measured: no wheel for this / that" in lines[3]
    assert "Other int8 is 2.00 times as fast as LiteRT int8." in text
    assert "Other float used 2.0 threads: its time is not comparable." in text
    assert "Best memory: Other int8." in text and "Best accuracy: Other float." in text
    assert "Best file" not in text


def test_table_where_ours_is_missing_or_alone():
    ours, slow, _, gone = rows()
    assert "is best in each column" in network_table("n", [ours], 1, None)
    text = network_table("n", [slow, gone], 1, None)
    assert "nan x" not in text and "LiteRT" not in text.split("\n", 3)[3]
    assert network_table("n", [gone], 1, None).count("not measured") == 1
    assert "could not be measured" in peak_line(None) and "5 thousand million" in peak_line(5e9)


def test_each_runtime_is_once_in_the_table_of_what_to_install():
    text = install_table([*rows(), *rows()])
    assert text.count("LiteRT int8") == 1 and "| 10 / 30 | 200 / 700 |" in text
    assert "Gone" not in text


def test_pins_are_the_kits_where_the_kit_has_them():
    kit = (BENCHMARKS.parent / "constraints.txt").read_text(encoding="utf-8")
    for peer in (*runtimes.PEERS, runtimes.PEAK):
        for name in {*peer.run, *peer.make}:
            requirement = pin(name)
            assert requirement.startswith(f"{name}==") and ";" not in requirement
            if name in ("numpy", "torch", "ai-edge-litert"):
                assert requirement in kit
    assert ("+cpu" in pin("torch")) == (sys.platform == "linux")


def test_it_tells_what_it_wants():
    program = [sys.executable, BENCHMARKS / "runtimes.py", "--help"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "--models" in done.stdout
