"""Memory and time of a model in a fresh process.

What this process has loaded (torch, plots, photos) would hide what the model takes, and a file
that makes the runtime crash would end the notebook. So a process of its own opens the model.
"""

import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..errors import KitError

PROGRAM = Path(__file__).with_name("fresh_process.py")
LIMIT = 900  # seconds; loading and the first answers of a large model on an old laptop
TROUBLES = Path(__file__).with_name("troubles.toml")  # the runtime's words, and ours


@dataclass(frozen=True)
class Alone:
    """What a model took in a process of its own.

    Attributes
    ----------
    memory_mb : float
        Peak of resident memory from before the model was opened to after its first answer, less
        what the process (Python, NumPy, the runtime) held before, in MB (10**6 bytes). It counts
        the pages of the file that were read, the weights in the form that the runtime copies
        them to, the arrays between the layers, and what the runtime needs to prepare them.
    process_mb : float
        The same peak with Python, NumPy and the runtime.
    latency_ms : tuple of float
        Time of each answer, warm, from a ready input to outputs that can be read.
    """

    memory_mb: float
    process_mb: float
    latency_ms: tuple


def run_alone(path, runs=50, threads=1, name=None):
    """Open a model in a fresh process, answer made-up inputs, and tell what it took.

    Parameters
    ----------
    path : str or pathlib.Path
        A ``.tflite`` file. Its inputs may have any shape and number; they are filled with random
        numbers of a fixed seed.
    runs : int
        How often the time is taken (less often where 30 seconds do not suffice).
    threads : int
        Threads that the runtime may use.
    name : str, optional
        What errors call the file; its name if not given.

    Returns
    -------
    Alone

    Raises
    ------
    KitError
        If the file cannot be run, with the reason.
    """
    name = name or Path(path).name
    # -P: modules beside the program (numbers.py) would hide those of Python.
    command = [sys.executable, "-P", PROGRAM, Path(path).resolve(), str(runs), str(threads)]
    places = os.pathsep.join(place for place in sys.path if place)  # where a network's class is
    surroundings = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": places}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT, env=surroundings, check=False
        )
    except subprocess.TimeoutExpired:
        raise KitError(f"{name} did not answer within {LIMIT // 60} minutes.") from None
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise KitError(
            f"{name} makes the runtime crash (exit code {done.returncode}); it is damaged, or "
            "made for another runtime. Convert it again."
        )
    found = json.loads(lines[-1])
    if "error" in found:
        raise KitError(f"{name} {explain(found['error'])}.")
    return Alone(found["memory_mb"], found["process_mb"], tuple(found["latency_ms"]))


def torch_memory(model, x):
    """Memory that a torch network takes in a fresh process; see `Alone`.

    Parameters
    ----------
    model : torch.nn.Module
        Its class must be importable, so one that a notebook defines cannot be measured.
    x : torch.Tensor
        One input.

    Returns
    -------
    float or None
        `Alone.memory_mb`; None where the network cannot be handed to another process.
    """
    import torch

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.pt"
        try:
            torch.save((model, x), path)
            return run_alone(path, 1).memory_mb
        except (KitError, AttributeError, TypeError, RuntimeError, pickle.PicklingError):
            return None


def explain(said):
    """Turn the runtime's words into the rest of a sentence about the file."""
    for trouble in tomllib.loads(TROUBLES.read_text("utf-8"))["trouble"]:
        found = re.search(trouble["signs"], said)
        if found:
            return trouble["told"].format(*filter(None, found.groups()))
    return f"cannot be run: {' '.join(said.split())[:200].rstrip('.')}"
