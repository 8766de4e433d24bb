"""The lines of a scope card: written once, used by the file, its checks and the form."""

import math
from dataclasses import dataclass
from difflib import get_close_matches

from ..words import Words

words = Words(__package__)

MOST = 1e15  # of any number on a card; what is larger is a slip of the pen
# Metrics that are a share of something: a promise of 90 instead of 0.90 is a slip of the pen.
FRACTIONS = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "sensitivity",
    "specificity",
    "f1",
    "auc",
)


@dataclass(frozen=True)
class Field:
    """One line of the card.

    Attributes
    ----------
    name : str
        Key in the file and attribute of `Scope`.
    section : str
        Table of the file that holds it; empty for the lines at the top.
    kind : str
        ``"text"``, ``"number"`` (above zero), ``"score"`` (any number) or ``"texts"`` (a list).
    required : bool
        Whether the card is incomplete without it.
    """

    name: str
    section: str
    kind: str
    required: bool = True

    @property
    def question(self):
        """What a person answers; it stands as a comment above the line."""
        return words(f"field.{self.name}")


SECTIONS = ("", "promise", "constraints")

FIELDS = (
    Field("problem", "", "text"),
    Field("users", "", "text"),
    Field("today", "", "text"),
    Field("maintainer", "", "text"),
    Field("baseline", "promise", "text"),
    Field("baseline_score", "promise", "score", False),
    Field("metric", "promise", "text"),
    Field("threshold", "promise", "score"),
    Field("size_kb", "constraints", "number", False),
    Field("latency_ms", "constraints", "number", False),
    Field("memory_mb", "constraints", "number", False),
    Field("power_w", "constraints", "number", False),
    Field("price", "constraints", "number", False),
    Field("currency", "constraints", "text", False),
    Field("connectivity", "constraints", "text"),
    Field("languages", "constraints", "texts"),
)
BY_NAME = {field.name: field for field in FIELDS}
ERROR_KEYS = ("kind", "amount", "words")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one line: the key, and a sentence with the way out."""

    key: str
    text: str
    section: str = ""
    block: int = 0


def faults_of(values):
    """Check the values of a card.

    Parameters
    ----------
    values : dict
        Field name to value, as `Scope` holds them; ``errors`` is a list of dicts with the
        keys ``kind``, ``amount`` and ``words``. A missing value is None or absent.

    Returns
    -------
    list of Fault
        Empty if the card is whole.
    """
    found = []
    for field in FIELDS:
        text = _fault_of_value(field, values.get(field.name))
        if text:
            found.append(Fault(field.name, text, field.section))
    found += _faults_of_errors(values.get("errors"))
    if not found:
        found += _faults_between(values)
    return found


def _fault_of_value(field, value):
    if value is None:
        return f"is missing. {field.question}" if field.required else ""
    if field.kind == "text":
        if not isinstance(value, str):
            return 'must be a text in "quotes".'
        return _fault_of_text(value) if value.strip() else f"is empty. {field.question}"
    if field.kind == "texts":
        good = (
            isinstance(value, (list, tuple))
            and value
            and all(isinstance(one, str) and one.strip() for one in value)
        )
        if not good:
            return 'must be a list of texts, such as ["English", "Luganda"].'
        return _fault_of_text("".join(value))
    return fault_of_number(value, above_zero=field.kind == "number")


def _fault_of_text(value):
    halves = any("\ud800" <= letter <= "\udfff" for letter in value)
    return "holds letters that are no text; write it again." if halves else ""


def fault_of_number(value, above_zero):
    """Say what is wrong with a number; an empty text if nothing is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "must be a number without quotes, such as 12 or 0.9."
    if isinstance(value, float) and not math.isfinite(value):
        return "must be an ordinary number, not nan or inf."
    if abs(value) > MOST:
        return f"must be at most {MOST:g}."
    if above_zero and value <= 0:
        return f"is {value:g}, and must be above zero."
    return ""


def _faults_of_errors(errors):
    if not isinstance(errors, (list, tuple)) or not errors:
        return [Fault("errors", "is missing. Name at least one kind of error and what it costs.")]
    return [
        Fault(key, f"of error {number} {text}", "errors", number)
        for number, error in enumerate(errors, start=1)
        for key, text in _faults_of_error(error)
    ]


def _faults_of_error(error):
    """Yield key and text of what is wrong with one kind of error."""
    if not isinstance(error, dict):
        yield "errors", "must be a block that begins with [[errors]]."
        return
    for key in ("kind", "words"):
        value = error.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            yield key, 'must be a text in "quotes", and not empty.'
        elif value is not None and _fault_of_text(value):
            yield key, _fault_of_text(value)
    if error.get("kind") is None:
        yield "kind", "is missing. Which mistake is it?"
    amount = error.get("amount")
    if amount is not None:
        wrong = fault_of_number(amount, above_zero=False)
        if wrong:
            yield "amount", wrong
        elif amount < 0:
            yield "amount", f"is {amount:g}; a cost is zero or more."
    elif error.get("words") is None:
        yield "amount", "is missing. Give the cost as an amount, in words, or both."


def _faults_between(values):
    """Faults that only show when two lines are read together."""
    found = []
    if values["metric"] in FRACTIONS:
        for name in ("threshold", "baseline_score"):
            value = values.get(name)
            if value is not None and not 0 <= value <= 1:
                text = f"is {value:g}, but {values['metric']} lies between 0 and 1"
                found.append(Fault(name, f"{text} (write 0.9 for 90 %).", "promise"))
    money = values.get("price") is not None
    money = money or any(error.get("amount") is not None for error in values["errors"])
    if money and values.get("currency") is None:
        text = 'is missing, and the card has amounts of money: add, for example, "USD".'
        found.append(Fault("currency", text, "constraints"))
    return found


def did_you_mean(word, known):
    """Make a short sentence with the nearest known name; empty if none is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
