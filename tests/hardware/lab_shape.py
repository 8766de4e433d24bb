"""What makes a notebook a hardware lab: its parts, their order, and checks that end it in words."""

import ast
import re
from pathlib import Path

import nbformat

from lowres_kit.runner.lint_cells import banned_words

# In this order; steps stand between Safety and the last cell of code.
HEADINGS = ("Parts", "Wiring", "Safety", "Step 1.", "All checks",
            "What can go wrong", "Make it yours", "Key points")  # fmt: skip
STEPS = 3  # at least
LONGEST = 24  # lines of code in a cell, as in a lesson
LARGEST = 100_000  # bytes
HAZARDS = ("mains", "static", "privacy", "shorts", "power", "battery", "heat")
LAST = "lab.finish()"
# What the kit's image does not have for a notebook; NumPy, Pillow and IPython are there.
HEAVY = ("torch", "matplotlib", "pandas", "sklearn", "scipy", "tqdm", "ipywidgets")


def findings(path):
    """Hold a lab to its form; return one sentence for each thing to mend."""
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    rules = (_frame, _parts, _safety, _wiring, _parameters, _code, _checks, _file)
    return [f"{path.name}: {told}" for rule in rules for told in rule(notebook, path)]


def _cells(notebook, kind):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def _section(notebook, title):
    """Texts and code from a heading to the next one."""
    found, inside = [], False
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if cell.cell_type == "markdown" and line.startswith("## "):
                inside = line[3:].startswith(title)
            elif inside:
                found.append(line)
    return "\n".join(found)


def _frame(notebook, path):
    facts = notebook.metadata.get("lowres_kit", {}).get("lab", {})
    for key in ("number", "title", "question", "objectives", "minutes", "needs"):
        if not facts.get(key):
            yield f"its metadata lack lowres_kit.lab.{key}."
    title = f"# Lab {facts.get('number')} · {facts.get('title')}"
    if notebook.cells[0].source != title:
        yield f"it must begin with '{title}', as its metadata say."
    if not path.name.startswith(f"lab-{facts.get('number')}-"):
        yield "its file name has another number than its metadata."
    box = notebook.cells[1]
    if box.metadata.get("tags") != ["box"] or f"{facts.get('minutes')} minutes" not in box.source:
        yield "the second cell must be the box, with the minutes of the metadata."


def _parts(notebook, path):
    text = "\n".join(_cells(notebook, "markdown"))
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    places = []
    for part in HEADINGS:
        found = [i for i, heading in enumerate(headings) if heading.startswith(part)]
        if not found:
            yield f"the part '## {part}' is missing."
        places += found[:1]
    if places != sorted(places):
        yield f"its parts must stand in the order {', '.join(HEADINGS)}."
    steps = [heading for heading in headings if heading.startswith("Step ")]
    if [step.split()[1] for step in steps] != [f"{i}." for i in range(1, len(steps) + 1)]:
        yield "its steps are not numbered 1, 2, 3, …"
    if len(steps) < STEPS:
        yield f"it has {len(steps)} steps; a lab has at least {STEPS}."
    for part in ("Parts", "What can go wrong"):
        if _section(notebook, part).count("\n|") < 3:
            yield f"'## {part}' must hold a table."
    for word in banned_words(text):
        yield f"the word '{word}' helps nobody; leave it out."


def _safety(notebook, path):
    told = _section(notebook, "Safety").lower()
    named = [hazard for hazard in HAZARDS if f"**{hazard}" in told or f"{hazard}**" in told]
    if len(named) < 2:
        yield f"'## Safety' must name at least two dangers in bold, of: {', '.join(HAZARDS)}."
    if "camera" in notebook.cells[0].source.lower() and "**privacy" not in told:
        yield "a lab with a camera must speak of privacy."


def _wiring(notebook, path):
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", _section(notebook, "Wiring"))
    if not pictures:
        yield "'## Wiring' must show a picture."
    for alt, place in pictures:
        if len(alt) < 30:
            yield f"the picture {place} needs a text for those who cannot see it."
        if not (path.parent / place).is_file() and not (LABS / place).is_file():
            yield f"the picture {place} is not there."


def _parameters(notebook, path):
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    if len(cells) != 1 or cells[0].cell_type != "code":
        yield "exactly one cell of code must have the tag 'parameters'."
        return
    if "\nemulated = False" not in cells[0].source:
        yield "the parameters must hold `emulated = False`."
    if cells[0].source != _cells(notebook, "code")[0]:
        yield "the parameters must be the first code."


def _code(notebook, path):
    for source in _cells(notebook, "code"):
        lines = [line for line in source.splitlines() if line.strip()]
        if len(lines) > LONGEST:
            yield f"a cell has {len(lines)} lines; {LONGEST} is the most: {lines[0]}"
        if any(len(line) > 100 for line in lines):
            yield f"a line is wider than 100 letters: {max(lines, key=len)[:40]}…"
        for node in ast.walk(ast.parse(source)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name.split(".")[0] in HEAVY:
                    yield f"it imports {name}, which the card does not have."
    for cell in notebook.cells:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            yield "it holds outputs; a lab is kept without them."
            return


def _checks(notebook, path):
    code = _cells(notebook, "code")
    if code[-1] != LAST:
        yield f"its last code must be `{LAST}`."
    calls = [
        node for source in code for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("check", "trying")
    ]  # fmt: skip
    told = re.findall(r"\bchecks=(\d+)", "\n".join(code))
    if told != [str(len(calls))]:
        yield f"it tells of {', '.join(told) or 'no'} checks and makes {len(calls)}."
    for node in calls:
        passed = node.args[1] if node.func.attr == "check" else None
        if isinstance(passed, ast.Constant):
            yield f"a check cannot fail: {ast.unparse(node)[:60]}"


def _file(notebook, path):
    size = path.stat().st_size
    if size > LARGEST:
        yield f"it has {size / 1000:.0f} kB; {LARGEST // 1000} is the most."
    if notebook.metadata.get("kernelspec", {}).get("name") != "lowres-litert":
        yield "its kernel must be 'lowres-litert'."


LABS = Path(__file__).resolve().parents[2] / "hardware" / "labs"
