"""Small lessons, one for each way of being broken, to prove that the runner catches them."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

CHECK = """from lowres_kit.workshop.exercises import Verdict, exercise

@exercise("small-1")
def check(answer):
    return "Right." if answer == 4 else Verdict("", False, "two and two are not that.")"""

GOOD = {
    "setup": CHECK,
    "sum": "print(2 + 2)",
    "widget": """import ipywidgets, matplotlib.figure
from lowres_kit.workshop import explore

def draw(height):
    figure = matplotlib.figure.Figure(figsize=(1, 1), dpi=30)
    figure.subplots().bar([0], [height])
    return figure

explore(draw, alt="One bar.", height=ipywidgets.IntSlider(value=1, min=0, max=2))""",
    "stub": "answer = ...",
    "check": "check(answer)",
    "solution": "answer = 2 + 2\ncheck(answer)",
    "quiz": "from lowres_kit.workshop import quiz\nquiz('lowres_lessons.transfer_learning')",
}
TAGS = {
    "sum": ["nbval-check-output"],
    "widget": ["widget", "nbval-ignore-output"],
    "stub": ["exercise"],
    "check": ["check", "nbval-check-output"],
    "solution": ["solution", "nbval-skip"],
    "quiz": ["quiz", "nbval-ignore-output"],
}
COSTS = {"seconds": 60, "peak_mb": 400}


def write_lesson(folder, printed="4", costs=COSTS, **changed):
    """Write a lesson; `changed` gives other sources by the cell's id."""
    cells = []
    for name, source in {**GOOD, **changed}.items():
        cell = new_code_cell(source, id=name, metadata={"tags": TAGS.get(name, [])})
        if name in ("stub", "check", "solution"):
            cell.metadata["lowres_kit"] = {"exercise": "small-1"}
        cells.append(cell)
    for number, cell in enumerate(cells, 1):
        cell.execution_count = None if cell.id == "solution" else number
    ids = {cell.id: cell for cell in cells}
    ids["sum"].outputs = [new_output("stream", name="stdout", text=f"{printed}\n")]
    text = "Exercise 1. Not yet: the `...` is still there.\nHint: Put your answer in its place."
    ids["check"].outputs = [
        new_output("execute_result", {"text/plain": text, "text/html": html()}, execution_count=1)
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "lowres_kit": {
            "number": "99",
            "title": "Small",
            "part": "Test",
            "question": "Does it work?",
            "objectives": ["run"],
            "minutes": {"read": 1, "do": 1},
            "needs": [],
            "costs": costs,
        },
    }
    path = folder / "99-small.ipynb"
    nbformat.write(notebook, path)
    return path


def html():
    from lowres_kit.workshop import Verdict

    verdict = Verdict(
        "small-1", False, "the `...` is still there.", "Put your answer in its place."
    )
    return verdict._repr_mimebundle_()[0]["text/html"]
