"""What tests of this room share: the old runtime, in a small environment of its own."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from small_environments import OLD_RUNTIME, environment

RUNNER = Path(__file__).with_name("old_runtime_run.py")


@pytest.fixture(scope="session")
def old_runtime(tmp_path_factory):
    """Give a function that runs models on tflite-runtime 2.14; skips where that cannot be had.

    ``run(models, inputs, reference=False)`` takes the bytes of files and, for each, an array of
    several inputs in the model's own kind of number, without the axis of length 1. It returns the
    raw outputs, one array a model, or the reason (a str) why one cannot be run there.
    """
    python = environment(OLD_RUNTIME, python3_11=True)
    folder = tmp_path_factory.mktemp("old_runtime")

    def run(models, inputs, reference=False):
        paths = [folder / f"{number}.tflite" for number in range(len(models))]
        for path, model in zip(paths, models):
            path.write_bytes(model)
        np.savez(folder / "in.npz", **{str(n): x for n, x in enumerate(inputs)})
        command = [python, RUNNER, folder / "in.npz", folder / "out.npz", *paths]
        if reference:
            command.append("--reference")
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stderr[-2000:]
        with np.load(folder / "out.npz", allow_pickle=False) as found:
            outputs = [found[str(number)] for number in range(len(models))]
        return [str(out) if out.dtype.kind == "U" else out for out in outputs]

    return run
