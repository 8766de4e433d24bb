"""The runner lets a good lesson pass and catches each kind of broken one."""

import os
import re
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest
from broken import write_lesson

from lowres_kit.runner import run_lesson as runner
from lowres_kit.runner import sandbox
from lowres_kit.runner.lessons import read_lesson
from lowres_kit.runner.meter import slowness, watch
from lowres_kit.runner.run_lesson import Limits, run_lesson

SMALL = Limits(seconds=60, cell_seconds=15, memory_mb=400)
HOG = (
    "import time\nheld = bytearray(500_000_000)\nheld[::4096] = b'x' * len(held[::4096])\n"
    "time.sleep(9)"
)
WORK = "import time\nbegan = time.process_time()\nwhile time.process_time() - began < {}: pass\nprint(4)"
ASK = "import urllib.request\nurllib.request.urlopen('http://example.org', timeout=5)"
HIDE = f"try:\n    {ASK.replace(chr(10), '; ')}\nexcept OSError:\n    pass\nprint(4)"


def complaints(folder, limits=SMALL, **changed):
    return run_lesson(read_lesson(write_lesson(folder, **changed)), limits).complaints


def test_a_good_lesson_passes_and_is_measured(tmp_path):
    run = run_lesson(read_lesson(write_lesson(tmp_path)), SMALL)
    assert run.complaints == []
    assert (run.exercises, run.widgets, run.nbval, run.verdict) == ((1, 1), 1, "same", "passed")
    assert run.quiz == 4
    assert 40 < run.peak_mb < 400
    assert 0.5 < run.seconds < 30 and run.wall > 0.5


@pytest.mark.parametrize("threads", [1, 2])
def test_a_lesson_has_its_threads_whatever_the_tests_take(tmp_path, monkeypatch, threads):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "3")
    count = f"import torch\nassert torch.get_num_threads() == {threads}\nprint(4)"
    assert complaints(tmp_path, replace(SMALL, threads=threads), sum=count) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"sum": "1 / 0"}, "the cell 'sum' raises ZeroDivisionError"),
        ({"sum": HOG}, "its kernel takes more than 400 MB"),
        ({"stub": "answer = 4"}, "the stub passes"),
        ({"solution": "answer = 5\ncheck(answer)"}, "the solution does not pass"),
        ({"solution": "answer = 4"}, "'solution' shows no verdict"),
        ({"sum": ASK}, "asks the network: socket.getaddrinfo example.org"),
        ({"sum": HIDE}, "asks the network: socket.getaddrinfo example.org"),
        ({"printed": "5"}, "committed outputs are stale"),
        ({"quiz": "print('no quiz')"}, "it has no quiz that work"),
        ({"costs": {"seconds": 60, "peak_mb": 20}}, "its box says 20 MB"),
        (
            {
                "widget": "import ipywidgets\nfrom lowres_kit.workshop import explore\n"
                "explore(lambda x: 'same', alt='a', x=ipywidgets.IntSlider())"
            },
            "Moving the control 'x' changes nothing",
        ),
    ],
)
def test_a_broken_lesson_is_caught(tmp_path, changed, expected):
    found = complaints(tmp_path, **changed)
    assert any(expected in complaint for complaint in found), found


def test_a_cell_over_its_time_is_caught(tmp_path, monkeypatch):
    limits = Limits(seconds=60, cell_seconds=2, memory_mb=400)
    monkeypatch.setattr(runner, "slowness", lambda: 1.5)
    found = complaints(tmp_path, limits, sum=WORK.format(4.2))  # 2 * 4/3 * 1.5 = 4.0
    assert len(found) == 1 and "the cell 'sum' takes 4 s of the processor; a cell's" in found[0]


def test_a_slow_processor_is_not_blamed_on_the_lesson(tmp_path, monkeypatch):
    limits = Limits(seconds=60, cell_seconds=2, memory_mb=400)
    monkeypatch.setattr(runner, "slowness", lambda: 2.0)
    assert complaints(tmp_path, limits, sum=WORK.format(4.2)) == []


def test_waiting_costs_a_lesson_nothing(tmp_path):
    """What a busy neighbour does to it: time goes by, and it computes no more than before."""
    limits = Limits(seconds=60, cell_seconds=1, memory_mb=400)
    assert complaints(tmp_path, limits, sum="import time\ntime.sleep(5)\nprint(4)") == []


def test_what_programs_of_a_lesson_compute_is_counted(tmp_path):
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {WORK.format(6)!r}])"
    found = complaints(tmp_path, replace(SMALL, cell_seconds=2), sum=f"{child}\nprint(4)")
    assert any("the cell 'sum' takes" in complaint for complaint in found), found


def test_the_yardstick_is_a_number_of_about_one():
    assert 1 <= slowness() < 20


def test_a_lesson_over_its_time_is_stopped(tmp_path):
    found = complaints(tmp_path, replace(SMALL, seconds=2), sum=WORK.format(60))
    assert found == ["it was stopped: it takes more than 8 s of the processor (papermill)"]


def test_a_lesson_that_waits_for_ever_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("lowres_kit.runner.meter.PATIENCE", 1)
    found = complaints(tmp_path, replace(SMALL, seconds=3), sum="import time\ntime.sleep(600)")
    assert len(found) == 1 and re.search(r"it computed for \d+ s of 1\d, so it hangs", found[0])


def test_a_box_over_the_budget_is_caught(tmp_path):
    """The slack is for the run alone."""
    found = complaints(tmp_path, costs={"seconds": 61, "peak_mb": 401})
    assert found == [
        "its box says 61 s; the budget is 60 s", "its box says 401 MB; the budget is 400 MB"
    ]  # fmt: skip


def test_what_needs_the_solution_fails_with_the_stubs_alone(tmp_path):
    """A later cell that uses the solution's result runs in papermill, but not for a learner."""
    found = complaints(
        tmp_path,
        quiz="from lowres_kit.workshop import quiz\nquiz('lowres_lessons.transfer_learning')\nanswer + 1",
    )
    assert any("fails with the stubs alone" in complaint for complaint in found), found


def test_the_namespace_has_no_network_but_loopback():
    """Without the guard: the kernel itself knows of no way out, and the loopback works."""
    words = sandbox.namespace_command()
    if not words:
        pytest.skip("this system has no network namespaces; the guard alone holds the network off")
    program = (
        "import socket, urllib.request\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname(), 5).close()\n"
        "print('loopback works')\n"
        "try:\n"
        "    socket.create_connection(('192.0.2.1', 80), 5)\n"  # an address for documentation
        "except OSError as error:\n"
        "    print(error.strerror)\n"
    )
    done = subprocess.run([*words, sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["loopback works", "Network is unreachable"], done.stderr


def test_no_process_is_left_behind_when_a_program_is_stopped(tmp_path):
    program = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "time.sleep(600)"
    )
    began = time.monotonic()
    watched = watch(
        [sys.executable, "-c", program], dict(os.environ), tmp_path, 0.3, 400, tmp_path / "log"
    )
    assert watched.stopped == "wall"
    assert time.monotonic() - began < 60
    assert not [p for p in psutil.Process().children(recursive=True) if p.status() != "zombie"]
