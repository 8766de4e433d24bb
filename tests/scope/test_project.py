"""The project folder: found from anywhere in the kit, and whole after every write."""

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_kit.scope import Project, Scope


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder that looks like the kit's clone; LOWRES_PROJECT is not set."""
    monkeypatch.delenv("LOWRES_PROJECT", raising=False)
    for name in ("lessons", "lowres_kit"):
        (tmp_path / "kit" / name).mkdir(parents=True)
    return tmp_path / "kit"


def test_lessons_and_commands_find_the_same_folder(clone, monkeypatch):
    monkeypatch.chdir(clone)
    first = Project.open()
    monkeypatch.chdir(clone / "lessons")
    assert Project.open().path == first.path == clone / "my-project"


def test_outside_the_kit_it_lies_where_the_program_was_started(tmp_path, monkeypatch):
    monkeypatch.delenv("LOWRES_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Project.open("mine").path == tmp_path / "mine"


def test_the_environment_wins_so_that_tests_never_touch_a_learners_folder(
    clone, tmp_path, monkeypatch
):
    monkeypatch.setenv("LOWRES_PROJECT", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(clone)
    assert Project.open("my-project").path == tmp_path / "elsewhere"
    assert not (clone / "my-project").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("LOWRES_PROJECT", raising=False)
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(KitError, match="project folder taken cannot be made"):
        Project.open(tmp_path / "taken")


def test_the_example_card_is_written_once_and_said_once(tmp_path, capsys):
    project = Project(tmp_path / "my-project")
    assert project.scope() == Scope.example()
    told = capsys.readouterr().out
    assert told.count("\n") == 1 and str(tmp_path) not in told and "example" in told
    mine = Scope.from_values({**Scope.example().values(), "problem": "Mine"})
    project.save_scope(mine)
    assert project.scope() == mine
    assert capsys.readouterr().out == ""


def test_measurements_are_kept_in_order_and_the_latest_is_given(tmp_path):
    project = Project(tmp_path)
    assert project.measurements("03") == {} and project.history("03") == []
    project.record("03", {"accuracy": 0.5})
    project.record("04", {"size_kb": 7})
    project.record("03", {"accuracy": 0.75, "name": "naïve"})
    assert project.measurements("03") == {"accuracy": 0.75, "name": "naïve"}
    assert [entry["measured"]["accuracy"] for entry in project.history("03")] == [0.5, 0.75]
    assert project.steps() == ["03", "04"]
    assert Project(tmp_path).measurements("04") == {"size_kb": 7}


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)


@settings(max_examples=60, deadline=None)
@given(measured=st.dictionaries(st.text(), values | st.lists(values, max_size=3), max_size=4))
def test_what_is_recorded_is_read_again_the_same(measured, tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("project"))
    project.record("step", measured)
    assert project.measurements("step") == measured


def test_numpy_and_nan_are_kept_as_plain_json(tmp_path):
    np = pytest.importorskip("numpy")
    project = Project(tmp_path)
    project.record("03", {"a": np.float32(0.5), "b": np.arange(2), "c": float("nan"), "d": np.nan})
    assert project.measurements("03") == {"a": 0.5, "b": [0, 1], "c": None, "d": None}
    json.loads((tmp_path / "measurements.json").read_text(encoding="utf-8"))
    with pytest.raises(KitError, match="not object"):
        project.record("03", {"a": object()})


@pytest.mark.parametrize("content", ["", "{", "[]", '{"03": 1}', '{"03": [{}]}', '{"03": [1]}'])
def test_a_damaged_file_is_told_and_not_overwritten(tmp_path, content):
    (tmp_path / "measurements.json").write_text(content, encoding="utf-8")
    project = Project(tmp_path)
    with pytest.raises(KitError, match="measurements.json .* damaged"):
        project.measurements("03")
    with pytest.raises(KitError, match="damaged"):
        project.record("03", {"a": 1})
    assert (tmp_path / "measurements.json").read_text(encoding="utf-8") == content


def test_a_power_cut_while_writing_leaves_the_old_measurements(tmp_path, monkeypatch):
    project = Project(tmp_path)
    project.record("03", {"a": 1})
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("power cut")))
    with pytest.raises(KitError):
        project.record("03", {"a": 2})
    monkeypatch.undo()
    assert project.measurements("03") == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["measurements.json"]


def test_sub_folders_stay_inside(tmp_path):
    project = Project(tmp_path)
    assert project.folder("model").is_dir()
    for name in ("../out", "a/b", "", "..", "."):
        with pytest.raises(KitError, match="not the name of a folder"):
            project.folder(name)


def test_the_project_does_not_print_where_it_lies(tmp_path):
    assert str(tmp_path) not in repr(Project(tmp_path / "my-project"))
