"""Exercises that answer in words: not yet, why, and a hint; or passed, and what was right.

A check never raises. A learner who sees a traceback of ours has learned nothing about theirs.
"""

import functools
import re
from dataclasses import dataclass
from html import escape

from ..words import Words

_words = Words(__package__)


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
        return _words("verdict.title", number=self.exercise.rpartition("-")[2])

    def __str__(self):
        hint = f"\n{_words('verdict.hint')}: {self.hint}" if self.hint else ""
        return f"{self.title}. {self._word}: {self.text}{hint}"

    @property
    def _word(self):
        return _words("verdict.passed" if self.passed else "verdict.not_yet")

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Show it as text and as HTML; the metadata tell the runner how it went."""
        # A word and a sign, not only a colour: the page may be printed, the eye colour-blind.
        sign, colour = ("✔", "#009E73") if self.passed else ("✎", "#0072B2")
        hint = ""
        if self.hint:
            hint = f"<br><em>{escape(_words('verdict.hint'))}:</em> {marked(self.hint)}"
        html = (
            f'<div style="border-left: 4px solid {colour}; padding: 4px 10px; margin: 4px 0">'
            f"<strong>{sign} {escape(self.title)}. {escape(self._word)}:</strong> "
            f"{marked(self.text)}{hint}</div>"
        )
        facts = {"exercise": self.exercise, "passed": self.passed}
        return {"text/plain": str(self), "text/html": html}, {"lowres_kit": facts}


def marked(text):
    """Write a text as HTML, with `code` and *stress* as they are meant."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"(?<![\w*])\*(\w[^*<]*)\*(?![\w*])", r"<em>\1</em>", text)


def not_yet(words, key, /, **values):
    """Say why an answer is not right yet, and what to try next.

    Parameters
    ----------
    words : Words
        Of the lesson.
    key : str
        Of a table in ``words.toml`` with ``text`` and, where there is one, ``hint``.
    **values
        What stands in ``{…}`` in either.

    Returns
    -------
    Verdict
    """
    hint = f"{key}.hint"
    return Verdict("", False, words(f"{key}.text", **values),
                   words(hint, **values) if words.has(hint) else "")  # fmt: skip


def nothing_back():
    """Say that the learner's function has no `return`."""
    return not_yet(_words, "nothing_back")


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
        return _named(number, not_yet(_words, "stub"))
    # A function is still a stub if it gives `...` back, or a tuple that holds one; then no check
    # needs to say so.
    watched = [_Watched(answer) if callable(answer) else answer for answer in answers]
    try:
        found = look(*watched)
    except _StillDots:
        return _named(number, not_yet(_words, "stub_function"))
    except Exception as error:
        reason = {"kind": type(error).__name__, "reason": _shortened(error)}
        if "ellipsis" in reason["reason"]:  # what Python calls `...`
            return _named(number, not_yet(_words, "stub_inside"))
        return _named(number, not_yet(_words, "stopped", **reason))
    if isinstance(found, Verdict):
        return _named(number, found)
    return Verdict(number, True, str(found))


def _named(number, verdict):
    return Verdict(number, verdict.passed, verdict.text, verdict.hint)


class _StillDots(Exception):
    """The learner's function gave back `...`."""


class _Watched:
    """The learner's function; tells at once when it is still the stub, or a part of it is."""

    def __init__(self, function):
        functools.update_wrapper(self, function, updated=())
        self._function = function

    def __call__(self, *arguments, **named):
        result = self._function(*arguments, **named)
        parts = result if isinstance(result, (tuple, list)) else (result,)
        if any(part is ... for part in parts):
            raise _StillDots
        return result


def _shortened(error):
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # a learner's own exception may not even print
        lines = []
    return lines[0][:200] if lines else _words("stopped.silent")
