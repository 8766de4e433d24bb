"""Run a lesson and store its outputs, clean, in its notebook."""

import tempfile
from pathlib import Path

import nbformat

from ..errors import KitError
from ..places import write_text
from .lessons import box
from .run_lesson import Limits, execute

WIDGET = "application/vnd.jupyter.widget-view+json"


def refresh(lesson):
    """Run all cells of a lesson and keep what they show.

    Solutions keep no outputs, since a learner is to find them; widgets keep their still and
    their text, since their state dies with the kernel; times and logs are left out. The
    box is written anew from the metadata.

    Parameters
    ----------
    lesson : Lesson
        Which one; its file is replaced whole or, if a cell fails, not at all.

    Returns
    -------
    Watched
        What the run took, for the lesson's ``costs``.

    Raises
    ------
    KitError
        If a cell fails or takes too much.
    """
    with tempfile.TemporaryDirectory(prefix="lowres-") as place:
        watched, _ = execute(lesson, Path(place), Limits(seconds=300))
        executed = Path(place) / "executed.ipynb"
        if watched.code or watched.stopped or not executed.exists():
            tail = "\n".join(watched.output.strip().splitlines()[-12:])
            raise KitError(f"Lesson {lesson.number} does not run to its end:\n{tail}")
        ran = {cell.id: cell for cell in nbformat.read(executed, as_version=4).cells}
    notebook = nbformat.read(lesson.path, as_version=4)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "box" in tags:
            cell.source = box(lesson)
        if cell.cell_type == "code":
            solved = "solution" in tags
            cell.outputs = [] if solved else _clean(ran[cell.id].outputs)
            cell.execution_count = None if solved else ran[cell.id].execution_count
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    for name in ("papermill", "widgets"):
        notebook.metadata.pop(name, None)
    write_text(lesson.path, nbformat.writes(notebook).rstrip("\n") + "\n")
    return watched


def _clean(outputs):
    kept = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            continue
        if "data" in output:
            output.data.pop(WIDGET, None)
            # What only described the widget to a program says nothing to a reader.
            if set(output.data) == {"text/plain"} and "Box(children=" in output.data["text/plain"]:
                continue
        output.pop("transient", None)
        kept.append(output)
    return kept
