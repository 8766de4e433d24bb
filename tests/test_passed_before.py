"""A test marked `same_files` is skipped if it passed with the same files, and only then."""

import textwrap
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import pathlib, pytest

@pytest.mark.same_files("data", of=lambda name: [f"lessons/{name}"])
@pytest.mark.parametrize("name", ["a", "b"])
def test_it(name):
    assert "bad" not in pathlib.Path("lessons", name).read_text()

def test_always():
    pass
"""
CONFTEST = """
import pathlib, passed_before
here = pathlib.Path(__file__).parent
passed_before.ROOT, passed_before.STORE = here, here / ".store"
passed_before.ALWAYS = ()
pytest_plugins = ["passed_before"]
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A small project under git, whose suite can be run."""
    monkeypatch.delenv("LOWRES_NIGHTLY", raising=False)
    monkeypatch.delenv("LOWRES_ANEW", raising=False)
    for name in ("lessons/a", "lessons/b", "data/x"):
        (pytester.path / name).parent.mkdir(exist_ok=True)
        (pytester.path / name).write_text("good")
    pytester.makepyfile(test_some=TESTS)
    pytester.makeconftest(textwrap.dedent(CONFTEST))
    assert pytester.run("git", "init", "-q").ret == 0
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return pytester


def suite(project, **expected):
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(**expected)


def test_only_what_changed_runs_again(project):
    suite(project, passed=3)
    suite(project, passed=1, skipped=2)
    (project.path / "lessons/a").write_text("better")
    suite(project, passed=2, skipped=1)
    (project.path / "data/new").write_text("a file that nobody added yet counts too")
    suite(project, passed=3)


def test_what_failed_is_not_remembered(project):
    (project.path / "lessons/a").write_text("bad")
    suite(project, passed=2, failed=1)
    suite(project, passed=1, failed=1, skipped=1)


def test_all_runs_at_night_and_when_asked(project, monkeypatch):
    suite(project, passed=3)
    for name in ("LOWRES_NIGHTLY", "LOWRES_ANEW"):
        monkeypatch.setenv(name, "1")
        suite(project, passed=3)
        monkeypatch.delenv(name)


def test_without_a_clone_nothing_is_remembered(project):
    suite(project, passed=3)
    (project.path / ".git").rename(project.path.parent / "no-git")
    suite(project, passed=3)


def test_a_name_that_leads_nowhere_is_a_fault_of_the_mark(project):
    (project.path / "lessons/b").unlink()
    ran = project.runpytest_subprocess("-p", "no:cacheprovider")
    assert "depends on lessons/b, which git does not list" in "\n".join(ran.outlines + ran.errlines)
