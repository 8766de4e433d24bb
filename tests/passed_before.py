"""What passed with the same files before is not run again by day.

For a few tests that take minutes and whose files rarely change: those of the emulated Pi, of the
lessons in a browser, of the lessons without their solutions. Each is marked with all that its
result depends on::

    @pytest.mark.same_files("hardware", "tests/pi", programs=["qemu-system-aarch64"])
    @pytest.mark.same_files(of=lambda name: [f"lessons/{name}", "lowres_kit/workshop"])

(`of` is given the parameters of the test.) The bytes of these files and folders, as git lists them,
the versions of the programs, the pinned packages and Python make the key. A test with no such
record runs, as everything does at night or with LOWRES_ANEW=1.
"""

import hashlib
import os
import platform
import subprocess
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from lowres_kit.places import write_text

ROOT = Path(__file__).resolve().parents[1]
STORE = user_cache_path("lowres-kit-tests", appauthor=False) / "passed"
ANEW = "1" in (os.environ.get("LOWRES_NIGHTLY"), os.environ.get("LOWRES_ANEW"))
ALWAYS = ("constraints.txt", "tests/conftest.py", "tests/passed_before.py")


def pytest_collection_modifyitems(items):
    """Mark the tests that passed with the same files to be skipped, saying when."""
    for item in items:
        item.record_of_pass = record = _record(item)
        if record and record.exists() and not ANEW:
            when = record.read_text(encoding="utf-8").strip()
            reason = f"passed with the same files on {when}; LOWRES_ANEW=1 runs it again"
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Record that a test passed, if it is one of these; forget it if it failed."""
    report = yield
    if item.record_of_pass and report.when == "call":
        if report.passed:
            item.record_of_pass.parent.mkdir(parents=True, exist_ok=True)
            write_text(item.record_of_pass, f"{datetime.now():%Y-%m-%d %H:%M}\n")
        elif report.failed:
            item.record_of_pass.unlink(missing_ok=True)
    return report


def _record(item):
    marks = list(item.iter_markers("same_files"))
    if not marks:
        return None
    names, key = set(ALWAYS), hashlib.sha256()
    for mark in marks:
        names.update(mark.args)
        if "of" in mark.kwargs:
            names.update(
                mark.kwargs["of"](**(item.callspec.params if hasattr(item, "callspec") else {}))
            )
        for program in mark.kwargs.get("programs", ()):
            key.update(_version(program))
    listed = _listed()
    if not listed:
        return None  # no clone, so nobody knows which files there are
    for name in sorted(names):
        found = [one for one in listed if one == name or one.startswith(f"{name}/")]
        assert found, f"{item.nodeid} depends on {name}, which git does not list"
        for one in found:
            key.update(_digest(one))
    key.update(f"{item.nodeid} {platform.python_version()} {platform.machine()}".encode())
    return STORE / key.hexdigest()[:32]


@cache
def _listed():
    asked = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True)
    except OSError:
        return ()
    return tuple(filter(None, done.stdout.split("\0"))) if done.returncode == 0 else ()


@cache
def _digest(name):
    path = ROOT / name
    content = path.read_bytes() if path.is_file() else b"gone"
    return f"{name} {hashlib.sha256(content).hexdigest()}\n".encode()


@cache
def _version(program):
    try:
        return subprocess.run([program, "--version"], capture_output=True).stdout
    except OSError:
        return b"none"
