"""The runner lets a good lesson pass and catches each kind of broken one."""

import subprocess
import sys
import time

import psutil
import pytest
from broken import write_lesson

from lowres_kit.runner import sandbox
from lowres_kit.runner.lessons import read_lesson
from lowres_kit.runner.meter import watch
from lowres_kit.runner.run_lesson import Limits, run_lesson

SMALL = Limits(seconds=60, cell_seconds=15, memory_mb=400)
HOG = (
    "import time\nheld = bytearray(500_000_000)\nheld[::4096] = b'x' * len(held[::4096])\n"
    "time.sleep(9)"
)
# Seconds of the processor, not of the clock: on a busy machine at least half of them are charged.
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
    assert run.seconds > 0.5


def test_a_lesson_has_two_threads_whatever_the_tests_take(tmp_path, monkeypatch):
    """What a lesson costs is said for two cores; the tests beside it may take one each."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    count = "import torch\nassert torch.get_num_threads() == 2\nprint(4)"
    assert complaints(tmp_path, sum=count) == []


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


def test_a_cell_over_its_time_is_caught(tmp_path):
    """It is charged at least 4 s of its 8, however busy the machine is; 2.7 s are its slack."""
    limits = Limits(seconds=60, cell_seconds=2, memory_mb=400)
    found = complaints(tmp_path, limits, sum=WORK.format(8))
    assert "the cell 'sum' takes more than 3 s" in found


def test_a_lesson_over_its_time_is_stopped(tmp_path):
    limits = Limits(seconds=3, cell_seconds=15, memory_mb=400)
    found = complaints(tmp_path, limits, sum=WORK.format(60))
    assert found == ["it was stopped: it takes more than 4 s (papermill)"]


def test_a_box_over_the_budget_is_caught(tmp_path):
    """The slack is for the run alone."""
    found = complaints(tmp_path, costs={"seconds": 61, "peak_mb": 401})
    assert found == [
        "its box says 61 s; the budget is 60 s", "its box says 401 MB; the budget is 400 MB"
    ]  # fmt: skip


def test_what_needs_the_solution_fails_with_the_stubs_alone(tmp_path):
    """A later cell that uses the solution's result runs in papermill, but not for a learner."""
    found = complaints(
        tmp_path, quiz="from lowres_kit.workshop import quiz\nquiz('lowres_lessons.transfer_learning')\nanswer + 1"
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
    import os

    began = time.monotonic()
    watched = watch(
        [sys.executable, "-c", program], dict(os.environ), tmp_path, 0.3, 400, tmp_path / "log"
    )
    assert watched.stopped == "time"
    assert time.monotonic() - began < 60
    assert not [p for p in psutil.Process().children(recursive=True) if p.status() != "zombie"]
