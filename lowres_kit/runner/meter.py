"""Run a program, and watch what it takes: seconds of the processor, and memory."""

import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
import psutil

EVERY = 0.1  # seconds between two looks, each of which reads the list of all programs
# Wall time judges nothing, since it grows with what runs beside. It only stops a program that waits
# for what never comes: with less than a fifth of a core for all its time, nothing else explains it.
PATIENCE = 5
# The machine that the boxes of the lessons speak of (one core of a Xeon at 2.5 GHz, AVX-512) does
# this work in so many seconds: a network's steps in training, as most of the lessons' time is.
YARDSTICK_SECONDS = 2.7
YARDSTICK = """
import time, torch
from torch import nn
torch.set_num_threads(1)
torch.manual_seed(0)
layers = [nn.Conv2d(3, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU6()]
for _ in range(4):
    layers += [nn.Conv2d(32, 96, 1), nn.BatchNorm2d(96), nn.ReLU6(),
               nn.Conv2d(96, 96, 3, 1, 1, groups=96), nn.BatchNorm2d(96), nn.ReLU6(),
               nn.Conv2d(96, 32, 1), nn.BatchNorm2d(32)]
net = nn.Sequential(*layers)
x = torch.randn(16, 3, 64, 64)
took = []
for step in range(12):
    began = time.process_time()
    net(x).square().mean().backward()
    took.append(time.process_time() - began)
print(sum(sorted(took)[:10]))
"""


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
        Seconds of the processor, of the program and all that it started: with one thread what it
        takes by the clock if nothing else runs, and the same, or nearly, beside any neighbour.
    peak_mb : float
        Most memory that its children (the kernel) held at a time, in MB.
    stopped : str
        Why it was stopped: "time", "memory", "wall" or "".
    looks : tuple of (float, float)
        What was seen meanwhile: the time (`time.time`), and `seconds` until then.
    """

    code: int
    output: str
    wall: float
    seconds: float
    peak_mb: float
    stopped: str
    looks: tuple = ()

    def seconds_between(self, start, end):
        """Give the seconds of the processor from one time to another."""
        return float(np.diff(np.interp((start, end), *np.array(self.looks).T))[0])


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
        It is stopped when it has taken so many seconds of the processor, and after `PATIENCE`
        times as many by the clock in any case.
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
    looks = [(time.time(), 0.0)]
    began, peak, own, stopped = time.monotonic(), 0.0, 0.0, ""
    try:
        while process.poll() is None and not stopped:
            held, used = _children(process)
            peak, own = max(peak, held), max(own, used)
            looks.append((time.time(), own))
            if held > memory_mb:
                stopped = "memory"
            elif own > seconds:
                stopped = "time"
            elif time.monotonic() - began > PATIENCE * seconds:
                stopped = "wall"
            else:
                time.sleep(EVERY)
    finally:
        _end(process)
    wall = time.monotonic() - began
    text = log.read_text(encoding="utf-8", errors="replace")
    return Watched(process.returncode, text, wall, own, peak, stopped, tuple(looks))


def slowness():
    """Say how much slower one core of this machine is than that of which the boxes speak.

    Returns
    -------
    float
        2.0 if it takes twice the seconds for the same work; never less than 1.
    """
    said = subprocess.check_output([sys.executable, "-c", YARDSTICK], text=True)
    return max(1.0, float(said) / YARDSTICK_SECONDS)


def _children(process):
    """Memory in MB of the program's children, and processor seconds of the whole tree."""
    held = used = 0.0
    try:
        for child in process.children(recursive=True):
            try:
                held += child.memory_info().rss / 1e6
                used += sum(child.cpu_times()[:4])  # with those of its own that have ended
            except psutil.Error:
                pass  # it ended between two looks
        used += sum(process.cpu_times()[:4])
    except psutil.Error:
        pass
    return held, used


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
