#!/usr/bin/env python3
"""Set the kit up and open it. Needs Python 3.11, 3.12 or 3.13 and nothing else.

    python3 start.py          set up (the first time), then open the lessons in JupyterLab
    python3 start.py setup    set up, nothing more
    python3 start.py test     set up, then run the whole test suite (more words go to pytest)
    python3 start.py run      set up, then run every lesson and print a table

The packages go into the folder .venv beside this file; no other program on the computer changes.
Delete that folder to be rid of them. (JupyterLab and the kit keep settings and photos that were
fetched in your home folder, in .jupyter, .local/share/jupyter and .cache/lowres-kit.)

If a folder named wheels lies beside this file, the packages come from there, and the network is
not asked.
"""

# An old Python must be able to read this file, so that it can say that it is too old. The work
# itself is in setup_kit/environment.py.
import importlib.util
import os
import platform
import signal
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 13)
COMMANDS = {
    "lab": [
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.root_dir=" + str(ROOT / "lessons"),
        "--LabApp.default_url=/lab/tree/00-welcome.ipynb",
    ],
    "setup": [],
    "test": [
        "pytest",
        "--numprocesses=auto",
        "--dist=loadfile",
        "--no-loadscope-reorder",
        "--durations=25",
    ],
    "run": ["lowres_kit.cli", "lessons", "run"],
}


def unfit(version, system, processor, bits):
    """Return why the kit cannot run on such a Python or computer, and the way out; "" if it can."""
    if not OLDEST <= version <= NEWEST:
        return (
            "This is Python {}.{}; the kit needs Python 3.11, 3.12 or 3.13. Get one from "
            "python.org or your system's packages, then start with it: {} start.py".format(
                version[0], version[1], "py -3.12" if system == "Windows" else "python3.12"
            )
        )
    if bits != 64:
        return "This Python has 32 bits; PyTorch needs a 64-bit Python: get it from python.org."
    if (system, processor) == ("Darwin", "x86_64"):
        return (
            "PyTorch has no new packages for Macs with an Intel processor (nor for an Intel "
            "Python on a newer Mac): use the kit on Binder, see README.md."
        )
    if (system, processor) == ("Windows", "ARM64"):
        return (
            "PyTorch has no packages for an ARM Python on Windows; get the Python for Windows "
            "x86-64 from python.org, which runs on this computer too."
        )
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            return (
                "This Python lacks its part '{}'. On Debian and Ubuntu: sudo apt install "
                "python3-venv. Then give the same command again.".format(module)
            )
    return ""


def run(words):
    """Run a module of the environment from the kit's folder; return its exit code."""
    from setup_kit import environment

    process = subprocess.Popen(
        [str(environment.PYTHON), "-m"] + words, cwd=str(ROOT), env=environment.surroundings()
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that runs
    return process.wait()


def main(words):
    """Do what the words after start.py say; return the exit code."""
    verb = words[0] if words else "lab"
    if verb not in COMMANDS:
        print(__doc__)
        return 0 if verb in ("-h", "--help", "help") else 2
    trouble = unfit(
        sys.version_info[:2], platform.system(), platform.machine(), 8 * struct.calcsize("P")
    )
    if not trouble:
        sys.path.insert(0, str(ROOT))
        from setup_kit import environment

        sys.stdout.reconfigure(errors="replace")  # a console that lacks a letter of the path
        sys.stderr.reconfigure(errors="replace")
        trouble = environment.set_up()
    if trouble:
        sys.stderr.write("\n" + trouble + "\n")
        return 2
    if verb == "lab" and hasattr(os, "geteuid") and os.geteuid() == 0:
        words = ["lab", "--allow-root"] + words[1:]  # as in containers; it listens here alone
    return run(COMMANDS[verb] + words[1:]) if COMMANDS[verb] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
