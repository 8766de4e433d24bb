"""A small lesson that keeps every rule of form, for tests that break them one at a time."""

import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lowres_kit.runner.lessons import box, read_lesson
from lowres_kit.runner.lint import lint

PLOT = new_output(
    "display_data",
    {"image/png": "iVBORw0=", "text/plain": "x"},
    metadata={"image/png": {"alt": "A bar."}},
)
PRINTED = new_output("stream", name="stdout", text="4\n")
CELLS = (
    ("title", "# 01 · Small"),
    ("box", ""),
    ("story", "## The story\n\nA *model* fails. The data are simulated."),
    ("parameters", 'data = "simulated-leaves"\nseed = 0\nprofile = "quick"'),
    ("sum-text", "*Predict: what comes out?*"),
    ("sum", "print(2 + 2)"),
    ("move", "**Predict:** what happens?"),
    ("control", "explore(draw)"),
    ("ex1", "## Exercise 1: Add"),
    ("ex1-stub", "answer = ..."),
    ("ex1-check", "check(answer)"),
    ("ex1-solution", "answer = 4\ncheck(answer)"),
    ("ex2", "## Exercise 2: Multiply"),
    ("ex2-stub", "answer = ..."),
    ("ex2-check", "check(answer)"),
    ("ex2-solution", "answer = 4\ncheck(answer)"),
    ("budget-text", "## Against the budget"),
    ("budget", "scope.budget.compare(measured)"),
    ("wrong", "## What can go wrong\n\n- All."),
    ("key-points", "## Key points\n\n- One.\n- Two.\n- Three."),
    ("quiz-text", "## Quiz"),
    ("quiz", 'quiz("lowres_lessons.small")'),
    ("yours", "## Make it yours"),
    ("reading", "## Further reading"),
)
COMPARED, IGNORED = "nbval-check-output", "nbval-ignore-output"
TAGS = {
    "box": ["box"],
    "parameters": ["parameters"],
    "sum": [COMPARED],
    "control": ["widget", IGNORED],
    "budget": [IGNORED],
    "quiz": ["quiz", IGNORED],
}
SHOWN = {"sum": PRINTED, "control": PLOT, "ex1-check": PRINTED, "ex2-check": PRINTED}
ROLES = {"stub": ["exercise"], "check": ["check", COMPARED], "solution": ["solution", "nbval-skip"]}
CODE = {"parameters", "sum", "control", "budget", "quiz"}
OWN = {
    "number": "01",
    "title": "Small",
    "part": "Decide",
    "question": "Does it work?",
    "objectives": ["measure a thing"],
    "minutes": {"read": 1, "do": 1},
    "needs": ["first"],
    "costs": {"seconds": 5, "peak_mb": 100},
    "terms": ["model"],
}


QUIZ = """
[[question]]
text = "%d?"
option = [{text = "a", why = "b", right = true}, {text = "c", why = "d"}]
"""
QUIZ = "".join(QUIZ % number for number in range(3))


class Draft:
    """A good lesson that a test may spoil before it is written."""

    def __init__(self):
        self.cells = {name: _cell(name, source) for name, source in CELLS}
        for number, cell in enumerate((c for c in self.cells.values() if c.cell_type == "code"), 1):
            cell.execution_count = None if "solution" in cell.metadata["tags"] else number
        self.metadata = {
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "lowres_kit": json.loads(json.dumps(OWN)),
        }
        self.box_is_made = True

    def __getitem__(self, name):
        return self.cells[name]

    def lint(self, folder):
        for name, text in (
            ("small/words", '[glossary]\nmodel = "A program."\n'),
            ("small/quiz", QUIZ),
        ):
            file = folder / "parts" / f"{name}.toml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        first = {"lowres_kit": {**OWN, "number": "00", "title": "First", "needs": []}}
        nbformat.write(new_notebook(metadata=first), folder / "00-first.ipynb")
        path = folder / "01-small.ipynb"
        for _ in range(2):  # the box is made from the metadata, which are read from the file
            notebook = new_notebook(cells=list(self.cells.values()), metadata=self.metadata)
            nbformat.write(notebook, path)
            if self.box_is_made and "box" in self.cells:
                self.cells["box"].source = box(read_lesson(path))
        return lint(path)


def _cell(name, source):
    exercise, _, role = name.partition("-")
    metadata = {"tags": list(TAGS.get(name, ROLES.get(role, [])))}
    if exercise in ("ex1", "ex2"):
        metadata["lowres_kit"] = {"exercise": f"small-{exercise[2]}"}
    if role == "solution":
        metadata["jupyter"] = {"source_hidden": True}
    if name not in CODE and role not in ROLES:
        return new_markdown_cell(source, id=name, metadata=metadata)
    outputs = [json_copy(SHOWN[name])] if name in SHOWN else []
    return new_code_cell(source, id=name, metadata=metadata, outputs=outputs)


def json_copy(output):
    return nbformat.from_dict(json.loads(json.dumps(output)))
