"""Quizzes that run in the notebook, need no network, and tell why each answer is right or not."""

import os
import re
import tomllib
from dataclasses import dataclass
from html import escape, unescape
from importlib import resources

from ..errors import KitError
from ..words import LANGUAGE, Words
from .exercises import marked
from .explore import proving

_words = Words(__package__)

# Long answers go on in a second line; as ipywidgets has it, they push their button out of sight.
STYLE = """<style>
.lowres-quiz .widget-radio-box label { display: flex; height: auto; line-height: 1.4; }
.lowres-quiz .widget-radio-box input { flex: none; order: -1; }
.lowres-quiz .widget-html-content { line-height: 1.4; }
</style>"""


@dataclass(frozen=True)
class Option:
    """One answer: its text, why it is right or wrong, and whether it is right."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with its options, exactly one of them right."""

    text: str
    options: tuple


def load_quiz(file):
    """Read the quiz of a lesson.

    Parameters
    ----------
    file : pathlib.Path or importlib.resources.abc.Traversable
        The lesson's ``quiz.toml``.

    Returns
    -------
    tuple of Question
        Three to five.

    Raises
    ------
    KitError
        If there is no such quiz, or it is not well made.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KitError(f"There is no quiz: {file} is missing.") from None
    except tomllib.TOMLDecodeError as error:
        raise KitError(f"The quiz {file} cannot be read: {error}.") from None
    return parse_quiz(raw, file)


def parse_quiz(raw, file):
    """Check and build the questions of a quiz from its TOML tables; see `load_quiz`."""
    try:
        questions = tuple(
            Question(one["text"], tuple(Option(**option) for option in one["option"]))
            for one in raw["question"]
        )
    except (KeyError, TypeError) as error:
        raise KitError(f"The quiz {file} lacks or misspells {error}.") from None
    if not 3 <= len(questions) <= 5:
        raise KitError(f"The quiz {file} has {len(questions)} questions, not 3 to 5.")
    for question in questions:
        right = sum(option.right for option in question.options)
        if right != 1:
            raise KitError(f"The question '{question.text}' has {right} right answers, not one.")
        if len({option.text for option in question.options}) < len(question.options):
            raise KitError(f"The question '{question.text}' has the same answer twice.")
        if not all(option.why.strip() for option in question.options):
            raise KitError(f"The question '{question.text}' has an answer without a reason.")
    return questions


def quiz(package):
    """Show the quiz of a lesson: choose an answer and read at once why it is right or wrong.

    Parameters
    ----------
    package : str
        Of the lesson's own parts, such as ``"lowres_lessons.transfer_learning"``. There lies
        ``quiz.toml``, and ``quiz.fr.toml`` for an edition in French (see `lowres_kit.words`).
    """
    from IPython.display import display

    questions = load_quiz(_edition(resources.files(package)))
    box = QuizBox(questions)
    if proving():
        _prove(questions)
    facts = {"quiz": package, "questions": len(questions), "proven": proving()}
    bundle = box.widget._repr_mimebundle_()
    # Where no widgets run (paper, a preview), the questions are read as a list.
    bundle = {**bundle, "text/html": _as_html(questions), "text/plain": _as_text(questions)}
    display(bundle, raw=True, metadata={"lowres_kit": facts})


def _edition(parts):
    """Find the quiz in the language that is asked for; where there is none, in English."""
    language = os.environ.get(LANGUAGE, "")
    own = parts / f"quiz.{language}.toml"
    return own if language and own.is_file() else parts / "quiz.toml"


class QuizBox:
    """The quiz as widgets: radio buttons, and a line under each question that answers.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    choices : list of ipywidgets.RadioButtons
        One a question; the value is the position of the chosen option, or None.
    replies : list of ipywidgets.HTML
        One a question: the feedback.
    score : ipywidgets.HTML
        How many are right so far.
    """

    def __init__(self, questions):
        import ipywidgets as widgets

        self.questions = questions
        self.choices, self.replies, rows = [], [], []
        self.score = widgets.HTML()
        for position, question in enumerate(questions):
            options = [(_plain(option.text), i) for i, option in enumerate(question.options)]
            choice = widgets.RadioButtons(
                options=options, value=None, layout=widgets.Layout(width="auto")
            )
            reply = widgets.HTML()
            choice.observe(lambda _, position=position: self._reply(position), names="value")
            self.choices.append(choice)
            self.replies.append(reply)
            title = widgets.HTML(f"<strong>{position + 1}. {marked(question.text)}</strong>")
            rows += [title, choice, reply]
        self.widget = widgets.VBox([widgets.HTML(STYLE), *rows, self.score])
        self.widget.add_class("lowres-quiz")

    def _reply(self, position):
        option = self.questions[position].options[self.choices[position].value]
        sign, colour = ("✔", "#009E73") if option.right else ("✘", "#D55E00")
        self.replies[position].value = (
            f'<div style="border-left: 4px solid {colour}; padding: 2px 10px; line-height: 1.4">'
            f"<strong>{sign} {escape(_word(option))}</strong> {marked(option.why)}</div>"
        )
        right = sum(
            choice.value is not None and question.options[choice.value].right
            for choice, question in zip(self.choices, self.questions)
        )
        self.score.value = f"<p><strong>{escape(_score(right, self.questions))}</strong></p>"


def _plain(text):
    """A text without its marks: a radio button shows no HTML."""
    return unescape(re.sub("<[^>]*>", "", marked(text)))


def _word(option):
    return _words("quiz.right" if option.right else "quiz.wrong")


def _score(right, questions):
    return _words("quiz.score", right=right, count=len(questions))


def _prove(questions):
    """Choose each option through the widgets; each must answer with its own reason."""
    box = QuizBox(questions)
    for question, choice, reply in zip(questions, box.choices, box.replies):
        for i, option in enumerate(question.options):
            choice.value = i
            if any(marked(text) not in reply.value for text in (option.why, _word(option))):
                raise RuntimeError(f"The quiz does not answer rightly to '{option.text}'.")
        choice.value = next(i for i, option in enumerate(question.options) if option.right)
    if escape(_score(len(questions), questions)) not in box.score.value:
        raise RuntimeError("The quiz does not count the right answers.")


def _as_html(questions):
    items = "".join(
        f"<li>{marked(question.text)}<ol type='a'>"
        + "".join(f"<li>{marked(option.text)}</li>" for option in question.options)
        + "</ol></li>"
        for question in questions
    )
    return f"<ol>{items}</ol>"


def _as_text(questions):
    lines = []
    for number, question in enumerate(questions, 1):
        lines.append(f"{number}. {question.text}")
        lines += [f"   {'abcdef'[i]}) {option.text}" for i, option in enumerate(question.options)]
    return "\n".join(lines)
