"""Every lesson is in good form and does what it promises, and the README's table lists it."""

import json
import os
import re

import pytest
from plain_run import printed
from stored_outputs import differences

from lowres_kit.runner.commands import row
from lowres_kit.runner.lessons import (
    END,
    FOLDER,
    START,
    glossary,
    lesson_table,
    lessons,
    read_lesson,  # fmt: skip
    with_table,
)
from lowres_kit.runner.lint import lint
from lowres_kit.runner.lint_cells import banned_words
from lowres_kit.runner.run_lesson import Limits, run_lesson
from lowres_kit.workshop.quiz import load_quiz

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
ROOT = FOLDER.parent
README = ROOT / "README.md"
THREADS = int(os.environ.get("LOWRES_LESSON_THREADS", "1"))  # a night's run tries two as well
each_lesson = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name[:2])


def test_there_are_lessons_and_each_file_is_one():
    assert [lesson.path for lesson in lessons()] == NOTEBOOKS and NOTEBOOKS


@each_lesson
def test_its_form(path):
    assert lint(path) == []


@each_lesson
def test_its_run(path, record_property):
    """By papermill with the solutions, the network off, within the budgets; outputs as stored."""
    run = run_lesson(read_lesson(path), Limits(threads=THREADS), nbval=False)
    record_property("lesson", row(run))  # for the table at the end
    assert run.complaints == []
    assert run.exercises[0] == run.exercises[1]
    assert differences(path, run.executed) == []


def without_solutions(path):
    """What decides whether a lesson goes on with the stubs alone, and what it then shows.

    What it computes is not among them: `test_its_run` compares that each time.
    """
    parts = read_lesson(path).parts.relative_to(ROOT).as_posix()
    ours = ("lessons/parts/shared", "lowres_kit/workshop", "lowres_kit/runner/run_lesson.py")
    return [f"lessons/{path.name}", parts, *ours, "tests/lessons/test_lessons.py"]


@pytest.mark.same_files(of=without_solutions)
@each_lesson
def test_its_run_without_solutions(path):
    """By nbval: the stubs alone, as a learner has them; the outputs that are stored."""
    run = run_lesson(read_lesson(path), Limits(threads=THREADS), papermill=False)
    assert run.complaints == [] and run.nbval == "same"


@each_lesson
def test_its_quiz_has_no_discouraging_word(path):
    for question in load_quiz(read_lesson(path).parts / "quiz.toml"):
        words = [question.text, *(f"{option.text} {option.why}" for option in question.options)]
        assert banned_words(" ".join(words)) == []


def test_the_readme_has_the_table_of_the_lessons():
    """After a change: `lowres lessons table --write README.md`."""
    text = README.read_text(encoding="utf-8")
    assert text == with_table(text, lesson_table())


def test_the_table_has_a_row_for_each_lesson():
    text = README.read_text(encoding="utf-8")
    rows = text[text.index(START) : text.index(END)].splitlines()[3:]
    links = [re.search(r"\((lessons/[^)]+)\)", line)[1] for line in rows]
    assert [README.parent / link for link in links] == NOTEBOOKS
    assert all((README.parent / link).exists() for link in links)


def test_each_word_of_the_glossary_is_explained_in_a_lesson():
    taught = set()
    for path in NOTEBOOKS:
        taught.update(
            json.loads(path.read_text(encoding="utf-8"))["metadata"]["lowres_kit"]["terms"]
        )
    assert set(glossary()) == taught
    for meaning in glossary().values():
        assert banned_words(meaning) == []


def test_what_know_your_data_states_is_true_of_real_photos_as_well(
    real_beans, tmp_path, monkeypatch
):
    """The lesson says so. It also shows that a folder of one's own goes all the way through."""
    monkeypatch.setenv("LOWRES_PROJECT", str(tmp_path / "project"))
    monkeypatch.setenv("LOWRES_QUIET", "1")
    lines = printed("know_your_data", real_beans).splitlines()
    statements = [line for line in lines if line.endswith((": True", ": False"))]
    assert len(statements) >= 14
    assert [line for line in statements if line.endswith("False")] == []
    assert "simulated" not in (tmp_path / "project" / "data-card.md").read_text(encoding="utf-8")
