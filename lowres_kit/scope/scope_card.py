"""The scope card: one small file that says what is promised, to whom, and at what cost.

Here it is made, held against its rules, read, written, and shown as text and as a table.
"""

from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from textwrap import fill

from ..errors import KitError
from ..places import write_text
from .budget import LIMITS, Budget, _amount
from .fields import faults_of


@dataclass(frozen=True)
class ErrorCost:
    """What one kind of mistake costs the people who live with it.

    Attributes
    ----------
    kind : str
        The mistake, in the users' words ("a sick leaf is called healthy").
    amount : float or None
        Its cost in the card's currency; None where money is the wrong measure.
    words : str or None
        Its cost in words; one of the two must be there.
    """

    kind: str
    amount: float | None = None
    words: str | None = None


@dataclass(frozen=True)
class Scope:
    """A scope card. An incomplete or contradictory one cannot be made: it raises `KitError`.

    Attributes
    ----------
    problem, users, today, maintainer : str
        The problem and the decision that changes; who uses it; what they do without machine
        learning; who keeps it running.
    baseline : str
        The plain way that a model must beat; `baseline_score` is what it scores, if known.
    metric : str
        The number that matters ("accuracy", "recall", …); higher is better.
    threshold : float
        The least value of the metric that is still useful.
    errors : tuple of ErrorCost
        Every kind of error with its cost.
    connectivity : str
        What network there is.
    languages : tuple of str
        What the users read or hear.
    size_kb, latency_ms, memory_mb, power_w, price : float or None
        Limits in kB (1000 bytes), milliseconds, MB (a million bytes), watts and `currency`;
        None where there is no limit.
    currency : str or None
        The currency of all amounts on the card.
    """

    problem: str
    users: str
    today: str
    maintainer: str
    baseline: str
    metric: str
    threshold: float
    errors: tuple[ErrorCost, ...]
    connectivity: str
    languages: tuple[str, ...]
    baseline_score: float | None = None
    size_kb: float | None = None
    latency_ms: float | None = None
    memory_mb: float | None = None
    power_w: float | None = None
    price: float | None = None
    currency: str | None = None

    def __post_init__(self):
        # Lists are taken as well as tuples: a frozen card should also be frozen inside.
        for name in ("errors", "languages"):
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        faults = faults_of(self.values())
        if faults:
            raise KitError(
                "The scope card is not whole: "
                + " ".join(f"{fault.key} {fault.text}" for fault in faults)
            )

    def values(self):
        """Return the card as plain values: field name to text, number or list."""
        return asdict(self)

    @classmethod
    def from_values(cls, values):
        """Make a card from plain values, as `values` returns them and as the form holds them."""
        values = dict(values)
        errors = values.get("errors") or []
        values["errors"] = tuple(
            ErrorCost(**error) if isinstance(error, dict) else error for error in errors
        )
        return cls(**values)

    @property
    def budget(self):
        """The limits that any model's measurements are held against (`Budget`)."""
        return Budget(
            metric=self.metric,
            at_least=self.threshold,
            size_kb=self.size_kb,
            latency_ms=self.latency_ms,
            memory_mb=self.memory_mb,
            power_w=self.power_w,
            price=self.price,
            currency=self.currency or "",
        )

    @classmethod
    def load(cls, path):
        """Read a card.

        Raises
        ------
        KitError
            If the file is missing, is not TOML, lacks a line or has one that nobody knows; the
            message names the line or the key and the way out.
        """
        from .card_file import read

        return cls.from_values(read(Path(path)))

    def save(self, path):
        """Write the card, with the question above each line, whole or not at all."""
        from .card_file import to_toml

        write_text(path, to_toml(self))

    @classmethod
    def example(cls):
        """Return the card of the bean-leaf helper that the lessons use as their example."""
        return cls.load(Path(__file__).with_name("bean-leaves.toml"))

    def __str__(self):
        return card_text(self)

    def _repr_html_(self):
        return card_html(self)


def card_rows(scope):
    """Return the card as pairs (what, text), in the order in which a person reads it."""
    score = scope.baseline_score
    errors = [(f"If: {error.kind}", _cost(error, scope.currency)) for error in scope.errors]
    limits = [
        f"{promise.lower()} at most {_amount(getattr(scope, key), unit or scope.currency)}"
        for key, (promise, unit) in LIMITS.items()
        if getattr(scope, key) is not None
    ]
    return [
        ("Problem", scope.problem),
        ("Users", scope.users),
        ("Today", scope.today),
        ("To beat", scope.baseline + (f" ({scope.metric} {score:g})" if score is not None else "")),
        ("Promise", f"{scope.metric} at least {scope.threshold:g}"),
        *errors,
        ("Limits", "; ".join(limits) or "none given"),
        ("Network", scope.connectivity),
        ("Languages", ", ".join(scope.languages)),
        ("Kept by", scope.maintainer),
    ]


def _cost(error, currency):
    amount = "" if error.amount is None else _amount(error.amount, currency)
    return ". ".join(filter(None, (amount, error.words)))


def card_text(scope):
    """Write the card for a terminal, folded at 80 columns."""
    return "\n".join(
        fill(f"{name}: {' '.join(text.split())}", 80, subsequent_indent="    ")
        for name, text in card_rows(scope)
    )


def card_html(scope):
    """Write the card as a table of HTML."""
    rows = "".join(
        f'<tr><th style="text-align:left;vertical-align:top">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for name, text in card_rows(scope)
    )
    return f"<table><tbody>{rows}</tbody></table>"
