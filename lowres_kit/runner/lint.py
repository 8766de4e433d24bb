"""Hold a lesson to the guide's form without running it: its parts, their order, its cells.

Each finding is one sentence that names the cell, counted from 1, and says the way out.
"""

import re
from pathlib import Path

import nbformat

from ..errors import KitError
from ..workshop.quiz import load_quiz
from .lessons import box, lessons, read_lesson
from .lint_cells import CELL_RULES

# After the box, in this order. A control stands wherever its plot does, so it has no place here.
HEADINGS = (
    "The story",
    "Exercise 1",
    "Exercise 2",
    "Against the budget",
    "What can go wrong",
    "Key points",
    "Quiz",
    "Make it yours",
    "Further reading",
)
PARAMETERS = ("seed", "profile")  # every lesson has them; "quick" is what the runner runs
PREDICTIONS = 2  # at least
UNTESTABLE = ("understand", "know", "learn", "appreciate", "see", "be")
LARGEST_NOTEBOOK = 1_000_000  # bytes


def lint(path):
    """Check the form of a lesson.

    Parameters
    ----------
    path : str or pathlib.Path
        The notebook.

    Returns
    -------
    list of str
        What is to mend, one sentence each, in the order of the cells; empty if all is well.
    """
    path = Path(path)
    try:
        lesson = read_lesson(path)
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except KitError as problem:
        return [f"{path.name}: {problem}"]
    except (nbformat.ValidationError, ValueError, TypeError, KeyError, AttributeError) as problem:
        first = str(problem).strip().splitlines()[0]
        return [f"{path.name} is no whole notebook ({first}); save it anew with Jupyter."]
    found = [finding for rule in RULES for finding in rule(notebook, lesson)]
    found.sort(key=lambda finding: finding[0] or 0)
    return [_sentence(path, notebook, *finding) for finding in found]


def _sentence(path, notebook, position, text):
    if position is None:
        return f"{path.name}: {text}"
    return f"{path.name}, cell {position} ({notebook.cells[position - 1].id}): {text}"


def numbered(notebook, kind=None, tag=None):
    """Give the cells of a kind and a tag, each with its position from 1."""
    return [
        (position, cell)
        for position, cell in enumerate(notebook.cells, 1)
        if (kind is None or cell.cell_type == kind)
        and (tag is None or tag in cell.metadata.get("tags", ()))
    ]


def _headings(notebook):
    """Give the second-level headings with the positions of their cells."""
    return [
        (position, line[3:].strip())
        for position, cell in numbered(notebook, "markdown")
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]


def _title_and_box(notebook, lesson):
    title = f"# {lesson.number} · {lesson.title}"
    if not notebook.cells or notebook.cells[0].source.strip() != title:
        yield 1, f"the notebook must begin with the title '{title}', as its metadata say."
    boxes = numbered(notebook, "markdown", "box")
    if [position for position, _ in boxes] != [2]:
        yield None, "the second cell must be the box: an empty text cell with the tag 'box'."
    elif boxes[0][1].source != box(lesson):
        yield 2, f"the box is not up to date; run `lowres lessons refresh {lesson.number}`."


def _parts(notebook, lesson):
    headings, after = _headings(notebook), 2
    for part in HEADINGS:
        places = [position for position, text in headings if text.startswith(part)]
        if not places:
            yield None, f"the part '## {part}' is missing; add it."
        elif places[0] < after:
            yield places[0], f"the part '## {part}' stands too early; move it down."
        else:
            after = places[0]


def _parameters(notebook, lesson):
    cells = numbered(notebook, "code", "parameters")
    if len(cells) != 1:
        yield None, f"{len(cells)} cells have the tag 'parameters'; give it to exactly one."
        return
    position, cell = cells[0]
    for name in PARAMETERS:
        if not re.search(rf"^{name} = ", cell.source, re.MULTILINE):
            yield position, f"the parameter '{name}' is missing; give it a default."
    if not re.search(r'^profile = "quick"', cell.source, re.MULTILINE):
        yield position, 'the default profile is not "quick"; write `profile = "quick"`.'
    story = [place for place, text in _headings(notebook) if text.startswith("The story")]
    code = numbered(notebook, "code")
    if (story and position < story[0]) or code[0][0] != position:
        yield position, "the parameters must be the first code after the story; move them."
    text = " ".join(cell.source for _, cell in numbered(notebook, "markdown"))
    if "simulated" in cell.source and "simulated" not in text.lower():
        yield position, "the data are simulated, but the text never says so; say it."


def _predictions(notebook, lesson):
    text = "\n".join(cell.source for _, cell in numbered(notebook, "markdown"))
    count = len(re.findall(r"\*Predict\b", text))
    if count < PREDICTIONS:
        yield (
            None,
            (
                f"{count} predict lines, at least {PREDICTIONS} are asked for; write "
                "'*Predict: …?*' before a result that matters."
            ),
        )


def _control(notebook, lesson):
    if not numbered(notebook, "code", "widget"):
        yield None, "nothing moves; add a control with `explore(…)` and tag its cell 'widget'."


def _exercises(notebook, lesson):
    groups = {}
    for position, cell in numbered(notebook):
        name = cell.metadata.get("lowres_kit", {}).get("exercise")
        if name:
            groups.setdefault(name, []).append((position, cell))
    if not 2 <= len(groups) <= 3:
        yield None, f"it has {len(groups)} exercises; the guide asks for two or three."
    for number, (name, cells) in enumerate(groups.items(), 1):
        yield from _exercise(f"{lesson.name}-{number}", name, cells)


def _exercise(expected, name, cells):
    first = cells[0][0]
    if name != expected:
        yield first, f"the exercise '{name}' should be called '{expected}'; rename its cells."
    roles = []
    for position, cell in cells:
        tags = cell.metadata.get("tags", ())
        known = [tag for tag in ("exercise", "check", "solution") if tag in tags]
        roles += known if cell.cell_type == "code" else ["text"]
        if "exercise" in known and "..." not in cell.source:
            yield position, "the stub has no `...` for the learner to replace; put it in."
        if "solution" in known and not cell.metadata.get("jupyter", {}).get("source_hidden"):
            yield position, "the solution is open; fold it (`jupyter.source_hidden: true`)."
        if "solution" in known and "nbval-skip" not in tags:
            yield position, "the solution lacks the tag 'nbval-skip'; add it."
        if "solution" in known and cell.outputs:
            yield position, "the solution shows its output; run `lowres lessons refresh`."
    if roles != ["text", "exercise", "check", "solution"]:
        yield (
            first,
            (
                f"the exercise '{name}' has {', '.join(roles)}; it must have a text, then cells "
                "tagged 'exercise', 'check' and 'solution', once each."
            ),
        )


def _budget(notebook, lesson):
    start = [place for place, text in _headings(notebook) if text == "Against the budget"]
    after = [
        cell.source for place, cell in numbered(notebook, "code") if start and place > start[0]
    ]
    if start and not any("budget.compare(" in source for source in after):
        yield start[0], "no measurement follows; hold it against the card: `budget.compare(…)`."


def _key_points(notebook, lesson):
    for position, cell in numbered(notebook, "markdown"):
        if cell.source.startswith("## Key points"):
            count = len(re.findall(r"^- ", cell.source, re.MULTILINE))
            if not 3 <= count <= 5:
                yield position, f"{count} key points; write three to five lines that begin '- '."


def _quiz(notebook, lesson):
    cells, package = numbered(notebook, "code", "quiz"), f"lowres_lessons.{lesson.name}"
    if len(cells) != 1 or f'quiz("{package}")' not in cells[0][1].source:
        yield None, f"one cell tagged 'quiz' must hold `quiz(\"{package}\")`; add it."
        return
    try:
        load_quiz(lesson.parts / "quiz.toml")  # holds it to three to five questions with reasons
    except KitError as problem:
        yield cells[0][0], str(problem)


def _metadata(notebook, lesson):
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield None, "its kernel is not 'python3'; set kernelspec.name in the metadata."
    for name in sorted(set(notebook.metadata) - {"kernelspec", "language_info", "lowres_kit"}):
        yield None, f"the metadata hold '{name}', left from a run; delete it."
    for goal in lesson.objectives:
        if goal.split()[0].lower() in UNTESTABLE:
            yield 2, f"the objective '{goal}' cannot be tested; begin with a verb such as measure."
    path = lesson.path
    before = {one.name for one in lessons(folder=path.parent) if one.number < lesson.number}
    for name in lesson.needs:
        if name not in before:
            yield 2, f"it needs '{name}', which is no lesson before it; change 'needs'."
    size = lesson.path.stat().st_size
    if size > LARGEST_NOTEBOOK:
        yield None, f"the notebook has {size / 1e6:.1f} MB; 1 MB is the most. Show smaller plots."


RULES = (
    _title_and_box,
    _parts,
    _parameters,
    _predictions,
    _control,
    _exercises,
    _budget,
    _key_points,
    _quiz,
    _metadata,
    *CELL_RULES,
)
