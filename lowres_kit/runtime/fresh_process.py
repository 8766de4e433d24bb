"""A program of its own: one model in a fresh process, what it takes and how fast it answers.

    python fresh_process.py MODEL RUNS THREADS

MODEL is a ``.tflite`` file, or a ``.pt`` file that `subprocess_memory.py` wrote a moment ago. One
line of JSON comes out, as `subprocess_memory.run_alone` describes it. Nothing of the kit is
imported here: NumPy and the runtime alone, as on a small device.
"""

import contextlib
import json
import sys
import time

SECONDS = 30.0  # of warm answers at most; slow models are timed less often
WARM_UP = 5


def main(path, runs, threads):
    """Open the model, answer once, then answer again and again; print what it took."""
    answer = _torch(path, threads) if path.endswith(".pt") else _tflite(path, threads)
    _forget_peak()
    before = resident_bytes()
    try:
        once = answer()
        once()
        peak = peak_bytes()
        ms = _times(once, runs)
    except (ValueError, RuntimeError, TypeError, AttributeError, ImportError) as error:
        print(json.dumps({"error": str(error) or type(error).__name__}))
        return
    print(
        json.dumps({"memory_mb": (peak - before) / 1e6, "process_mb": peak / 1e6, "latency_ms": ms})
    )


def _times(once, runs):
    """Milliseconds of each warm answer."""
    for _ in range(min(WARM_UP, runs)):
        once()
    found, end = [], time.perf_counter() + SECONDS
    while len(found) < runs and (len(found) < 3 or time.perf_counter() < end):
        started = time.perf_counter()
        once()
        found.append(1e3 * (time.perf_counter() - started))
    return found


def _tflite(path, threads):
    """Import the runtime; give a function that opens the model and gives one that answers."""
    import numpy as np

    try:
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError:  # a device that has the older runtime alone; the calls are the same
        from tflite_runtime.interpreter import Interpreter

    def opened():
        model = Interpreter(path, num_threads=threads)
        for one in model.get_input_details():
            shape = [max(1, int(length)) for length in one["shape"]]  # -1 or 0: of any length
            if shape != one["shape"].tolist():
                model.resize_tensor_input(one["index"], shape)
        model.allocate_tensors()
        inputs = [(one["index"], _made_up(np, one)) for one in model.get_input_details()]
        outputs = [one["index"] for one in model.get_output_details()]

        def once():
            for index, value in inputs:
                model.set_tensor(index, value)
            model.invoke()
            for index in outputs:
                model.get_tensor(index)

        return once

    return opened


def _made_up(np, one):
    """Make an input of the right shape and type: random, always the same."""
    chance = np.random.default_rng(0)
    shape, dtype = tuple(one["shape"]), np.dtype(one["dtype"])
    if dtype.kind == "f":
        return chance.uniform(-1, 1, shape).astype(dtype)
    if dtype in (np.int8, np.uint8, np.int16):
        limits = np.iinfo(dtype)
        return chance.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    if dtype.kind not in "iub":
        raise ValueError(f"an input of type {dtype} cannot be made up")
    return np.zeros(shape, dtype)  # positions in a table, lengths, switches: 0 is always allowed


def _torch(path, threads):
    """Import torch; give a function that loads the network and gives one that answers."""
    import torch

    torch.set_num_threads(threads)

    def opened():
        # Our own file, written a moment ago into a folder that only this user may enter.
        model, x = torch.load(path, weights_only=False)

        def once():
            with torch.inference_mode():
                model(x)

        return once

    return opened


def resident_bytes():
    """Memory that this process holds now."""
    if sys.platform == "linux":
        return _status("VmRSS")
    import psutil

    return psutil.Process().memory_info().rss


def peak_bytes():
    """Most memory that this process has held since `_forget_peak`, or since its start.

    Linux's ``ru_maxrss`` will not do: it starts at what the parent process held.
    """
    if sys.platform == "linux":
        return _status("VmHWM")
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _status(key):
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith(key + ":"))
    return 1024 * int(line.split()[1])


def _forget_peak():
    """Let Linux count the peak from now on: importing may have taken more for a moment."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
