"""The kit's private environment, the folder .venv: made, filled, and mended after a power cut.

`start.py` calls this before any package is there, so it uses the standard library alone.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from lowres_kit.errors import KitError
from lowres_kit.places import write_text

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CONSTRAINTS = ROOT / "constraints.txt"
WHEELS = ROOT / "wheels"
STAMP = ENVIRONMENT / "kit-is-ready.json"
BUSY = ENVIRONMENT / "kit-is-being-installed"

NEEDED_MB = 2300  # the environment, pip's store, and one download on its way
# PyPI's torch for Linux brings several GB for graphics cards; this index has the one without.
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
# How pip's versions say that a package which the pins want is not there.
MISSING = (
    r"No matching distribution found for (\S+)|no matching distributions available for your "
    r"environment:\s+(\S+)|The user requested (\S+)\n\s+The user requested \(constraint\) \3=="
)
AGAIN = "Then give the same command again: it goes on where it was."

TROUBLES = {
    "No space left|Errno 28|not enough space|Disk quota": "The disk is full. Make room, or move this folder to another disk.",
    "CERTIFICATE_VERIFY|SSLError|SSL:": "The package server's certificate was refused. See that this computer's date is right.",
    "DO NOT MATCH THE HASHES|BadZipFile|is invalid": "A package arrived damaged. Empty pip's store: python3 -m pip cache purge",
    "Permission denied|Read-only file system|Access is denied": "The kit's folder cannot be written to, or a program holds one of its files. Close "
    "JupyterLab, or copy the kit to a folder of your own.",
    "WinError 206|enable-long-paths|Long Path": "A path is too long for Windows. Move the kit to a short one, such as C:\\lowres.",
    "NewConnection|name resolution|resolve host|getaddrinfo|imeout|timed out|ProxyError|"
    "unreachable|ConnectionError|Connection broken|IncompleteRead|not known|Failed to establish": "The package server cannot be reached. Connect to the network; what was downloaded is "
    "kept. Or put a folder with the packages, named wheels, beside start.py.",
}


def set_up() -> str:
    """Bring the environment to what the pins say; a second time, look at the stamp alone.

    Every step may be cut off at any moment and is taken up again by the next call.

    Returns
    -------
    str
        What stands in the way, with the way out, in one or two sentences; "" if all is ready.
    """
    try:
        if not is_ready():
            install()
        return ""
    except KitError as error:
        return str(error)
    except OSError as error:
        return explain(str(error))
    except KeyboardInterrupt:
        return "Stopped. The same command goes on where it was."


def is_ready() -> bool:
    """Tell whether set-up ended well in this place with these pins; nothing is started."""
    try:
        return PYTHON.exists() and json.loads(STAMP.read_text(encoding="utf-8")) == fingerprint()
    except (OSError, ValueError):
        return False


def fingerprint() -> dict[str, str]:
    """Return what the environment depends on: the pins, and the folder that it lies in."""
    inputs = CONSTRAINTS.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return {"inputs": hashlib.sha256(inputs).hexdigest(), "place": str(ROOT)}


def install() -> None:
    """Make the environment and install all packages.

    Raises
    ------
    KitError
        If the disk, the network or anything else stands in the way.
    """
    check_space()
    make_environment()
    if BUSY.exists():
        mend_packages()
    BUSY.touch()
    print("Step 1 of 3: tools to install with", flush=True)
    pip_install("pip", "setuptools")
    raw = ("--progress-bar", "raw")  # known to the pip of step 1, not to all older ones
    print("Step 2 of 3: PyTorch, the largest package", flush=True)
    pip_install("torch", "--no-deps", *raw, *torch_source())
    print("Step 3 of 3: all other packages", flush=True)
    pip_install("--no-build-isolation", "--editable", ".[tests]", *raw)
    quiet_jupyter()
    if hasattr(os, "sync"):
        os.sync()  # the stamp must not reach the disk before what it vouches for
    write_text(STAMP, json.dumps(fingerprint()))
    BUSY.unlink()
    print("Ready.", flush=True)


def surroundings() -> dict[str, str]:
    """Return the environment variables for our Python, less those that lead to other packages."""
    misleading = {
        "PYTHONHOME",
        "PYTHONPATH",
        "PIP_USER",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_QUIET",
        "PIP_VERBOSE",
        "PIP_NO_DEPS",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_LOG",
    }
    kept = {name: value for name, value in os.environ.items() if name not in misleading}
    kept["PATH"] = str(PYTHON.parent) + os.pathsep + kept.get("PATH", "")
    kept["VIRTUAL_ENV"] = str(ENVIRONMENT)
    kept["PYTHONNOUSERSITE"] = kept["PYTHONUTF8"] = "1"
    kept["JUPYTER_PREFER_ENV_PATH"] = "1"  # not a kernel of the same name from elsewhere
    return kept


def check_space() -> None:
    """Stop if the disk cannot hold what is still to come."""
    there = sum(file.lstat().st_size for file in ENVIRONMENT.rglob("*"))
    free, more = shutil.disk_usage(ROOT).free, NEEDED_MB * 1e6 - there
    if free < more:
        raise KitError(
            f"The disk has {free / 1e9:.1f} GB free; the kit needs {more / 1e9:.1f} GB. Make room, "
            f"or move this folder to another disk. {AGAIN}"
        )


def make_environment() -> None:
    """Make .venv; if it is there but does not run or is of another Python, make it afresh."""
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    code = "import pip._internal.cli.main, sys; print('%d.%d' % sys.version_info[:2])"
    inside = Path(sys.prefix).resolve() == ENVIRONMENT
    if ENVIRONMENT.exists() and ask_environment(code) != ours:
        if inside:
            raise KitError(
                "The folder .venv is damaged, and this Python lives in it. Type "
                f"'deactivate', or open a new terminal. {AGAIN}"
            )
        print("The folder .venv is not whole, or not of this Python: it is made afresh.")
        remove(ENVIRONMENT)
    if inside:
        return
    # Over a whole .venv this is quick, and mends its scripts if the kit was moved.
    print(f"Making the private environment .venv (Python {ours})", flush=True)
    # pip comes in a step of its own: venv would hide its words, such as that the disk is full.
    for command in (
        [sys.executable, "-m", "venv", "--without-pip", ENVIRONMENT],
        [PYTHON, "-m", "ensurepip", "--upgrade", "--default-pip"],
    ):
        made = subprocess.run(
            command,
            env=surroundings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if made.returncode != 0:
            raise KitError(explain(made.stdout.decode("utf-8", "replace")))


def ask_environment(code: str) -> str | None:
    """Return what a line of Python prints inside the environment, or None if it does not run."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        said = subprocess.check_output(
            [PYTHON, "-c", code], env=surroundings(), stderr=subprocess.DEVNULL
        )
        return said.decode("utf-8", "replace").strip()
    return None


def remove(folder: Path) -> None:
    """Remove a folder and all in it, or say why not."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise KitError(
            f"The folder {folder.name} cannot be removed ({error.strerror}). Close "
            f"programs that use it, or remove it by hand. {AGAIN}"
        ) from None


def mend_packages() -> None:
    """Forget each package whose files are not whole, so that pip installs it again.

    Every installed package lists its files with their SHA-256 in a file RECORD. pip believes a
    package to be there if that folder is there; after a power cut, files can be missing, short
    or full of zeros all the same.
    """
    site = Path(ask_environment("import sysconfig; print(sysconfig.get_path('purelib'))"))
    for aside in site.glob("~*"):  # what pip had moved out of its way
        shutil.rmtree(aside, ignore_errors=True)
    for package in sorted(site.glob("*.dist-info")):
        if is_whole(package):
            continue
        print(f"  {package.name.split('-')[0]} was not whole: it is installed again", flush=True)
        if package.name.startswith("pip-"):
            remove(ENVIRONMENT)
            make_environment()
            return
        remove(package)


def is_whole(package: Path) -> bool:
    """Tell whether all files that a package lists in its RECORD are there and unchanged."""
    try:
        with open(package / "RECORD", encoding="utf-8", newline="") as record:
            rows = list(csv.reader(record))
        for name, promised, _ in rows:
            if promised.startswith("sha256="):
                digest = hashlib.sha256((package.parent / name).read_bytes()).digest()
                if base64.urlsafe_b64encode(digest).decode().rstrip("=") != promised[7:]:
                    return False
    except (OSError, ValueError):
        return False
    return bool(rows)


def torch_source() -> list[str]:
    """Return pip's words for where torch comes from, after asking whether that place answers."""
    if WHEELS.is_dir() or sys.platform != "linux":
        return []  # PyPI's torch for Windows and macOS is without graphics cards already
    try:
        urllib.request.urlopen(f"{TORCH_INDEX}/torch/", timeout=8).close()
    except (OSError, ValueError):
        return []  # pip may know another place, and fails at once if not
    return ["--extra-index-url", TORCH_INDEX]


def pip_install(*words: str) -> None:
    """Run pip with the pins and show how far it is; stop with a sentence if it fails."""
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--timeout",
        "30",
        "--constraint",
        CONSTRAINTS,
        *words,
    ]
    if WHEELS.is_dir():
        command += ["--no-index", "--find-links", WHEELS]
    temporary = ENVIRONMENT / "tmp"  # /tmp is too small on some laptops
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    extra = {"TMPDIR": str(temporary), "TEMP": str(temporary), "PYTHONUNBUFFERED": "1"}
    said = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=surroundings() | extra,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as pip:
        try:
            for line in pip.stdout:
                said.append(line)
                show_progress(line)
        except BaseException:
            pip.terminate()
            raise
    shutil.rmtree(temporary, ignore_errors=True)
    if pip.returncode != 0:
        raise KitError(explain("".join(said)))


def show_progress(line: str) -> None:
    """Turn a line of pip into a short one; on a terminal a download counts its megabytes."""
    download = re.match(r"\s*(?:Downloading|Using cached) ([^-]+)-([^-]+)-\S+ (\(.* MB\))", line)
    if download:
        print("\r  " + " ".join(download.groups()), flush=True)
    elif line.startswith("Progress ") and sys.stdout.isatty():
        done, whole = (int(word) / 1e6 for word in line.split()[1::2])
        print(f"\r  {done:.0f} of {whole:.0f} MB ", end="", flush=True)
    elif line.startswith("Installing collected"):
        print(f"\r  packages to unpack: {line.count(',') + 1}", flush=True)


def explain(said: str) -> str:
    """Turn the last words of pip or of the system into a sentence with the way out."""
    for signs, sentence in TROUBLES.items():
        if re.search(signs, said):
            return f"{sentence} {AGAIN}"
    missing = re.search(MISSING, said)
    if not missing:
        return "The set-up failed. Its last words were:\n" + "\n".join(said.splitlines()[-12:])
    name = missing[missing.lastindex]
    if WHEELS.is_dir():
        return (
            f"The folder wheels has no {name} for Python {platform.python_version()} on "
            f"{platform.system()} {platform.machine()}. Get the bundle made for this computer."
        )
    if "torch" in name and sys.platform == "linux":
        return (
            f"PyTorch for Linux comes from {TORCH_INDEX}, which cannot be reached. Try later, "
            f"or on another network. {AGAIN}"
        )
    return (
        f"The package server has no {name} for Python {platform.python_version()} on "
        f"{platform.system()} {platform.machine()}. Use another Python, or Binder."
    )


def quiet_jupyter(home: Path = ENVIRONMENT) -> None:
    """Tell the JupyterLab of an environment not to ask the network for news and updates."""
    news = {"fetchNews": "false", "checkForUpdates": False}
    settings = {"@jupyterlab/apputils-extension:notification": news}
    folder = home / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "overrides.json", json.dumps(settings))
