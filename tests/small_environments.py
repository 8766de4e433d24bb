"""Environments with a few packages, such as a small device has, made once and kept."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# The last tflite-runtime, which many devices in the field have. It knows Python 3.11 and NumPy 1
# at most, so it cannot live in the kit's environment.
OLD_RUNTIME = ("tflite-runtime==2.14.0", "numpy==1.26.4")
ROOT = Path(__file__).resolve().parents[1]
PINS = {
    line.partition("==")[0]: line.strip()
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if "==" in line and not line.startswith("#")
}
LITERT = (PINS["ai-edge-litert"], PINS["numpy"], PINS["pillow"], PINS["backports-strenum"])
# What a device may have: its packages, and whether they need Python 3.11.
DEVICES = {
    "LiteRT": (LITERT, False),
    "tflite-runtime": ((*OLD_RUNTIME, PINS["pillow"]), True),
}


def environment(pins, python3_11=False):
    """Make an environment with packages; skip the test where they cannot be had.

    Parameters
    ----------
    pins : tuple of str
        Packages with their versions.
    python3_11 : bool
        Whether it must be Python 3.11, not the one that runs the tests.

    Returns
    -------
    pathlib.Path
        Its Python. It is made once and kept outside the checkout.
    """
    title = pins[0].partition("==")[0]
    base = sys.executable
    if python3_11 and sys.version_info[:2] != (3, 11):
        base = shutil.which("python3.11")
    if not base:
        pytest.skip(f"{title} needs Python 3.11, which is not here")
    version = "3.11" if python3_11 else f"{sys.version_info[0]}.{sys.version_info[1]}"
    key = hashlib.sha256(" ".join((*pins, sys.platform, version)).encode()).hexdigest()[:12]
    from platformdirs import user_cache_path

    home = user_cache_path("lowres-kit-tests", appauthor=False) / f"{title}-{key}"
    python = Path("Scripts", "python.exe") if os.name == "nt" else Path("bin", "python")
    if not (home / python).exists():
        # Made beside and renamed: two test runs, or one that was cut short, do no harm.
        draft = home.with_name(f"{home.name}.{os.getpid()}")
        try:
            subprocess.run([base, "-m", "venv", draft], check=True, capture_output=True)
            install = [draft / python, "-m", "pip", "install", "--only-binary=:all:", *pins]
            made = subprocess.run(install, capture_output=True, text=True, timeout=300)
            if made.returncode:
                last = made.stderr.strip().splitlines()[-1:]
                pytest.skip(f"{title} cannot be installed here: {last}")
            draft.rename(home)
        except (OSError, subprocess.SubprocessError) as error:
            if not (home / python).exists():
                pytest.skip(f"no environment for {title}: {error}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return home / python
