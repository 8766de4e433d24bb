"""What was measured of a model, and several models side by side."""

from dataclasses import dataclass
from html import escape

from ...learn.evaluation import Evaluation
from ...table import as_html, as_lines


@dataclass(frozen=True)
class Measured:
    """What a model is made of, what it takes, and what it is worth.

    Attributes
    ----------
    name : str
        What the model is called in tables.
    size_kb : float
        Size of the file in kB (1000 bytes); of a torch network its weights as `torch.save` writes
        them.
    compressed_kb : float
        The same, deflated (zlib, level 9), as in a .zip or on its way over the network.
    parameters, multiply_adds : int
        See `operations.Counts`.
    uncounted : tuple of str
        Operators that multiply as well but are not in `multiply_adds`.
    memory_mb : float or None
        What a fresh process takes for opening the model and for one answer, beyond what it held
        before, in MB (10**6 bytes; see `runtime.Alone`). None where it cannot be measured.
    process_mb : float or None
        The whole of that process, with Python, NumPy and the runtime.
    latency_ms : float
        Median time of one warm answer, from a ready input to outputs that can be read.
    latency_quartiles_ms : tuple of float
        A quarter of the answers was faster than the first, a quarter slower than the second.
    threads : int
        Threads that it was given.
    evaluation : Evaluation or None
        Right and wrong answers; None without photos.
    calibration_error, log_loss : float or None
        See `expected_calibration_error` and `log_loss` in `learn.evaluation`.
    notes : tuple of str
        What one must know to read the numbers.
    """

    name: str
    size_kb: float
    compressed_kb: float
    parameters: int
    multiply_adds: int
    uncounted: tuple
    memory_mb: float | None
    process_mb: float | None
    latency_ms: float
    latency_quartiles_ms: tuple
    threads: int = 1
    evaluation: Evaluation | None = None
    calibration_error: float | None = None
    log_loss: float | None = None
    notes: tuple = ()

    @property
    def accuracy(self):
        """Share of right answers, 0 to 1; None without photos."""
        return self.evaluation.accuracy if self.evaluation else None

    def as_dict(self):
        """All numbers by name, as `Budget.compare` and ``--json`` take them."""
        return {
            "name": self.name,
            "size_kb": round(self.size_kb, 3),
            "compressed_kb": round(self.compressed_kb, 3),
            "parameters": self.parameters,
            "multiply_adds": self.multiply_adds,
            "uncounted": list(self.uncounted),
            "memory_mb": None if self.memory_mb is None else round(self.memory_mb, 2),
            "process_mb": None if self.process_mb is None else round(self.process_mb, 1),
            "latency_ms": round(self.latency_ms, 4),
            "latency_quartiles_ms": [round(ms, 4) for ms in self.latency_quartiles_ms],
            "threads": self.threads,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.evaluation.interval) if self.evaluation else None,
            "tested": self.evaluation.tested if self.evaluation else 0,
            "calibration_error": self.calibration_error,
            "log_loss": self.log_loss,
            "notes": list(self.notes),
        }

    def __str__(self):
        rows = [(title, write(self) or "not measured") for title, write in COLUMNS.items()]
        width = max(len(title) for title, _ in rows)
        lines = [f"{title:<{width}}  {text}" for title, text in rows]
        return "\n".join([self.name, *lines, *self.notes])

    def _repr_html_(self):
        return table([self])._repr_html_()


def _size(one):
    return f"{_number(one.size_kb)} kB"


def _compressed(one):
    return f"{_number(one.compressed_kb)} kB"


def _parameters(one):
    return _large(one.parameters)


def _multiply_adds(one):
    return _large(one.multiply_adds) + (" *" if one.uncounted else "")


def _memory(one):
    return "" if one.memory_mb is None else f"{_number(one.memory_mb)} MB"


def _latency(one):
    low, high = map(_number, one.latency_quartiles_ms)
    return f"{_number(one.latency_ms)} ms ({low} to {high})"


def _accuracy(one):
    if one.evaluation is None:
        return ""
    low, high = one.evaluation.interval
    return f"{100 * one.accuracy:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _calibration(one):
    return "" if one.calibration_error is None else f"{100 * one.calibration_error:.1f} %"


def _log_loss(one):
    return "" if one.log_loss is None else f"{one.log_loss:.3f}"


# Title of a column and what writes its cell; an empty cell was not measured.
COLUMNS = {
    "size": _size,
    "compressed (zlib)": _compressed,
    "parameters": _parameters,
    "multiply-adds": _multiply_adds,
    "memory": _memory,
    "time, quartiles": _latency,
    "accuracy, 95 %": _accuracy,
    "calibration error": _calibration,
    "log loss": _log_loss,
}


def _number(value):
    """Three digits that count, and no fewer than those before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _large(count):
    """Write a count with three digits and k, M or G (thousands, millions, thousand millions)."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= factor:
            return f"{_number(count / factor)} {letter}"
    return str(count)


@dataclass(frozen=True)
class MeasuredTable:
    """Several models side by side; a notebook shows it as a table, a terminal as text."""

    models: tuple

    def _cells(self):
        """Titles and rows, without the columns in which nothing was measured."""
        rows = [[write(one) for write in COLUMNS.values()] for one in self.models]
        kept = [i for i in range(len(COLUMNS)) if any(row[i] for row in rows)]
        titles = list(COLUMNS)
        head = ["model", *(titles[i] for i in kept)]
        return head, [[one.name, *(row[i] for i in kept)] for one, row in zip(self.models, rows)]

    def _notes(self):
        uncounted = sorted({name for one in self.models for name in one.uncounted})
        notes = [f"* without {', '.join(uncounted)}"] if uncounted else []
        return notes + list(dict.fromkeys(note for one in self.models for note in one.notes))

    def __str__(self):
        return "\n".join([*as_lines(*self._cells()), *self._notes()])

    __repr__ = __str__

    def _repr_html_(self):
        notes = "<br>".join(escape(note) for note in self._notes())
        return f"{as_html(*self._cells())}<p>{notes}</p>"


def table(models):
    """Put several models side by side.

    Parameters
    ----------
    models : sequence of Measured
        From `measure`.

    Returns
    -------
    MeasuredTable
        Shown as a table by a notebook, as text by `print`.
    """
    return MeasuredTable(tuple(models))
