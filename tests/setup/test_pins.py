"""One list of versions: what pip, conda and Binder install is held to constraints.txt."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from setup_kit import environment

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>\S+)(?: ; (?P<where>.*))?$")


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lines):
    """Read lines ``name==version ; where`` into name -> set of versions; nothing else may stand."""
    found = {}
    for line in lines:
        line = line.strip()
        if line and not line.startswith("#"):
            pin = PIN.match(line)
            assert pin, f"not a pin: {line}"
            found.setdefault(canonical(pin["name"]), set()).add(pin["version"])
    return found


def direct_needs(root=ROOT):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["optional-dependencies"].values()
    return pins([*project["dependencies"], *(need for group in groups for need in group)])


def constraints(root=ROOT):
    return pins((root / "constraints.txt").read_text(encoding="utf-8").splitlines())


def disagreements(root=ROOT):
    """Return a sentence for each place that names another version than constraints.txt."""
    locked, told = constraints(root), []
    for name, versions in direct_needs(root).items():
        plain = {version.removesuffix("+cpu") for version in locked.get(name, ())}
        if plain != versions:
            told.append(f"pyproject.toml wants {name} {versions}, constraints.txt {plain}")
    for file in ("environment.yml", "binder/requirements.txt", "binder/runtime.txt"):
        text = (root / file).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        for name, version in re.findall(r"([A-Za-z0-9_.-]+)={1,2}([0-9][^\s]*)", "\n".join(lines)):
            if name != "python" and version not in locked.get(canonical(name), ()):
                told.append(f"{file} wants {name} {version}")
        if file != "binder/runtime.txt":
            wanted = "../constraints.txt" if "/" in file else "constraints.txt"
            for words in (f"--constraint {wanted}", f"--extra-index-url {environment.TORCH_INDEX}"):
                if not any(line.strip().removeprefix("- ") == words for line in lines):
                    told.append(f"{file} lacks: {words}")
        for minor in re.findall(r"python[=-]3\.(\d+)", "\n".join(lines)):
            if not 11 <= int(minor) <= 13:
                told.append(f"{file} wants Python 3.{minor}")
    return told


def test_all_agree():
    assert disagreements() == []


def test_every_pin_is_one_version_a_place():
    for name, versions in constraints().items():
        assert len(versions) <= (2 if name == "torch" else 3), (name, versions)


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("pyproject.toml", '"pillow==', '"pillow==9.'),
        ("constraints.txt", "\npillow==", "\npillow==9."),
        ("environment.yml", "pip=26.3", "pip=26.2"),
        ("environment.yml", "--constraint constraints.txt", "--no-cache-dir"),
        ("environment.yml", "python=3.12", "python=3.14"),
        ("binder/requirements.txt", "--constraint ../constraints.txt", "pillow==9.0"),
        ("binder/requirements.txt", "https://download.pytorch.org/whl/cpu", "https://a.example"),
        ("binder/runtime.txt", "python-3.12", "python-3.10"),
    ],
)
def test_a_disagreement_is_found(tmp_path, file, old, new):
    shutil.copytree(ROOT / "binder", tmp_path / "binder")
    for name in ("pyproject.toml", "constraints.txt", "environment.yml"):
        shutil.copy(ROOT / name, tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
    assert disagreements(tmp_path) != []


def test_this_environment_is_what_the_pins_say():
    from importlib.metadata import distribution

    for name, versions in direct_needs().items():
        assert {distribution(name).version.removesuffix("+cpu")} == versions
