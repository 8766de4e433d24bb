"""Rows of text as a table: HTML for a notebook, columns of equal width for a terminal."""

from html import escape

LEFT = "text-align:left"


def as_html(head, rows, colours=None):
    """Write a table for a notebook.

    Parameters
    ----------
    head : sequence of str
        The titles of the columns.
    rows : sequence of sequence of str
        Plain text, which is made safe; an empty cell is shown as a dash.
    colours : sequence of str, optional
        For each row the colour of a bar before its last cell, which is set in bold; for the eye
        alone, since not everybody sees colours.

    Returns
    -------
    str
    """
    titles = "".join(f'<th style="{LEFT}">{escape(title)}</th>' for title in head)
    body = "".join(
        f"<tr>{_cells(row, colour)}</tr>"
        for row, colour in zip(rows, colours or [None] * len(rows))
    )
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row, colour):
    cells = [f'<td style="{LEFT}">{escape(cell) or "–"}</td>' for cell in row]
    if colour:
        bar = f"{LEFT};border-left:6px solid {colour}"
        cells[-1] = f'<td style="{bar}"><b>{escape(row[-1])}</b></td>'
    return "".join(cells)


def as_lines(head, rows):
    """Write a table for a terminal.

    Parameters
    ----------
    head : sequence of str
        The titles of the columns.
    rows : sequence of sequence of str
        An empty cell is shown as a hyphen.

    Returns
    -------
    list of str
        A line for the titles and one for each row.
    """
    lines = [head, *([cell or "-" for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    ]
