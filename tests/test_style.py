"""All code is formatted and free of what ruff finds, the scripts without an ending too.

To put things right: `ruff check --fix` and `ruff format`, both from .venv.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def scripts(language):
    """Files without an ending whose first line names a language's program."""
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    bare = [ROOT / name for name in listed.split("\0") if name and "." not in Path(name).name]
    firsts = {path: path.open("rb").readline() for path in bare if path.is_file()}
    return [path for path, first in firsts.items() if first[:2] == b"#!" and language in first]


def ruff(*words, cwd=ROOT):
    command = [sys.executable, "-m", "ruff", *words, "--no-cache"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [("check",), ("format", "--check")], ids=lambda words: words[0])
def test_ruff_has_nothing_to_say(words):
    said = ruff(*words, ".", *scripts(b"python"))
    assert said.returncode == 0, said.stdout + said.stderr


def test_ruff_looks_at_all_python_files():
    """An entry of extend-exclude that reaches too far would go unnoticed."""
    looked = {Path(line) for line in ruff("check", "--show-files", ".").stdout.splitlines()}
    listed = subprocess.check_output(["git", "ls-files", "*.py"], cwd=ROOT, text=True)
    assert looked >= {ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()}


def test_ruff_finds_what_is_wrong(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (tmp_path / "bad.py").write_text("import os\n\n\ndef f( a ):\n    return a\n", "utf-8")
    found = ruff("check", "--output-format=concise", ".", cwd=tmp_path).stdout
    assert {"F401", "D100", "D103"} <= set(found.split())
    assert ruff("format", "--check", ".", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("path", scripts(b"sh"), ids=lambda path: path.name)
def test_shell_scripts_can_be_read(path):
    subprocess.run(["bash", "-n", path], check=True)
