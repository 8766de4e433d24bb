"""Each rule of the lessons' form bites on a lesson that breaks it, and a good lesson passes."""

import json

import pytest
from draft import COMPARED, IGNORED, PRINTED, Draft
from nbformat.v4 import new_output

from lowres_kit.runner.lint import lint
from lowres_kit.runner.lint_cells import banned_words


def source(name, text):
    def spoil(draft):
        draft[name].source = text

    return spoil


def tags(name, *new):
    def spoil(draft):
        draft[name].metadata["tags"] = list(new)

    return spoil


def without(name):
    def spoil(draft):
        del draft.cells[name]

    return spoil


def last(name):
    def spoil(draft):
        draft.cells[name] = draft.cells.pop(name)

    return spoil


def own(**changed):
    def spoil(draft):
        draft.metadata["lowres_kit"].update(changed)

    return spoil


def output(name, new):
    def spoil(draft):
        draft[name].outputs = [new]

    return spoil


def many_long(draft):
    for name in ("sum", "control", "budget"):
        draft[name].source = "\n".join(["x = 1"] * 16 + [draft[name].source])


def no_alt(draft):
    draft["control"].outputs[0].metadata = {}


def unfold(draft):
    del draft["ex1-solution"].metadata["jupyter"]


def old_box(draft):
    draft.box_is_made = False


def out_of_order(draft):
    draft["sum"].execution_count = 30


def other_kernel(draft):
    draft.metadata["kernelspec"]["name"] = "conda-env"


def left_over(draft):
    draft.metadata["papermill"] = {}


def renamed(draft):
    for name in ("ex2", "ex2-stub", "ex2-check", "ex2-solution"):
        draft[name].metadata["lowres_kit"]["exercise"] = "small-5"


def one_exercise(draft):
    for name in ("ex2", "ex2-stub", "ex2-check", "ex2-solution"):
        del draft.cells[name]


def large(draft):
    draft["story"].source += " word" * 210_000


BROKEN = {
    # title and box
    "title": (source("title", "# Small"), "cell 1 (title): the notebook must begin with the title"),
    "box tag": (tags("box"), "the second cell must be the box"),
    "box old": (old_box, "run `lowres lessons refresh 01`"),
    # parts
    "no story": (source("story", "*model*, simulated"), "'## The story' is missing"),
    "no wrong": (without("wrong"), "'## What can go wrong' is missing"),
    "no yours": (without("yours"), "'## Make it yours' is missing"),
    "no reading": (without("reading"), "'## Further reading' is missing"),
    "order": (last("wrong"), "'## Key points' stands too early"),
    "no parameters": (tags("parameters"), "0 cells have the tag 'parameters'"),
    "no seed": (source("parameters", 'profile = "quick"'), "the parameter 'seed' is missing"),
    "full": (source("parameters", 'seed = 0\nprofile = "full"'), "the default profile"),
    "parameters late": (last("parameters"), "must be the first code after the story"),
    "not said": (source("story", "## The story\n\nA *model*."), "the text never says so"),
    "no predictions": (source("move", "Look."), "1 predict lines, at least 2"),
    "no control": (tags("control", IGNORED), "nothing moves; add a control"),
    # exercises
    "one exercise": (one_exercise, "it has 1 exercises"),
    "number": (renamed, "'small-5' should be called 'small-2'"),
    "no check": (without("ex1-check"), "has text, exercise, solution; it must have"),
    "no stub": (source("ex1-stub", "answer = 4"), "no `...` for the learner"),
    "open": (unfold, "the solution is open; fold it"),
    "not skipped": (tags("ex1-solution", "solution"), "lacks the tag 'nbval-skip'"),
    "told": (output("ex1-solution", PRINTED), "the solution shows its output"),
    # budget, key points, quiz
    "no compare": (source("budget", "print()"), "hold it against the card"),
    "key points": (source("key-points", "## Key points\n\n- One."), "1 key points"),
    "no quiz": (
        source("quiz", 'quiz("lowres_lessons.prune")'),
        'must hold `quiz("lowres_lessons.small")`',
    ),
    # metadata and size
    "kernel": (other_kernel, "its kernel is not 'python3'"),
    "left over": (left_over, "the metadata hold 'papermill'"),
    "objective": (own(objectives=["understand a thing"]), "cannot be tested"),
    "needs": (own(needs=["later"]), "it needs 'later', which is no lesson before it"),
    "large": (large, "the notebook has 1.1 MB"),
    # cells
    "word": (source("move", "**Predict:** Simply look."), "the word 'simply' helps nobody"),
    "tag": (tags("budget", "nbval-ignore-ouput"), "the tag 'nbval-ignore-ouput' is not known"),
    "not tagged": (tags("sum"), "it shows output; give it one of the tags"),
    "both tags": (tags("sum", COMPARED, IGNORED), "it shows output; give it one of the tags"),
    "not refreshed": (lambda draft: draft["sum"].outputs.clear(), "it has no output to compare"),
    "not run in order": (out_of_order, "(control): the cells were not run in order"),
    "empty": (source("budget", " "), "the cell is empty"),
    "longest": (source("sum", "x = 1\n" * 25), "25 lines of code; 24 is the most"),
    "often long": (many_long, "3 of 11 code cells have more than 15 lines"),
    "wide": (source("sum", "x = " + "1" * 97), "a line has 101 characters"),
    "pip": (source("sum", "# pip install torch"), "it installs something"),
    "magic": (source("sum", "%matplotlib inline"), "a shell or a magic command"),
    "shell": (source("sum", "!ls"), "a shell or a magic command"),
    "network": (source("sum", 'urlopen("example")'), "it asks the network"),
    "address": (source("sum", 'place = "https://example.org"'), "it asks the network"),
    "sys.path": (source("sum", "sys.path.append('lib')"), "it changes sys.path"),
    "folder": (source("sum", "os.chdir('lib')"), "it changes the folder"),
    "absolute path": (source("sum", "open('/home/amina/x')"), "a place of one computer"),
    "home": (source("sum", 'open("~/x")'), "a place of one computer"),
    "drive": (source("sum", 'open("C:\\\\x")'), "a place of one computer"),
    "large output": (
        output("sum", new_output("stream", name="stdout", text="x" * 200_001)),
        "an output has 200 kB",
    ),
    "place": (
        output("sum", new_output("stream", name="stdout", text="in /home/amina/photos")),
        "an output names a place of this computer (/home/…)",
    ),
    "place in Windows": (
        output("sum", new_output("stream", name="stdout", text="in C:\\Users\\Amina")),
        "an output names a place of this computer",
    ),
    "error": (
        output("sum", new_output("error", ename="E", evalue="", traceback=[])),
        "an error is stored",
    ),
    "warning": (
        output("sum", new_output("stream", name="stderr", text="x")),
        "a warning is stored",
    ),
    "no alt": (no_alt, "(control): a picture has no text for the blind"),
    "no alt in text": (source("move", "**Predict:** ![](a.png)"), "an image has no text"),
    "no alt in html": (
        output("sum", new_output("display_data", {"text/html": "<img src='a.png'>"})),
        "an image has no text",
    ),
    # terms
    "no terms": (own(terms=[]), "the metadata list no 'terms'"),
    "not in glossary": (own(terms=["model", "zeal"]), "'zeal' is not in the glossary"),
    "not marked": (
        source("story", "## The story\n\nA model. The data are simulated."),
        "'model' is not marked in the text",
    ),
}


def test_a_good_lesson_passes(tmp_path):
    assert Draft().lint(tmp_path) == []


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_bites(tmp_path, name):
    spoil, expected = BROKEN[name]
    draft = Draft()
    spoil(draft)
    found = draft.lint(tmp_path)
    assert any(expected in finding for finding in found), found
    assert all(finding.startswith("01-small.ipynb") for finding in found)


def test_one_mistake_is_told_in_one_sentence(tmp_path):
    """A rule that bites does not make others bark: most mistakes make one finding."""
    alone = [name for name in BROKEN if _findings(tmp_path, name) == 1]
    assert len(alone) >= 0.8 * len(BROKEN), sorted(set(BROKEN) - set(alone))


def _findings(folder, name):
    draft = Draft()
    BROKEN[name][0](draft)
    return len(draft.lint(folder))


@pytest.mark.parametrize("content", ["", "{", '{"metadata": {}}', "[]"])
def test_a_file_that_is_no_lesson_is_told_and_not_raised(tmp_path, content):
    path = tmp_path / "02-broken.ipynb"
    path.write_text(content, encoding="utf-8")
    (finding,) = lint(path)
    assert finding.startswith("02-broken.ipynb")


def test_a_notebook_against_the_format_is_told(tmp_path):
    draft = Draft()
    draft.lint(tmp_path)
    path = tmp_path / "01-small.ipynb"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["cells"][3]["cell_type"] = "song"
    path.write_text(json.dumps(raw), encoding="utf-8")
    (finding,) = lint(path)
    assert "is no whole notebook" in finding


def test_banned_words_are_whole_words():
    assert banned_words("Simply adjust it; JUST do. justice, unjust") == ["just", "simply"]


def test_dividing_is_no_place_on_a_computer(tmp_path):
    draft = Draft()
    draft["sum"].source = 'print(f"{a} / {b}", "and/or", path / "x", "./x")'
    assert draft.lint(tmp_path) == []
