"""Do you need machine learning at all? Questions to answer before any photo is taken."""

from dataclasses import dataclass
from html import escape

from ..errors import KitError
from .budget import LIMITS
from .fields import did_you_mean, words

NO, NOT_YET, TRY = "no", "not yet", "try"


@dataclass(frozen=True)
class Question:
    """A question to answer with True or False; its words are in ``words.toml``.

    Attributes
    ----------
    key : str
        Its short name.
    good : bool
        The answer that lets the project go on.
    verdict : str
        What the other answer means: ``"no"`` (stop) or ``"not yet"`` (can be mended).
    text, why, instead, source : str
        The question; what the other answer means, what to do then, who says so.
    """

    key: str
    good: bool
    verdict: str

    def __getattr__(self, name):
        if name not in ("text", "why", "instead", "source"):
            raise AttributeError(name)
        return words(f"question.{self.key}.{name}")


# In the order in which they are asked.
QUESTIONS = (
    Question("decision_changes", True, NO),
    Question("rule_is_enough", False, NO),
    Question("has_examples", True, NOT_YET),
    Question("has_labels", True, NOT_YET),
    Question("errors_grave", False, NO),
    Question("person_checks", True, TRY),
    Question("harms_people", False, NO),
    Question("can_measure", True, NOT_YET),
    Question("somebody_maintains", True, NOT_YET),
)


@dataclass(frozen=True)
class Reason:
    """One reason: the question's key, its verdict, why, what to do instead, and the source."""

    key: str
    verdict: str
    why: str
    instead: str
    source: str


@dataclass(frozen=True)
class Advice:
    """The answer to "do you need machine learning?".

    Attributes
    ----------
    verdict : str
        ``"no"``, ``"not yet"`` or ``"try"``.
    reasons : tuple of Reason
        The gravest first; with ``"try"`` they are cautions.
    """

    verdict: str
    reasons: tuple[Reason, ...]

    @property
    def sentence(self):
        """The verdict in one sentence."""
        return words(f"verdict.{self.verdict}")

    def __str__(self):
        lines = [self.sentence]
        for reason in self.reasons:
            lines.append(f"- {reason.why} {reason.instead}")
            if reason.source:
                lines.append(f"  ({reason.source})")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        items = "".join(
            f"<li>{escape(reason.why)} <b>{escape(reason.instead)}</b>"
            + (f" <small>({escape(reason.source)})</small>" if reason.source else "")
            + "</li>"
            for reason in self.reasons
        )
        return f"<p><b>{escape(self.sentence)}</b></p>" + (f"<ul>{items}</ul>" if items else "")


def do_you_need_ml(answers):
    """Say whether a problem is one for machine learning, and why not.

    One "no" stops, whatever the other answers are. A grave error alone does not: it stops only
    where no person checks the answers. A question without an answer means "find out first".

    Parameters
    ----------
    answers : dict of str to (bool or None)
        Key of a question in `QUESTIONS` to True or False; None or absent for "I do not know".

    Returns
    -------
    Advice
        The verdict with its reasons.

    Raises
    ------
    KitError
        If a key is not a question's, or an answer is not True, False or None.
    """
    keys = [question.key for question in QUESTIONS]
    for key, answer in answers.items():
        if key not in keys:
            raise KitError(f"There is no question {key!r}.{did_you_mean(str(key), keys)}")
        if answer is not None and not isinstance(answer, bool):
            raise KitError(f"The answer to {key!r} is {answer!r}; it must be True, False or None.")
    reasons = [reason for question in QUESTIONS if (reason := _reason(question, answers))]
    order = (NO, NOT_YET, TRY)
    reasons.sort(key=lambda reason: order.index(reason.verdict))
    return Advice(reasons[0].verdict if reasons else TRY, tuple(reasons))


def _reason(question, answers):
    answer = answers.get(question.key)
    if answer is None:
        why = words("unanswered.why", question=question.text)
        return Reason(question.key, NOT_YET, why, words("unanswered.instead"), "")
    if answer == question.good:
        return None
    if question.key == "errors_grave" and answers.get("person_checks") is not False:
        return None  # checked by a person; and if nobody answered that, its own reason says so
    return Reason(question.key, question.verdict, question.why, question.instead, question.source)


def review(scope):
    """Read a card as a critical colleague would.

    Parameters
    ----------
    scope : Scope
        A whole card.

    Returns
    -------
    list of str
        One sentence a remark; empty if there is nothing to say.
    """
    remarks = []
    if scope.baseline_score is None:
        remarks.append(words("review.no_score"))
    elif scope.threshold <= scope.baseline_score:
        remarks.append(
            words("review.no_better", score=scope.baseline_score, promise=scope.threshold)
        )
    if all(getattr(scope, key) is None for key in LIMITS):
        remarks.append(words("review.no_limit"))
    if len(scope.errors) == 1:
        remarks.append(words("review.one_error"))
    amounts = [error.amount for error in scope.errors if error.amount is not None]
    if scope.metric == "accuracy" and amounts and max(amounts) >= 5 * max(min(amounts), 1e-9):
        remarks.append(words("review.costly_error"))
    return remarks
