"""Refreshing stores what a run shows, clean; a lesson that fails is left as it was."""

import nbformat
import pytest
from broken import write_lesson

from lowres_kit.errors import KitError
from lowres_kit.runner.lessons import box, read_lesson
from lowres_kit.runner.refresh import refresh


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """A lesson with a stale output, an old box and a warning, after it was refreshed."""
    path = write_lesson(
        tmp_path_factory.mktemp("lesson"),
        printed="5",
        sum="import sys\nprint(2 + 2)\nprint('careful', file=sys.stderr)",
    )
    notebook = nbformat.read(path, as_version=4)
    old = nbformat.v4.new_markdown_cell("an old box", id="box", metadata={"tags": ["box"]})
    notebook.cells.insert(0, old)
    notebook.metadata["papermill"] = {"duration": 1}
    nbformat.write(notebook, path)
    took = refresh(read_lesson(path))
    assert took.code == 0 and took.seconds > 0
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return path, notebook, {cell.id: cell for cell in notebook.cells}


def test_outputs_are_those_of_the_run_without_warnings(refreshed):
    _, _, cells = refreshed
    (output,) = cells["sum"].outputs
    assert (output.name, output.text) == ("stdout", "4\n")


def test_the_box_is_made_from_the_metadata(refreshed):
    path, _, cells = refreshed
    assert cells["box"].source == box(read_lesson(path))


def test_solutions_show_nothing_and_keep_their_tags(refreshed):
    _, _, cells = refreshed
    assert cells["solution"].outputs == [] and cells["solution"].execution_count is None
    assert cells["solution"].metadata["tags"] == ["solution", "nbval-skip"]
    assert "Not yet" in cells["check"].outputs[0].data["text/plain"]


def test_widgets_keep_their_still_and_lose_what_dies_with_the_kernel(refreshed):
    _, _, cells = refreshed
    (still,) = cells["widget"].outputs
    assert "image/png" in still.data and still.metadata["image/png"]["alt"] == "One bar."
    (asked,) = cells["quiz"].outputs
    assert set(asked.data) == {"text/html", "text/plain"}


def test_nothing_of_the_run_stays_in_the_metadata(refreshed):
    path, notebook, _ = refreshed
    assert set(notebook.metadata) == {"kernelspec", "lowres_kit"}
    text = path.read_text(encoding="utf-8")
    assert "papermill" not in text and str(path.parent) not in text


def test_a_lesson_that_fails_is_left_as_it_was(tmp_path):
    path = write_lesson(tmp_path, sum="1 / 0")
    before = path.read_bytes()
    with pytest.raises(KitError, match="Lesson 99 does not run to its end(.|\n)*ZeroDivisionError"):
        refresh(read_lesson(path))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
