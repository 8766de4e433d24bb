"""Exercises that answer in words: not yet, why, and a hint; or passed, and what was right.

A check never raises. A learner who sees a traceback of ours has learned nothing about theirs.
"""

import functools
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Verdict:
    """What a check says of a learner's answer.

    Attributes
    ----------
    exercise : str
        Which exercise, such as ``"transfer_learning-1"``: the lesson and the number in it.
    passed : bool
        Whether the answer is right.
    text : str
        Why not yet, or what was right.
    hint : str
        The next step to try; "" where there is none.
    """

    exercise: str
    passed: bool
    text: str
    hint: str = ""

    @property
    def title(self):
        """What the learner reads: "Exercise 1"."""
        return f"Exercise {self.exercise.rpartition('-')[2]}"

    def __str__(self):
        word = "Passed" if self.passed else "Not yet"
        hint = f"\nHint: {self.hint}" if self.hint else ""
        return f"{self.title}. {word}: {self.text}{hint}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Show it as text and as HTML; the metadata tell the runner how it went."""
        # A word and a sign, not only a colour: the page may be printed, the eye colour-blind.
        sign, word, colour = (
            ("✔", "Passed", "#009E73") if self.passed else ("✎", "Not yet", "#0072B2")
        )
        hint = f"<br><em>Hint:</em> {escape(self.hint)}" if self.hint else ""
        html = (
            f'<div style="border-left: 4px solid {colour}; padding: 4px 10px; margin: 4px 0">'
            f"<strong>{sign} {escape(self.title)}. {word}:</strong> "
            f"{escape(self.text)}{hint}</div>"
        )
        facts = {"exercise": self.exercise, "passed": self.passed}
        return {"text/plain": str(self), "text/html": html}, {"lowres_kit": facts}


def not_yet(text, hint=""):
    """Say why an answer is not right yet, and what to try next."""
    return Verdict("", False, text, hint)


NOTHING_BACK = not_yet(
    "your function gives nothing back.", hint="Its last line begins with `return`."
)


def exercise(number):
    """Turn a function that looks at an answer into a check that never raises.

    The function gets the learner's own objects. It returns `not_yet` with the reason, or a
    text that says what was right.

    Parameters
    ----------
    number : str
        Which exercise, such as ``"transfer_learning-1"``: the lesson and the number in it.

    Returns
    -------
    callable
        A decorator; the check that it makes returns a `Verdict`.
    """

    def decorate(look):
        @functools.wraps(look)
        def check(*answers):
            return _judge(number, look, answers)

        return check

    return decorate


def _judge(number, look, answers):
    if any(answer is ... for answer in answers):
        return Verdict(number, False, "the `...` is still there.", "Put your answer in its place.")
    # A function is still a stub if what it gives back is `...`; then no check needs to say so.
    watched = [_Watched(answer) if callable(answer) else answer for answer in answers]
    try:
        found = look(*watched)
    except _StillDots:
        text = "your function still gives back `...`."
        return Verdict(number, False, text, "Put your own code where the `...` stand.")
    except Exception as error:
        text = f"Python stopped with {type(error).__name__}: {_shortened(error)}"
        return Verdict(number, False, text, "Try your code in a cell of its own, on a small case.")
    if isinstance(found, Verdict):
        return Verdict(number, found.passed, found.text, found.hint)
    return Verdict(number, True, str(found))


class _StillDots(Exception):
    """The learner's function gave back `...`."""


class _Watched:
    """The learner's function; tells at once when it is still the stub."""

    def __init__(self, function):
        functools.update_wrapper(self, function, updated=())
        self._function = function

    def __call__(self, *arguments, **named):
        result = self._function(*arguments, **named)
        if result is ...:
            raise _StillDots
        return result


def _shortened(error):
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # a learner's own exception may not even print
        lines = []
    return lines[0][:200] if lines else "(it says nothing more)"
