"""`lowres lessons new` in a fresh copy of the kit: few files, and the runner passes it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lowres_kit.errors import KitError
from lowres_kit.runner.lessons import lessons, read_lesson
from lowres_kit.runner.links import broken_links
from lowres_kit.runner.lint import lint
from lowres_kit.runner.new_lesson import new_lesson

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "*.png", "tests", "__pycache__", "hardware")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The kit's tree without what a new lesson does not touch, and the kit run from there."""
    place = tmp_path_factory.mktemp("copy") / "kit"
    shutil.copytree(ROOT, place, ignore=LEFT_OUT)
    # The parts of the copy's lessons come from the copy, not from where the kit is installed.
    (place / "lowres_lessons").symlink_to("lessons/parts")
    return place


def files(place):
    return {path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


@pytest.mark.skipif(os.name == "nt", reason="makes a symbolic link")
def test_a_new_lesson_passes_the_runner_and_touches_five_files_in_three_folders(copy):
    before = {path: path.read_bytes() for path in files(copy)}

    def lowres(*words):
        command = [sys.executable, "-m", "lowres_kit.cli", "lessons", *words]
        surroundings = os.environ | {"PYTHONPATH": str(copy)}
        ran = subprocess.run(command, capture_output=True, text=True, cwd=copy, env=surroundings)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    said = lowres("new", "19-some-title")
    new = {path for path in files(copy) if before.get(path) != path.read_bytes()}
    assert len(new) == 5 and len({path.parent for path in new}) == 3
    assert all(str(path) in said for path in new)
    assert lint(copy / "lessons" / "19-some-title.ipynb") == []
    assert read_lesson(copy / "lessons/19-some-title.ipynb").part == "Learn from little"
    assert "passed" in lowres("run", "some-title")
    test = next(path for path in new if path.suffix == ".py" and "tests" in path.parts)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=copy,
                         env=os.environ | {"PYTHONPATH": str(copy)})  # fmt: skip
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("some-title", "is no name of a lesson"),
        ("19", "is no name of a lesson"),
        ("19-Some-Title", "is no name of a lesson"),
        ("../19-some-title", "is no name of a lesson"),
        ("79-some-title", "No part begins with 7"),
        ("11-something-else", "11 Transfer learning is there already"),
        ("19-transfer-learning", "11 Transfer learning is there already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name, told):
    before = files(ROOT / "lessons")
    with pytest.raises(KitError, match=told):
        new_lesson(name)
    assert files(ROOT / "lessons") == before


def test_all_links_lead_to_lessons_by_their_titles():
    assert broken_links(ROOT) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see [Welcome](lessons/98-gone.ipynb)", "leads to nothing"),
        ("see [Prune](lessons/00-welcome.ipynb)", "leads to the lesson 'Welcome'"),
        ("as lesson 03 shows", "by its number"),
        ("Lessons 3 and 4", "by its number"),
    ],
)
def test_a_wrong_link_is_found(text, told, tmp_path):
    (tmp_path / "lessons").mkdir()
    shutil.copy(lessons(["00"])[0].path, tmp_path / "lessons")
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    found = [one for one in broken_links(tmp_path) if one.startswith("README")]
    assert len(found) == 1 and told in found[0]
