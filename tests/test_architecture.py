"""The order of the rooms: who may import whom (docs/architecture.md). One forbidden import fails.

Imports are read from the source, those inside functions too: what is imported late is imported.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lowres_kit import field_cli

ROOT = Path(__file__).resolve().parents[1]
# What each may import, besides itself and the leaf modules at the top of the package.
MAY = {
    "scope": set(),
    "data": {"scope"},
    "learn": {"scope", "data"},
    "runtime": set(),
    "shrink": {"scope", "data", "learn", "runtime"},
    "field": {"scope", "data", "runtime"},
    "desk": {"scope", "data", "learn", "runtime", "shrink", "field"},
    "workshop": {"scope", "data", "learn", "runtime", "shrink", "field", "desk"},
    "runner": {"workshop"},
}
# Beyond the rooms: modules at the top may import no room, but for the two doors.
DOORS = {"cli", "field_cli"}
DATA_OF_THE_DEVICE = {"pictures", "describe", "folder"}
HEAVY = ("torch", "sklearn", "scipy", "matplotlib", "IPython", "ipywidgets", "jupyterlab")


def imported(path, package):
    """Give the absolute names of all modules that a file imports.

    Parameters
    ----------
    path : pathlib.Path
    package : str
        The package that it lies in, for relative imports.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = [".".join(parts)] if node.level else []
            module = ".".join(base + ([node.module] if node.module else []))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def forbidden(kit):
    """Give each import of a package, laid out as the kit is, that goes against the order."""
    for path in sorted(kit.rglob("*.py")):
        parts = path.relative_to(kit).with_suffix("").parts
        package = ".".join(("lowres_kit", *parts[:-1]))
        room = parts[0] if len(parts) > 1 else None
        for name in imported(path, package):
            words = name.split(".")
            where = f"{path.relative_to(kit)} imports {name}"
            if words[0] == "lowres_lessons":
                yield where
            if words[0] != "lowres_kit" or len(words) < 2 or words[1] not in MAY:
                continue
            other = words[1]
            if room is None and parts[0] not in DOORS:
                yield where
            elif room and other != room and other not in MAY[room]:
                yield where
            elif room == "field" and other == "data" and words[2] not in DATA_OF_THE_DEVICE:
                yield where


def test_each_room_imports_only_rooms_before_it():
    assert list(forbidden(ROOT / "lowres_kit")) == []


def test_every_room_is_in_the_order():
    rooms = {path.parent.name for path in (ROOT / "lowres_kit").glob("*/__init__.py")}
    assert rooms == set(MAY)


def test_the_page_shows_this_order():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in page.splitlines() if line.count("|") == 4]
    shown = {
        words[0]: set(re.findall(r"`(\w+)`", may))
        for room, _, may in rows if len(words := re.findall(r"`(\w+)`", room)) == 1
    }  # fmt: skip
    assert shown == MAY


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("field/station.py", "from ..learn.backbone import CUTS"),
        ("field/pack/pack.py", "from ...desk import packing"),
        ("field/pack/pack.py", "def late():\n    from ...data.registry import load_dataset"),
        ("scope/need.py", "import lowres_kit.data.splits"),
        ("data/splits.py", "from ..learn import Recipe"),
        ("learn/job.py", "from ..shrink.job import shrink_folder"),
        ("runtime/tflite.py", "from ..field.pack.pack import Pack"),
        ("workshop/quiz.py", "from ..runner import lint"),
        ("desk/compare.py", "from lowres_lessons.prune import checks"),
        ("places.py", "from .data import load_dataset"),
    ],
)
def test_one_forbidden_import_is_found(place, line, tmp_path):
    kit = tmp_path / "lowres_kit"
    for room in (place.rpartition("/")[0], "field"):
        (kit / room).mkdir(parents=True, exist_ok=True)
    (kit / place).write_text(line + "\n", encoding="utf-8")
    assert len(list(forbidden(kit))) == 1


@pytest.mark.parametrize("folder", ["benchmarks", "hardware", "setup_kit"])
def test_only_lessons_and_their_tests_use_the_lessons_parts(folder):
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / folder).rglob("*.py")
        for name in imported(path, "")
        if name.split(".")[0] == "lowres_lessons"
    ]
    assert found == []


@pytest.mark.parametrize("rooms", [("scope",), ("runtime",), ("field", "runtime", "scope")])
def test_the_device_needs_none_of_the_laptops_packages(rooms):
    """Every module of these rooms is imported where the heavy packages cannot be."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room in rooms
        for path in sorted((ROOT / "lowres_kit" / room).rglob("*.py"))
    ]
    code = (
        f"import sys, importlib\nsys.modules.update(dict.fromkeys({HEAVY!r}))\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr[-2000:]


def test_importing_the_kit_is_quick():
    """Under 0.2 s on an old laptop means that nothing beyond the standard library is loaded."""
    code = "import sys, lowres_kit, lowres_kit.data, lowres_kit.learn; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    loaded = set(ran.stdout.split())
    assert not loaded & {"numpy", "PIL", *HEAVY}


def test_what_the_card_gets_is_whole_by_itself(tmp_path):
    """The files that the card's builder takes, and no others: all import, each verb starts."""
    sys.path.insert(0, str(ROOT / "hardware" / "image"))
    try:
        from tree import on_the_device
    finally:
        sys.path.pop(0)
    listed = subprocess.check_output(["git", "ls-files", "lowres_kit"], cwd=ROOT, text=True)
    taken = [name for name in listed.splitlines() if on_the_device(name)]
    for name in taken:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in taken
        if name.endswith(".py") and not name.endswith("/cli.py")
    ]
    # What is imported late, inside a function, is there too, but for what no device does: make a
    # pack, and split photos for a training.
    there = {*modules, "lowres_kit", "lowres_kit.cli"}
    late = {
        other
        for name in taken if name.endswith(".py")
        for other in imported(ROOT / name, name.rpartition("/")[0].replace("/", "."))
        if other.startswith("lowres_kit.") and not {other, other.rpartition(".")[0]} & there
    }  # fmt: skip
    assert late == {
        "lowres_kit.desk.packing.pack_folder", "lowres_kit.data.duplicates.groups_of_photos",
    }  # fmt: skip
    verbs = sorted(field_cli.parser()._subparsers._group_actions[0].choices)
    assert {"run", "handover", "collect", "compare"} <= set(verbs)
    code = (
        f"import sys, importlib\nsys.modules.update(dict.fromkeys({HEAVY!r}))\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"from lowres_kit import field_cli\nfor verb in {verbs!r}:\n"
        "    try: field_cli.main([verb, '--help'])\n"
        "    except SystemExit as end: assert end.code == 0, verb\n"
        "    else: raise AssertionError(verb)\nprint('all started')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.endswith("all started\n")
    assert not any("/packing" in name or "/learn/" in name for name in taken)
