"""The budget: limits from the scope card, and a table that holds measurements against them."""

import math
from dataclasses import dataclass
from html import escape

from ..errors import KitError
from ..table import as_html, as_lines
from .fields import FRACTIONS, did_you_mean

PASS, SHORT, UNKNOWN = "pass", "falls short", "not measured"

# key in `measured` -> (what it is, unit)
LIMITS = {
    "size_kb": ("Size of the model", "kB"),
    "latency_ms": ("Time for one answer", "ms"),
    "memory_mb": ("Memory while it works", "MB"),
    "power_w": ("Power", "W"),
    "price": ("Price of the device", ""),
}


@dataclass(frozen=True)
class Budget:
    """What any model of this project may cost, and what it must achieve.

    Attributes
    ----------
    metric : str
        Name of the number that matters; higher is better.
    at_least : float
        Its least useful value (0 to 1 for accuracy, recall and other shares).
    size_kb, latency_ms, memory_mb, power_w, price : float or None
        Upper limits: kB (1000 bytes), milliseconds, MB (a million bytes), watts, money;
        None for no limit.
    currency : str
        Currency of `price`.
    """

    metric: str
    at_least: float
    size_kb: float | None = None
    latency_ms: float | None = None
    memory_mb: float | None = None
    power_w: float | None = None
    price: float | None = None
    currency: str = ""

    def compare(self, measured):
        """Hold measurements against the limits.

        Parameters
        ----------
        measured : dict of str to float
            The metric under its own name (``accuracy`` as a share of 1), and any of
            ``size_kb``, ``latency_ms``, ``memory_mb``, ``power_w``, ``price``. What is missing,
            None or not a number (nan) counts as not measured; other keys are left alone.

        Returns
        -------
        BudgetTable
            One row a promise.

        Raises
        ------
        KitError
            If a measurement is not a number, or a share lies outside 0 to 1.
        """
        rows = [self._metric_row(_number(self.metric, measured.get(self.metric)))]
        for key, (promise, unit) in LIMITS.items():
            limit = getattr(self, key)
            if limit is None:
                continue
            value = _number(key, measured.get(key))
            unit = unit or self.currency
            verdict = UNKNOWN if value is None else PASS if value <= limit else SHORT
            shown = "" if value is None else _apart(value, limit, unit)
            rows.append(Row(key, promise, f"at most {_amount(limit, unit)}", shown, verdict))
        return BudgetTable(tuple(rows), self._notes(measured, rows))

    def _metric_row(self, value):
        share = self.metric in FRACTIONS
        if share and value is not None and not 0 <= value <= 1:
            raise KitError(
                f"{self.metric} was given as {value:g}, but it lies between 0 and 1: "
                "write 0.9 for 90 %."
            )
        unit = "%" if share else ""
        scale = 100 if share else 1
        verdict = UNKNOWN if value is None else PASS if value >= self.at_least else SHORT
        shown = "" if value is None else _apart(value * scale, self.at_least * scale, unit)
        name = self.metric.replace("_", " ")
        limit = f"at least {_amount(self.at_least * scale, unit)}"
        return Row(self.metric, name[:1].upper() + name[1:], limit, shown, verdict)

    def _notes(self, measured, rows):
        """Say so where a measurement was given under a name that is nearly a limit's name."""
        missing = [row.key for row in rows if row.verdict == UNKNOWN]
        known = {row.key for row in rows} | set(LIMITS)
        notes = []
        for key in measured:
            if key not in known and did_you_mean(str(key), missing):
                notes.append(f"{key!r} is not a name in the budget.{did_you_mean(key, missing)}")
        return tuple(notes)


@dataclass(frozen=True)
class Row:
    """One promise: its key in `measured`, its name, the limit, what was measured, the verdict."""

    key: str
    promise: str
    limit: str
    measured: str
    verdict: str


@dataclass(frozen=True)
class BudgetTable:
    """Promises against measurements; a notebook shows it as a table, a terminal as text."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self):
        """Whether every promise was measured and kept."""
        return all(row.verdict == PASS for row in self.rows)

    @property
    def verdicts(self):
        """Key of each promise to ``"pass"``, ``"falls short"`` or ``"not measured"``."""
        return {row.key: row.verdict for row in self.rows}

    @property
    def summary(self):
        """One sentence that counts the verdicts."""
        found = list(self.verdicts.values())
        counts = {word: found.count(word) for word in (PASS, SHORT, UNKNOWN) if word in found}
        told = ", ".join(
            f"{count} fall short" if word == SHORT and count > 1 else f"{count} {word}"
            for word, count in counts.items()
        )
        return f"{len(self.rows)} promises: {told}."

    def __str__(self):
        head = ("promise", "limit", "measured", "verdict")
        return "\n".join([*as_lines(head, self._cells()), self.summary, *self.notes])

    __repr__ = __str__

    def _repr_html_(self):
        # Words carry the verdict; the colour (Okabe and Ito's) and the bar only help the eye.
        colours = {PASS: "#009E73", SHORT: "#D55E00", UNKNOWN: "#767676"}
        head = ("Promise", "Limit", "Measured", "Verdict")
        shown = as_html(head, self._cells(), [colours[row.verdict] for row in self.rows])
        notes = "".join(f"<br>{escape(note)}" for note in self.notes)
        return f"{shown}<p>{escape(self.summary)}{notes}</p>"

    def _cells(self):
        return [(row.promise, row.limit, row.measured, row.verdict) for row in self.rows]


def _number(key, value):
    """Return the value as a float, or None where nothing was measured."""
    if value is None:
        return None
    try:
        if isinstance(value, (str, bool)):
            raise TypeError
        value = float(value)
    except (TypeError, ValueError):
        raise KitError(f"The measurement {key!r} is {value!r}; give a number.") from None
    return None if math.isnan(value) else value


def _amount(value, unit="", decimals=10):
    """Write a number for people: no needless zeros, with its unit."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    if float(text) == 0 and value:
        text = f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def _apart(value, limit, unit):
    """Write a measurement with enough decimals that it never looks equal to a limit it is not."""
    told = _amount(limit, unit)
    for decimals in range(1, 11):
        text = _amount(value, unit, decimals)
        if value == limit or text != told:
            return text
    return f"{value!r} {unit}".rstrip()
