"""Pythons and computers that the kit cannot run on are told so in one sentence."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from setup_kit import environment

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
start = importlib.util.module_from_spec(spec)
spec.loader.exec_module(start)


def other_pythons():
    """Return the Pythons of this machine that the kit does not run on."""
    places = [shutil.which(f"python3.{minor}") for minor in (6, 7, 8, 9, 10, 14)]
    places += sorted(Path.home().glob(".pyenv/versions/*/bin/python3"))
    found = {}
    for place in filter(None, places):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        said = subprocess.run([place, "-c", code], capture_output=True, text=True, check=False)
        version = said.stdout.strip()
        if said.returncode == 0 and version not in ("", "3.11", "3.12", "3.13"):
            found[version] = place
    return found


OTHERS = other_pythons()


@pytest.mark.skipif(not OTHERS, reason="this machine has no Python older or newer than the kit's")
@pytest.mark.parametrize("version", OTHERS)
def test_a_real_python_of_another_age_says_so(version, tmp_path):
    shutil.copy(ROOT / "start.py", tmp_path)
    done = subprocess.run(
        [OTHERS[version], "start.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.strip().startswith(f"This is Python {version}; the kit needs Python 3.11")
    assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["start.py"]


@pytest.mark.parametrize(
    "machine, sign",
    [
        (((3, 8), "Linux", "x86_64", 64), "This is Python 3.8; .* python3.12 start.py"),
        (((3, 14), "Windows", "AMD64", 64), "This is Python 3.14; .* py -3.12 start.py"),
        (((3, 11), "Windows", "x86", 32), "32 bits"),
        (((3, 12), "Darwin", "x86_64", 64), "Intel .* Binder"),
        (((3, 12), "Windows", "ARM64", 64), "x86-64"),
    ],
)
def test_unfit_machines(machine, sign):
    import re

    said = start.unfit(*machine)
    assert re.search(sign, said) and "\n" not in said


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize(
    "machine",
    [("Linux", "x86_64"), ("Linux", "aarch64"), ("Windows", "AMD64"), ("Darwin", "arm64")],
)
def test_fit_machines(version, machine):
    assert start.unfit(version, *machine, 64) == ""


@pytest.mark.parametrize(
    "said, sign",
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
        (
            "NewConnectionError('<pip._vendor.urllib3>: Failed to establish a new connection: "
            "[Errno -3] Temporary failure in name resolution')\n"
            "ERROR: No matching distribution found for numpy==2.4.6",
            "cannot be reached",
        ),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", "cannot be reached"),
        ("Connection broken: IncompleteRead(1024 bytes read)", "cannot be reached"),
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate is "
            "not yet valid",
            "date is right",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "arrived damaged"),
        (
            "PermissionError: [WinError 5] Access is denied: 'C:\\\\kit\\\\.venv\\\\torch_cpu.dll'",
            "Close JupyterLab",
        ),
        (
            "HINT: This error might have occurred since this system does not have Windows Long Path "
            "support enabled.",
            "C:\\lowres",
        ),
        (
            "The conflict is caused by:\n    The user requested pip\n"  # pip 23
            "    The user requested (constraint) pip==26.3\n",
            "has no pip for Python",
        ),
        (
            "some packages in these conflicts have no matching distributions available for your "
            "environment:\n    scipy\n",
            "has no scipy for Python",
        ),  # pip 26
        (
            "The conflict is caused by:\n    The user requested pip==25.0\n"
            "    The user requested (constraint) pip==26.3\n",
            "The set-up failed. Its last words",
        ),
    ],
)
def test_words_of_pip_become_a_sentence(said, sign):
    assert sign in environment.explain(said)


def test_torch_from_an_unreachable_index_is_named(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    said = environment.explain("ERROR: No matching distribution found for torch==2.13.0+cpu")
    assert environment.TORCH_INDEX in said


def test_torch_index_that_does_not_answer_is_left_out(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(environment, "TORCH_INDEX", "http://127.0.0.1:1/whl")
    assert environment.torch_source() == []


def test_set_up_needs_the_standard_library_alone(tmp_path):
    code = (
        "import sys; import setup_kit.environment; import start; "
        "print([name for name, module in sys.modules.items() "
        "if 'site-packages' in (getattr(module, '__file__', '') or '')])"
    )
    import sys

    said = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
