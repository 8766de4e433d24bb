"""What tests of this room share: the old runtime, in a small environment of its own."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

# The last tflite-runtime, which many devices in the field have. It knows Python 3.11 and NumPy 1
# at most, so it cannot live in the kit's environment.
PINS = ("tflite-runtime==2.14.0", "numpy==1.26.4")
RUNNER = Path(__file__).with_name("old_runtime_run.py")


@pytest.fixture(scope="session")
def old_runtime(tmp_path_factory):
    """Give a function that runs models on tflite-runtime 2.14; skips where that cannot be had.

    ``run(models, inputs, reference=False)`` takes the bytes of files and, for each, an array of
    several inputs in the model's own kind of number, without the axis of length 1. It returns the
    raw outputs, one array a model, or the reason (a str) why one cannot be run there.
    """
    python = _environment()
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


def _environment():
    """Python of an environment with `PINS`, made once and kept outside the checkout."""
    base = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
    if not base:
        pytest.skip("tflite-runtime 2.14 needs Python 3.11, which is not here")
    key = hashlib.sha256(" ".join((*PINS, sys.platform)).encode()).hexdigest()[:12]
    from platformdirs import user_cache_path

    home = user_cache_path("lowres-kit-tests", appauthor=False) / f"old-runtime-{key}"
    python = Path("Scripts", "python.exe") if os.name == "nt" else Path("bin", "python")
    if not (home / python).exists():
        # Made beside and renamed: two test runs, or one that was cut short, do no harm.
        draft = home.with_name(f"{home.name}.{os.getpid()}")
        try:
            subprocess.run([base, "-m", "venv", draft], check=True, capture_output=True)
            install = [draft / python, "-m", "pip", "install", "--only-binary=:all:", *PINS]
            made = subprocess.run(install, capture_output=True, text=True, timeout=300)
            if made.returncode:
                last = made.stderr.strip().splitlines()[-1:]
                pytest.skip(f"tflite-runtime 2.14 cannot be installed here: {last}")
            draft.rename(home)
        except (OSError, subprocess.SubprocessError) as error:
            if not (home / python).exists():
                pytest.skip(f"no environment for tflite-runtime 2.14: {error}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return home / python
