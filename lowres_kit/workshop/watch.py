"""Run a program, and watch what it takes: seconds, memory, and the network."""

import subprocess
import time
from dataclasses import dataclass

import psutil

EVERY = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True)
class Watched:
    """What a program took.

    Attributes
    ----------
    code : int
        Its exit code.
    output : str
        What it printed, both streams.
    wall : float
        Seconds by the clock on the wall.
    seconds : float
        Seconds that are its own: without what other programs took of the processor meanwhile.
        If the two cores were busy with other things for ten seconds each, it is ten less than
        `wall`. So a lesson is not blamed for a busy machine, and a slow one gets no excuse.
    peak_mb : float
        Most memory that its children (the kernel) held at a time, in MB.
    stopped : str
        Why it was stopped: "time", "memory" or "".
    """

    code: int
    output: str
    wall: float
    seconds: float
    peak_mb: float
    stopped: str


def watch(command, environment, folder, seconds, memory_mb, log):
    """Run a program until it ends, or takes more than it may.

    Parameters
    ----------
    command : list of str
        The program and its arguments.
    environment : dict of str to str
        Its environment.
    folder : pathlib.Path
        Where it runs.
    seconds : float
        It is stopped when its own seconds (see `Watched`) pass this, and after four times as
        many by the clock in any case.
    memory_mb : float
        It is stopped when its children hold more.
    log : pathlib.Path
        File for what it prints.

    Returns
    -------
    Watched
    """
    with open(log, "wb") as out:
        process = psutil.Popen(
            command,
            env=environment,
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    began, busy_before = time.monotonic(), _busy_seconds()
    peak, own, stopped = 0.0, 0.0, ""
    try:
        while process.poll() is None:
            held, used = _children(process)
            peak, own = max(peak, held), max(own, used)
            wall = time.monotonic() - began
            if held > memory_mb:
                stopped = "memory"
            elif _own_seconds(wall, own, busy_before) > seconds or wall > 4 * seconds:
                stopped = "time"
            if stopped:
                break
            time.sleep(EVERY)
    finally:
        _end(process)
    wall = time.monotonic() - began
    own_seconds = _own_seconds(wall, own, busy_before)
    text = log.read_text(encoding="utf-8", errors="replace")
    return Watched(process.returncode, text, wall, own_seconds, peak, stopped)


def _children(process):
    """Memory in MB of the program's children, and processor seconds of the whole tree."""
    held = used = 0.0
    try:
        for child in process.children(recursive=True):
            try:
                held += child.memory_info().rss / 1e6
                used += sum(child.cpu_times()[:2])
            except psutil.Error:
                pass  # it ended between two looks
        used += sum(process.cpu_times()[:2])
    except psutil.Error:
        pass
    return held, used


def _busy_seconds():
    """Processor seconds that the whole machine has worked since it started."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0) - getattr(times, "guest", 0)


def _own_seconds(wall, own, busy_before):
    others = max(0.0, _busy_seconds() - busy_before - own)
    return max(own / psutil.cpu_count(), wall - others / psutil.cpu_count())


def _end(process):
    """End the program with all that it started, so that no kernel is left behind."""
    try:
        tree = [*process.children(recursive=True), process]
    except psutil.Error:
        tree = [process]
    for one in tree:
        try:
            one.kill()
        except psutil.Error:
            pass
    psutil.wait_procs(tree, timeout=10)
