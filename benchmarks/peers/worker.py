"""What every peer's process does: answer when told to, one line each way.

The benchmark starts one process a runtime and a network and lets them take turns, so that a busy
moment of the computer hits all of them alike. A process reads words from standard input, a line
each, and answers with a line of JSON on standard output:

    go 7      answer photo 7 once         {"ms": 2.7, "cpu_ms": 2.7}
    all       answer every photo          {"answers": [0, 2, …]}
    quit

Its first line, unasked, tells what its first answer took. Nothing but the peer and NumPy is
imported here; the modules beside this file are never imported together.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

import numpy as np

STARTED = time.perf_counter()


def main(make, load):
    """Run the command line of a peer.

    Parameters
    ----------
    make : dict of str to callable
        For each variant what writes its file: it takes the folder with the network and the
        photos (see `networks.py`) and returns the path of the file.
    load : callable
        Takes that path and a variant; returns ``prepare`` (a photo, uint8 ``(size, size, 3)``, to
        an input) and ``answer`` (an input to scores).
    """
    command, work, variant = sys.argv[1:4]
    if command == "make":
        sys.exit(_make(make[variant], Path(work)))
    _serve(load, Path(work), variant, sys.argv[4])


def _make(one, work):
    try:
        print(json.dumps({"file": str(one(work))}))
    except Exception as error:
        traceback.print_exc()
        print(json.dumps({"error": f"{type(error).__name__}: {first_line(error)}"}))
    return 0


def first_line(error):
    """The beginning of what a peer says, short enough for a table."""
    return (str(error).strip().splitlines() or ["no words"])[0][:160]


def _serve(load, work, variant, path):
    # Some runtimes print to standard output: theirs goes to standard error.
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    photos = np.load(work / "photos.npy", mmap_mode="r")  # on disk, not in memory
    try:
        prepare, answer = load(path, variant)
        np.asarray(answer(prepare(photos[0])))
    except Exception as error:
        traceback.print_exc()
        told = {"error": f"{type(error).__name__}: {first_line(error)}"}
    else:
        told = {"start_s": time.perf_counter() - STARTED, "process_mb": peak_mb()}
    print(json.dumps(told), file=channel)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "quit":
            break
        if words[0] == "all":
            answers = [int(np.argmax(answer(prepare(photo)))) for photo in photos]
            print(json.dumps({"answers": answers}), file=channel)
            continue
        x = prepare(photos[int(words[1]) % len(photos)])
        answer(x)  # the others have run since: fetch weights and code into the caches again
        cpu, started = time.process_time(), time.perf_counter()
        answer(x)
        ms, cpu_ms = (1e3 * (now - before) for now, before in
                      ((time.perf_counter(), started), (time.process_time(), cpu)))  # fmt: skip
        print(json.dumps({"ms": ms, "cpu_ms": cpu_ms}), file=channel)


def peak_mb():
    """Most memory that this process held, in MB; nothing is taken off, a device must hold it."""
    if sys.platform == "linux":  # ru_maxrss starts at what the parent process held
        with open("/proc/self/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1]) / 1e6
    if sys.platform == "win32":
        return float("nan")  # the standard library cannot tell
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def scaled(photo):
    """Photo as float32 from -1 to 1, as the networks learned it, ``(1, size, size, 3)``."""
    return ((photo.astype(np.float32) - 127) / 128)[None]
