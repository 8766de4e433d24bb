"""Each lesson in JupyterLab in a real browser, as a learner meets it.

With the environment variable LOWRES_SCREENSHOTS, pictures of each lesson go into that folder.
"""

import os
from pathlib import Path

import pytest
from jupyter import ROOT, OpenLesson, errors

from lowres_kit.runner.lessons import lessons

LESSONS = sorted(path.name for path in (ROOT / "lessons").glob("[0-9][0-9]-*.ipynb"))
SECONDS = 300  # for a whole lesson on a busy machine; the budgets are held by tests/lessons

# The first slider that stands under a picture, and that picture.
HANDLE = """[...document.querySelectorAll(".jp-CodeCell")]
    .filter(cell => cell.querySelector("img") && cell.querySelector(".noUi-handle"))
    .map(cell => cell.querySelector(".noUi-handle"))[0]"""
PICTURE = f'({HANDLE}).closest(".jp-CodeCell").querySelector("img").src'


# Words of controls that are cut off, and buttons of answers that are pushed out of sight.
HIDDEN = """(() => {
    const words = document.querySelectorAll(
        ".widget-label, .widget-readout, .widget-radio-box label, .jupyter-button");
    const cut = [...words].filter(one => one.scrollWidth > one.clientWidth + 1
        || one.scrollHeight > one.clientHeight + 1).map(one => one.textContent);
    const left = one => one.getBoundingClientRect().left;
    const gone = [...document.querySelectorAll(".widget-radio-box input")]
        .filter(one => one.getBoundingClientRect().width < 8
            || Math.abs(left(one) - left(one.closest(".widget-radio-box"))) > 30)
        .map(one => "no button before: " + one.closest("label").textContent);
    return [...cut, ...gone];
})()"""


def photograph(page, name):
    folder = os.environ.get("LOWRES_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.photograph(Path(folder) / f"{name}.png")


def shown(name):
    """What decides how a lesson looks and answers here: that it computes is tests/lessons' task."""
    [lesson] = lessons([name[:2]])
    ours = ("lessons/parts/shared", "lowres_kit/workshop", "lowres_kit/plotting.py")
    parts = lesson.parts.relative_to(ROOT).as_posix()
    return [f"lessons/{name}", parts, *ours, "setup_kit", "start.py", "tests/browser"]


@pytest.mark.same_files(of=shown, programs=["chromium"])
@pytest.mark.parametrize("name", LESSONS)
def test_lesson_runs_moves_and_answers(lab, page, name):
    lesson = OpenLesson(lab, page, name)
    photograph(page, f"{name[:2]}-top")
    cells = lesson.run_all(SECONDS)
    assert errors(cells) == []
    assert all(cell["execution_count"] for cell in cells)
    if page.evaluate(f"Boolean({HANDLE})"):
        move_a_slider(page)
        photograph(page, f"{name[:2]}-moved")
    answer_the_quiz(page)
    photograph(page, f"{name[:2]}-quiz")
    assert page.evaluate(HIDDEN) == []
    assert page.asked, "the watch over the network saw nothing at all"
    assert page.outside() == []
    lab.end_kernels()


def move_a_slider(page):
    before = page.evaluate(PICTURE)
    page.click(HANDLE)
    # To one end and back: at one of them, at least, it was not before.
    page.press("End")
    page.wait(f"{PICTURE} !== {before!r}", 30)


def answer_the_quiz(page):
    option = """[...document.querySelectorAll(".jp-CodeCell")]
        .filter(cell => cell.innerText.includes("quiz("))
        .map(cell => cell.querySelector("input[type=radio]"))[0]"""
    cell = f'({option}).closest(".jp-CodeCell")'
    page.wait(f"Boolean({option})")
    before = page.evaluate(f"{cell}.innerText")
    page.click(option)
    page.wait(f"{cell}.innerText !== {before!r}", 30)


def test_the_watch_over_the_network_bites(page):
    page.call("Page.navigate", url="data:text/html,<img src='http://example.org/a.png'>")
    page.wait("document.readyState === 'complete'")
    assert page.outside() == ["http://example.org/a.png"]
