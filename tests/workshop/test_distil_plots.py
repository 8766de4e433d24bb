"""The plots of lesson 09 tell what they were given, and no text hides another."""

import numpy as np
import pytest

pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")

from legible import assert_legible  # noqa: E402

from lowres_kit.workshop.distil_plots import told_view, ways_view  # noqa: E402

NAMES = ("angular_leaf_spot", "bean_rust", "healthy")
PHOTO = np.full((96, 96, 3), 120, np.uint8)
SCORES = {
    "labels only": [0.80, 0.85, 0.80],
    "teacher, the labelled photos": [0.88, 0.88, 0.88],
    "teacher, unlabelled photos too": [0.93, 0.90, 0.92],
}


FIGURES = {
    "told": lambda: told_view(PHOTO, NAMES, 1, [0.05, 0.9, 0.05], 2.0, "simulated"),
    "sure": lambda: told_view(PHOTO, NAMES, 2, [0.0, 0.0, 1.0], 1, "real"),
    "ways": lambda: ways_view(SCORES, 0.92, 108, "simulated"),
    "far apart": lambda: ways_view({**SCORES, "a wrong teacher": [0.3]}, 0.92, 108, "simulated"),
    "all the same": lambda: ways_view({"labels only": [1.0, 1.0]}, 1.0, 9, "real"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_bars_are_the_label_and_what_was_told():
    axis = FIGURES["told"]().axes[1]
    assert [bar.get_width() for bar in axis.patches] == pytest.approx([0, 100, 0, 5, 90, 5])


def test_each_seed_has_a_mark_and_the_line_stands_at_the_mean():
    axis = FIGURES["ways"]().axes[0]
    marks, mean = axis.lines[0], axis.lines[1]
    assert list(marks.get_xdata()) == pytest.approx([80, 85, 80])
    assert len(set(marks.get_ydata())) == 3  # side by side
    assert mean.get_xdata()[0] == pytest.approx(245 / 3)
