"""Run a program, and watch what it takes: seconds, memory, and the network."""

import subprocess
import time
from dataclasses import dataclass

import numpy as np
import psutil

EVERY = 0.05  # seconds between two looks at the memory
THREADS = 2  # that a lesson may use: the runner sets as many, since workshop laptops have two cores


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
        `wall`, so that a lesson is not blamed for a busy machine. It is never less than what
        two cores need for the work that was done. On a quiet machine it equals `wall`; on a
        busy one, work that runs on one core alone may be charged at half its time, never less.
    peak_mb : float
        Most memory that its children (the kernel) held at a time, in MB.
    stopped : str
        Why it was stopped: "time", "memory" or "".
    looks : tuple of (float, float, float)
        What was seen meanwhile: the time (`time.time`), the processor seconds of the program
        until then, and those of the whole machine.
    """

    code: int
    output: str
    wall: float
    seconds: float
    peak_mb: float
    stopped: str
    looks: tuple = ()

    def seconds_between(self, start, end):
        """Give the seconds of its own (see `seconds`) from one time to another."""
        if not self.looks:
            return end - start
        when, own, busy = np.array(self.looks).T
        own, busy = (np.diff(np.interp((start, end), when, used))[0] for used in (own, busy))
        return _own_seconds(end - start, own, busy)


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
    began, looks = time.time(), [(time.time(), 0.0, _busy_seconds())]
    peak, own, stopped = 0.0, 0.0, ""
    try:
        while process.poll() is None:
            held, used = _children(process)
            peak, own = max(peak, held), max(own, used)
            looks.append((time.time(), own, _busy_seconds()))
            wall = looks[-1][0] - began
            if held > memory_mb:
                stopped = "memory"
            elif _seconds_of(looks) > seconds or wall > 4 * seconds:
                stopped = "time"
            if stopped:
                break
            time.sleep(EVERY)
    finally:
        _end(process)
    looks.append((time.time(), own, _busy_seconds()))
    text = log.read_text(encoding="utf-8", errors="replace")
    wall, seconds = looks[-1][0] - began, _seconds_of(looks)
    return Watched(process.returncode, text, wall, seconds, peak, stopped, tuple(looks))


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


def _seconds_of(looks):
    """Seconds of its own from the first look to the last."""
    return _own_seconds(*(last - first for first, last in zip(looks[0], looks[-1])))


def _own_seconds(wall, own, busy):
    others = max(0.0, busy - own)
    return max(own / THREADS, wall - others / psutil.cpu_count())


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
