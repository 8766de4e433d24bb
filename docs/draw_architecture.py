"""Draw docs/architecture.svg: the rooms, and the way of a photo through them.

python docs/draw_architecture.py
"""

from html import escape
from pathlib import Path

WIDE, HIGH = 1000, 550
FILE = Path(__file__).with_name("architecture.svg")

# Each box: x, y, width, height, title, lines below it, filling. Black on white, so that it prints.
WAY = ("scope", "data", "learn", "shrink", "desk", "field")
SAYS = {
    "scope": ("the promise", "and its budget"),
    "data": ("photos, audit,", "splits, leaves"),
    "learn": ("train from", "little"),
    "shrink": ("prune, int8,", "write .tflite"),
    "desk": ("pack, compare,", "collect"),
    "field": ("station, records,", "page, hand-over"),
}
BOXES = [
    (
        30,
        40,
        700,
        60,
        "lessons/parts (lowres_lessons)",
        ("checks, plots and quiz of each",),
        "#ddd",
    ),
    (30, 130, 340, 60, "workshop", ("exercises, quizzes, labelling bench",), "white"),
    (390, 130, 340, 60, "runner, cli", ("run the lessons; the commands",), "white"),
    *((30 + 145 * i, 270, 120, 86, name, SAYS[name], "white") for i, name in enumerate(WAY[:5])),
    (842, 270, 130, 86, "field", SAYS["field"], "white"),
    (
        175,
        420,
        795,
        50,
        "runtime",
        ("reads and runs a .tflite file: NumPy and a TFLite runtime",),
        "white",
    ),
    (
        30,
        490,
        940,
        50,
        "errors, places, arguments, progress, lazy, words, table, safe_zip, plotting",
        ("small modules for all",),
        "white",
    ),
]
RULE = (
    "A room imports only rooms to its left and below it (desk: field too); the table says which.",
    "field imports scope, runtime, and what opens pictures in data; it never imports desk.",
)
# What goes from one room to the next.
GOES = ("card", "photos", "model", ".tflite", "pack.zip")


def text(x, y, words, size=14, weight="normal", anchor="middle"):
    """Return words at a place."""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )


def box(x, y, wide, high, title, lines, fill):
    """Return a box with its title and what is in it."""
    edge = (
        f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="6" fill="{fill}" '
        'stroke="black" stroke-width="1.5"/>'
    )
    top = y + high / 2 - 9 * len(lines) + 5
    return [
        edge,
        text(x + wide / 2, top, title, 16, "bold"),
        *(text(x + wide / 2, top + 18 * (i + 1), line) for i, line in enumerate(lines)),
    ]


def arrow(start, end, y, words):
    """Return an arrow to the right with a word over it."""
    line = f'<path d="M{start} {y} H{end - 3}" stroke="black" marker-end="url(#tip)"/>'
    return [line, text((start + end) / 2, y - 52, words, 14)]


def frame(x, wide, words):
    """Return a dashed frame around what runs on one computer."""
    return [
        f'<rect x="{x}" y="212" width="{wide}" height="160" rx="8" fill="none" stroke="#555" '
        'stroke-dasharray="6 4"/>',
        text(x + 10, 232, words, 14, anchor="start"),
    ]


def draw():
    """Return the picture as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 20 {WIDE} {HIGH}" '
        'font-family="DejaVu Sans, Arial, sans-serif">',
        "<title>The rooms of the kit, and the way of a photo from the scope to the field</title>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0 L10 5 L0 10 z"/></marker></defs>',
        f'<rect y="20" width="{WIDE}" height="{HIGH}" fill="white"/>',
        *frame(15, 735, "laptop or Binder"),
        *frame(826, 162, "device"),
    ]
    for one in BOXES:
        parts += box(*one)
    lefts = [30 + 145 * i for i in range(5)] + [842]
    for i, word in enumerate(GOES):
        parts += arrow(lefts[i] + 120, lefts[i + 1], 313, word)
    for y, words in enumerate(RULE):
        parts.append(text(500, 393 + 19 * y, words))
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    FILE.write_text(draw(), encoding="utf-8")
