"""`lowres scope`, and the promise that the room needs the standard library alone."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from lowres_kit.errors import KitError
from lowres_kit.scope import Project, Scope
from lowres_kit.scope.commands import add_commands

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lowres(tmp_path, monkeypatch):
    monkeypatch.delenv("LOWRES_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())

    def run(*words):
        arguments = parser.parse_args(["scope", *words])
        return arguments.run(arguments)

    return run


def test_show_writes_the_example_where_there_is_no_card(lowres, tmp_path, capsys):
    assert lowres("show") == 0
    told = capsys.readouterr().out
    assert "example" in told and "accuracy at least 0.9" in told
    assert Scope.load(tmp_path / "my-project" / "scope.toml") == Scope.example()


def test_check_tells_remarks_and_holds_measurements_against_the_card(lowres, tmp_path, capsys):
    project = Project.open("field")
    project.save_scope(Scope.example())
    project.record("probe", {"accuracy": 0.86, "size_kb": 100})
    project.record("audit", {"duplicates": 4})
    assert lowres("check", "field") == 0
    told = capsys.readouterr().out
    assert "scope.toml is whole" in told and "expected cost" in told
    assert "probe" in told and "falls short" in told and "audit" not in told


def test_check_makes_nothing_and_names_what_is_missing(lowres, tmp_path):
    with pytest.raises(KitError, match="no scope card"):
        lowres("check", "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_check_takes_the_file_itself(lowres, tmp_path, capsys):
    Scope.example().save(tmp_path / "card.toml")
    assert lowres("check", "card.toml") == 0
    assert "card.toml is whole" in capsys.readouterr().out


def test_the_room_reads_and_judges_with_the_standard_library_alone(tmp_path):
    """-S leaves out site-packages: what a bare Pi has."""
    Scope.example().save(tmp_path / "scope.toml")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from lowres_kit.scope import Project, Scope, do_you_need_ml, review, QUESTIONS;"
        "import lowres_kit.scope.commands;"
        "scope = Scope.load(sys.argv[2]); str(scope); scope._repr_html_(); review(scope);"
        "print(scope.budget.compare({'accuracy': 0.95}));"
        "p = Project(sys.argv[3]); p.record('a', {'b': 1}); print(p.measurements('a'));"
        "print(do_you_need_ml({}).verdict)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, ROOT, tmp_path / "scope.toml", tmp_path],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "Accuracy" in done.stdout and "not yet" in done.stdout


def test_every_public_name_loads():
    import lowres_kit.scope as room

    for name in room.__all__:
        assert getattr(room, name) is not None
