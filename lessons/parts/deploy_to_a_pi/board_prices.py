"""Boards that could run a pack, as others published them: price, power, and from where we know."""

import tomllib
from dataclasses import dataclass
from importlib import resources

from lowres_kit.table import as_html
from lowres_kit.words import Words

words = Words(__package__)

COLUMNS = (
    "board_table.board", "board_table.memory", "board_table.price", "board_table.waiting",
    "board_table.busy", "board_table.runs", "board_table.sources",
)  # fmt: skip


@dataclass(frozen=True)
class Board:
    """One board; what no source tells is None.

    Attributes
    ----------
    name, memory, runs : str
        What it is, how much memory it has, and what it can run.
    price : float or None
        In US dollars.
    waiting_w, busy_w : float or None
        Power in watts while it waits for the next photo, and at ordinary work.
    price_from, power_from : str
        Who says so, and when.
    """

    name: str
    memory: str
    runs: str
    price_from: str
    power_from: str
    price: float | None = None
    waiting_w: float | None = None
    busy_w: float | None = None

    @property
    def known(self):
        """Whether price and power are all there, so that one can calculate with them."""
        return None not in (self.price, self.waiting_w, self.busy_w)


def boards():
    """Read the list that comes with the kit.

    Returns
    -------
    dict of str to Board
        By name, the cheapest first, those without a price last.
    """
    text = (resources.files(__package__) / "board_prices.toml").read_text(encoding="utf-8")
    found = [Board(**entry) for entry in tomllib.loads(text)["board"]]
    return {one.name: one for one in found}


@dataclass(frozen=True)
class BoardTable:
    """The boards with their sources; a notebook shows it as a table, a terminal as text."""

    boards: tuple

    def _cells(self):
        head = tuple(map(words, COLUMNS))
        rows = [
            (
                one.name, one.memory, _amount(one.price, "USD"), _amount(one.waiting_w, "W"),
                _amount(one.busy_w, "W"), one.runs, f"{one.price_from} · {one.power_from}",
            )
            for one in self.boards
        ]  # fmt: skip
        return head, rows

    def __str__(self):
        head, rows = self._cells()
        return "\n".join("; ".join(f"{n}: {cell}" for n, cell in zip(head, row)) for row in rows)

    __repr__ = __str__

    def _repr_html_(self):
        return as_html(*self._cells())


def _amount(value, unit):
    return words("board_table.no_source") if value is None else f"{value:g} {unit}"
