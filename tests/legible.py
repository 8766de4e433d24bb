"""Is all that is written in a plot there to be read?"""

from itertools import combinations

import matplotlib.pyplot as plt

WIDEST = 800  # pixels, as wide as a notebook's page


def assert_legible(figure):
    """No text hides another or leaves the page, and the page is no wider than a notebook's."""
    assert overlapping(figure) == []
    assert outside(figure) == []
    assert figure.get_size_inches()[0] * figure.dpi <= WIDEST


def words(figure):
    """All texts that are drawn, with the boxes they take, in pixels."""
    figure.canvas.draw()
    hidden = {label for axes in figure.axes for label in _undrawn(axes)}
    texts = [text for text in figure.findobj(plt.Text) if text.get_text() and text.get_visible()]
    return {text: text.get_window_extent() for text in texts if text not in hidden}


def _undrawn(axes):
    """Labels of ticks outside the limits: they are made, but not drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks() + axis.get_minor_ticks():
            if not low <= tick.get_loc() <= high:
                yield tick.label1


def overlapping(figure):
    boxes = words(figure)
    return [
        (one.get_text(), other.get_text())
        for one, other in combinations(boxes, 2)
        if boxes[one].overlaps(boxes[other])
    ]


def outside(figure):
    page = figure.bbox
    return [
        text.get_text()
        for text, box in words(figure).items()
        if box.x0 < -1 or box.y0 < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1
    ]
