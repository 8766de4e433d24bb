"""Quizzes: each answer gets its own reason, badly made ones are refused in words."""

import copy
import json

import pytest

from lowres_kit.errors import KitError
from lowres_kit.runner.lessons import lessons
from lowres_kit.workshop import quiz
from lowres_kit.workshop.quiz import QuizBox, load_quiz, parse_quiz

PACKAGE = "lowres_lessons.scope_the_problem"

QUESTION = {
    "text": "Two and two?",
    "option": [
        {"text": "four", "why": "Count.", "right": True},
        {"text": "five <or more>", "why": "That is <one> too many."},
    ],
}
GOOD = {"question": [{**QUESTION, "text": f"{number}: two and two?"} for number in range(3)]}


def box():
    return QuizBox(parse_quiz(GOOD, "99"))


def test_a_right_and_a_wrong_answer_are_told_at_once_with_the_reason():
    asked = box()
    asked.choices[0].value = 1
    assert "Not this one" in asked.replies[0].value
    assert "That is &lt;one&gt; too many." in asked.replies[0].value
    assert "0 of 3 right" in asked.score.value
    asked.choices[0].value = 0
    assert "Right" in asked.replies[0].value and "Count." in asked.replies[0].value
    assert "1 of 3 right" in asked.score.value
    assert asked.replies[1].value == "", "the other questions have said nothing"


def test_nothing_is_chosen_before_the_learner_chooses():
    assert [choice.value for choice in box().choices] == [None] * 3


def _spoilt(spoil):
    raw = copy.deepcopy(GOOD)
    spoil(raw["question"])
    return raw


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda questions: questions.pop(), "has 2 questions, not 3 to 5"),
        (lambda questions: questions.extend(questions[:3]), "has 6 questions"),
        (lambda questions: questions[0]["option"][1].update(right=True), "2 right answers"),
        (lambda questions: questions[0]["option"][0].pop("right"), "0 right answers"),
        (lambda questions: questions[0]["option"][1].update(text="four"), "same answer twice"),
        (lambda questions: questions[0]["option"][1].update(why=" "), "without a reason"),
        (lambda questions: questions[0].pop("text"), "lacks or misspells 'text'"),
        (lambda questions: questions[0]["option"][1].update(wy="x"), "lacks or misspells"),
    ],
)
def test_a_badly_made_quiz_is_refused(spoil, expected):
    with pytest.raises(KitError, match=expected):
        parse_quiz(_spoilt(spoil), "99")


def test_a_quiz_that_is_not_there(tmp_path):
    with pytest.raises(KitError, match="There is no quiz"):
        load_quiz(tmp_path / "quiz.toml")


@pytest.mark.parametrize("parts", [lesson.parts for lesson in lessons()])
def test_the_right_answer_is_not_always_in_the_same_place(parts):
    places = {
        next(place for place, option in enumerate(question.options) if option.right)
        for question in load_quiz(parts / "quiz.toml")
    }
    assert len(places) > 1


def test_it_reads_well_where_no_widgets_run(monkeypatch):
    """A preview or a print shows the questions and their answers as a list."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *data, **how: shown.append((data, how)))
    monkeypatch.setenv("LOWRES_PROVE", "1")
    quiz(PACKAGE)
    ((bundle,), how) = shown[0]
    questions = load_quiz(lessons(["01"])[0].parts / "quiz.toml")
    first = questions[0]
    assert bundle["text/plain"].startswith(f"1. {first.text}\n   a) {first.options[0].text}")
    assert "<ol>" in bundle["text/html"] and "application/vnd.jupyter.widget-view+json" in bundle
    facts = {"quiz": PACKAGE, "questions": len(questions), "proven": True}
    assert how["metadata"] == {"lowres_kit": facts}


def toml(begin):
    """Write the quiz of `GOOD` with this before each question; TOML reads JSON's texts."""
    lines = []
    for question in GOOD["question"]:
        lines += ["[[question]]", f"text = {json.dumps(begin + question['text'])}"]
        for option in question["option"]:
            pairs = (f"{name} = {json.dumps(value)}" for name, value in option.items())
            lines += ["[[question.option]]", *pairs]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("language", "begins"), [(None, "In English"), ("fr", "En français"), ("sw", "In English")]
)
def test_an_edition_in_another_language_is_read_where_there_is_one(
    tmp_path, monkeypatch, language, begins
):
    package = f"lesson_in_{language}"
    (tmp_path / package).mkdir()
    for file, begin in (("quiz.toml", "In English"), ("quiz.fr.toml", "En français")):
        (tmp_path / package / file).write_text(toml(begin), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("LOWRES_LANGUAGE", raising=False)
    if language:
        monkeypatch.setenv("LOWRES_LANGUAGE", language)
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append(data))
    quiz(package)
    assert shown[0]["text/plain"].startswith(f"1. {begins}")
