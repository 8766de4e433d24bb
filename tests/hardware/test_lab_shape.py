"""The labs follow their form; and the checker notices when one does not."""

import copy
import json
import re
import tomllib

import pytest
from lab_shape import LABS, findings

NOTEBOOKS = sorted(LABS.glob("*.ipynb"))
README = (LABS.parent / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_lab_follows_the_form(path):
    assert findings(path) == []


def test_there_are_five_labs_and_the_readme_leads_to_each():
    names = [path.name for path in NOTEBOOKS]
    assert [name[:6] for name in names] == [f"lab-{n}-" for n in range(1, 6)]
    assert re.findall(r"\(labs/(lab-[^)]+)\)", README) == names


def test_prices_of_boards_are_those_of_the_lesson():
    text = (LABS.parents[1] / "lessons/parts/deploy_to_a_pi/board_prices.toml").read_text("utf-8")
    prices = {one["name"]: one.get("price") for one in tomllib.loads(text)["board"]}
    rows = re.findall(r"^\| (Raspberry Pi [^|]+?) \|(.*)\|$", README, re.MULTILINE)
    told = {name: float(cells.split("|")[3]) for name, cells in rows if name in prices}
    assert len(told) == 4 and told == {name: prices[name] for name in told}


def test_pins_of_the_lab_are_those_of_the_picture():
    import sys

    sys.path.insert(0, str(LABS.parent / "wiring"))
    import draw

    cells = json.loads(next(LABS.glob("lab-4-*")).read_text("utf-8"))["cells"]
    given = {}
    exec(next(_text(c) for c in cells if "parameters" in c["metadata"].get("tags", ())), given)
    drawn = [draw.gpio(pin) for _, pin, column, _ in draw.WIRES if column]
    assert [*given["leds"], given["button"], given["buzzer"]] == drawn


def _text(cell):
    return "".join(cell["source"])


def _cell(notebook, beginning):
    return next(c for c in notebook["cells"] if _text(c).startswith(beginning))


def _drop(beginning):
    return lambda notebook: notebook["cells"].remove(_cell(notebook, beginning))


def _change(beginning, old, new):
    def change(notebook):
        cell = _cell(notebook, beginning)
        assert old in _text(cell)
        cell["source"] = [_text(cell).replace(old, new)]

    return change


def _move_down(beginning):
    def move(notebook):
        cell = _cell(notebook, beginning)
        notebook["cells"].remove(cell)
        notebook["cells"].append(cell)

    return move


def _with_output(notebook):
    output = {"output_type": "stream", "name": "stdout", "text": "passed"}
    _cell(notebook, "lab.finish()")["outputs"] = [output]


# Lab 1 changed for the worse, and a word of the sentence that must say so.
BROKEN = {
    "no parts": (_drop("## Parts"), "'## Parts' is missing"),
    "no wiring": (_drop("## Wiring"), "'## Wiring' is missing"),
    "no safety": (_drop("## Safety"), "'## Safety' is missing"),
    "safety of nothing": (_change("## Safety", "**", ""), "dangers in bold"),
    "safety after the work": (_move_down("## Safety"), "in the order"),
    "no way out": (_drop("## What can go wrong"), "'## What can go wrong' is missing"),
    "nothing of one's own": (_drop("## Make it yours"), "'## Make it yours' is missing"),
    "picture of nothing": (_change("## Wiring", "board.svg", "none.svg"), "none.svg is not there"),
    "picture without words": (_change("## Wiring", "The board with", "]("), "is not there"),
    "no parameters": (_drop("pack = "), "the tag 'parameters'"),
    "never emulated": (_change("pack = ", "emulated = False", "real = True"), "`emulated = False`"),
    "no end": (_drop("lab.finish()"), "its last code must be"),
    "a check left out": (_drop("heat, weak ="), "checks and makes 8"),
    "a check that cannot fail": (
        _change('lab.check("This is', 'name.startswith("Raspberry Pi")', "True"),
        "cannot fail",
    ),
    "heavy import": (_change("import platform", "import platform", "import torch"), "torch"),
    "outputs": (_with_output, "it holds outputs"),
    "steps miscounted": (_change("## Step 3.", "Step 3.", "Step 4."), "not numbered"),
    "another title": (_change("# Lab 1", "Boot", "Start"), "it must begin with"),
    "proud words": (_change("## Step 3.", "So look", "So simply look"), "the word 'simply'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_lab_that_breaks_the_form_is_noticed(name, tmp_path):
    change, expected = BROKEN[name]
    notebook = copy.deepcopy(json.loads(NOTEBOOKS[0].read_text("utf-8")))
    change(notebook)
    path = tmp_path / NOTEBOOKS[0].name
    path.write_text(json.dumps(notebook), "utf-8")
    found = findings(path)
    assert any(expected in told for told in found), found
