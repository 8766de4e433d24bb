"""Run a program where a small disk of its own is mounted, which vanishes with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run_on_small_disk(program, disk, kilobytes, *words):
    """Run a Python program with a new tmpfs at `disk`; return what it printed.

    Skips the test where the system allows nobody to mount.
    """
    if not shutil.which("unshare"):
        pytest.skip("no program unshare here")
    private = ["unshare", "--mount"]
    if os.geteuid() != 0:
        private = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(disk)]
    if subprocess.run([*private, *mount], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    ran = subprocess.run(
        [*private, "sh", "-c", 'mount -t tmpfs -o "size=$1k" none "$2"; shift 2; exec "$@"', "sh",
         str(kilobytes), str(disk), sys.executable, "-c", program, str(disk), *words],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:] + ran.stdout[-1000:]
    return ran.stdout
