"""Records as a table for a spreadsheet, written piece by piece: a year of records fits no memory.

A spreadsheet takes a cell that begins with ``=`` for a formula and runs it. A file name or a label
may begin so, by chance or by malice; such a cell gets an apostrophe in front, which a spreadsheet
takes for "this is text". A text that begins with an apostrophe gets one more, so that taking one
away gives back the text in every case (`plain`).
"""

import csv
import io
import json

from ..pack.drift import STATISTICS

NUMBERS = tuple(name for name in STATISTICS if name != "confidence")
COLUMNS = (
    "id", "station", "number", "taken", "boot", "source", "pack", "label", "confidence", "ask",
    "photo", "probabilities", *NUMBERS,
)  # fmt: skip
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
AT_ONCE = 500  # records in memory


def csv_blocks(records):
    """Write all records that there are now, oldest first.

    Parameters
    ----------
    records : Records
        The station's store.

    Yields
    ------
    str
        The next piece of the table: its head, then some hundred lines each. Lines end as
        RFC 4180 has it. `probabilities` is JSON, since packs differ in their classes.

    Raises
    ------
    KitError
        If the records cannot be read, before the first piece or at any later one.
    """
    newest = records.last(1)
    last = newest[0].number if newest else 0
    yield lines([COLUMNS])
    for first in range(1, last + 1, AT_ONCE):
        yield lines(map(cells, records.between(first, min(first + AT_ONCE - 1, last))))


def cells(record):
    """Return a record's cells in the order of `COLUMNS`; a text is made harmless."""
    numbers = [record.statistics.get(name, "") for name in NUMBERS]
    row = (
        record.id, record.station, record.number, record.taken, record.boot, record.source,
        record.pack, record.label, record.confidence, "yes" if record.ask else "no",
        record.photo, json.dumps(record.probabilities, ensure_ascii=False), *numbers,
    )  # fmt: skip
    return [harmless(cell) if isinstance(cell, str) else cell for cell in row]


def harmless(text):
    """Return a text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(DANGEROUS) else text


def plain(cell):
    """Return the text that `harmless` was given."""
    return cell.removeprefix("'")


def lines(rows):
    """Return rows of cells as lines of a table: one str."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
