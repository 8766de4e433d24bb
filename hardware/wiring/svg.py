"""A few lines of SVG: enough to draw wiring in black and grey that also prints well."""

from html import escape

# Wires are told apart by their dashes and by the letter at both ends, never by colour alone.
DASHES = ("", "10 4", "3 3", "12 3 3 3", "6 6", "16 5", "2 6", "20 4 4 4")
LIGHT = "#eeeeee"


def drawing(width, height, title, parts):
    """Put parts together to one picture.

    Parameters
    ----------
    width, height : int
        In units of the drawing, about a pixel on a screen.
    title : str
        What a screen reader says of the picture.
    parts : list of str
        Elements, those in front last.

    Returns
    -------
    str
        The text of an .svg file.
    """
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="DejaVu Sans, Arial, sans-serif" '
        'font-size="14" role="img">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, *parts, "</svg>", ""])


def text(x, y, words, size=14, anchor="start", bold=False, fill="black", over=False):
    """Write words; `anchor` is "start", "middle" or "end"; `over` keeps lines away from them."""
    weight = ' font-weight="bold"' if bold else ""
    weight += ' paint-order="stroke" stroke="white" stroke-width="5"' if over else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}"{weight} '
        f'fill="{fill}">{escape(words)}</text>'
    )


def lines(x, y, words, size=14, anchor="start", step=18):
    """Write several lines, one below the other."""
    return [text(x, y + step * row, line, size, anchor) for row, line in enumerate(words)]


def box(x, y, width, height, fill="white", round_=4, stroke=1.5):
    """Draw a box."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}" fill="{fill}" '
        f'stroke="black" stroke-width="{stroke}"/>'
    )


def circle(x, y, radius, fill="white", stroke=1.5):
    """Draw a circle."""
    return (
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" stroke="black" '
        f'stroke-width="{stroke}"/>'
    )


def path(points, dash="", width=2.0, colour="black"):
    """Draw a line through points ``(x, y)``."""
    joined = " ".join(f"{x},{y}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linejoin="round"{dashes}/>'
    )


def letter(x, y, sign):
    """Draw the sign of a wire: a letter in a circle."""
    return "\n".join([circle(x, y, 9), text(x, y + 5, sign, 13, "middle", bold=True)])
