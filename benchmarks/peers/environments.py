"""An environment for each peer, made by the benchmark outside the checkout, and what it costs.

Wheels are brought together first and installed from there, so that the megabytes of the download
and those on disk are both measured. What was made is kept, keyed by its pins.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from setup_kit.environment import CONSTRAINTS, torch_source

# The peers' versions. What the kit uses as well has the kit's version, from constraints.txt.
PINS = {
    "onnx": "1.23.2",
    "onnxruntime": "1.32.0",
    "onnxscript": "0.7.2",
    "executorch": "1.5.1",
    "torchao": "0.18.0",
}
# Of the libraries that choose which photos to label (labels_needed.py).
ASKING_PINS = {"scikit-activeml": "1.0.1", "modAL-python": "0.4.2.1"}


@dataclass(frozen=True)
class Environment:
    """Where a peer runs, and what installing it took.

    Attributes
    ----------
    python : str
        The interpreter.
    download_mb, disk_mb : float
        Size of all wheels, and what the environment grew by, in MB (10**6 bytes).
    error : str
        Why it could not be made; "" if it was.
    """

    python: str
    download_mb: float = 0.0
    disk_mb: float = 0.0
    error: str = ""


def pin(name):
    """A requirement with its version, such as ``numpy==2.4.6``."""
    pins = PINS | ASKING_PINS
    if name in pins:
        return f"{name}=={pins[name]}"
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if re.match(rf"{re.escape(name)}==", line)]
    # Only torch has two lines: the build without graphics cards has a name of its own on Linux.
    linux = sys.platform == "linux"
    fitting = [line for line in found if ";" not in line or ("== 'linux'" in line) == linux]
    return fitting[0].split(";")[0].strip()


def environment(names, cache, say):
    """Make an environment with some packages, or find it made.

    Parameters
    ----------
    names : tuple of str
        The packages; all that they need comes along.
    cache : pathlib.Path
        Folder for environments.
    say : callable
        Takes a line of text about what goes on.

    Returns
    -------
    Environment
        With its `error` set where a package cannot be installed.
    """
    pins = sorted(pin(name) for name in names)
    version = ".".join(map(str, sys.version_info[:3]))
    key = hashlib.sha256(" ".join([version, *pins]).encode()).hexdigest()[:12]
    folder, note = cache / key, cache / key / "measured.json"
    if note.is_file():
        return Environment(**json.loads(note.read_text(encoding="utf-8")))
    say(f"Installing {', '.join(pins)}")
    shutil.rmtree(folder, ignore_errors=True)  # one that was cut short
    made = _install(folder, pins)
    if not made.error:  # what failed is tried again next time: it may have been the network
        note.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def _install(folder, pins):
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    wheels = folder / "wheels"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    source = torch_source() if any(one.startswith("torch") for one in pins) else []
    try:
        _run([sys.executable, "-m", "venv", folder])
        before = _megabytes(folder)
        _run([*pip, "wheel", "--quiet", "--wheel-dir", wheels, *source, *pins])
        download = _megabytes(wheels)
        _run([*pip, "install", "--quiet", "--no-index", "--find-links", wheels, *pins])
    except (OSError, subprocess.CalledProcessError) as error:
        return Environment(str(python), error=_reason(error))
    shutil.rmtree(wheels)
    return Environment(str(python), download, _megabytes(folder) - before)


def _run(command):
    subprocess.run(
        list(map(str, command)),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )


def _reason(error):
    said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
    errors = [line for line in said if line.startswith("ERROR")] or said[-1:]
    return errors[-1][:160] if errors else "pip failed without a word"


def _megabytes(folder):
    """Size of all files below a folder; a link counts nothing, as its target is counted."""
    files = (path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6
