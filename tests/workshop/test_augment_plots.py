"""The plots of lesson 04 tell what they were given, and no text hides another."""

import numpy as np
import pytest

pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")

from legible import assert_legible  # noqa: E402

from lowres_kit.workshop.augment_plots import (  # noqa: E402
    class_view,
    distances_view,
    seeds_view,
    strip,
)

PHOTO, INK = np.full((96, 96, 3), 120, np.uint8), np.full((8, 8), 0.4)
NAMES = ("angular_leaf_spot", "bean_rust", "healthy")
GAINS = {"turn": [0.02, 0.04, 0.04], "hue": [-0.14, -0.01, -0.27]}
SCORES = {"fifty digits": [0.87, 0.88, 0.90], "and shifted copies": [0.88] * 3}
NEAR = {"new real digits": [0.6, 1.0, 1.4], "the cheat's": [0.1, 0.1, 0.2]}


FIGURES = {
    "leaves": lambda: strip([PHOTO] * 6, NAMES * 2, "above: simulated photos; below: hue", rows=2),
    "digits": lambda: strip([INK] * 16, ["made up 3"] * 16, "above: real; below: made up", rows=2),
    "one row": lambda: strip([INK] * 7, ["(-2.0, -0.5)"] * 7, "made up by the VAE"),
    "classes": lambda: class_view(GAINS, NAMES, "class (simulated photos, mean of 7 draws)"),
    "ten classes": lambda: class_view({"mirror": [0.1] * 10}, range(10), "digit (real)"),
    "seeds": lambda: seeds_view(SCORES, "right (%, real digits); one mark a draw of fifty"),
    "all the same": lambda: seeds_view({"as they are": [1.0] * 7}, "right (%)"),
    "distances": lambda: distances_view(NEAR, 0.5, "distance to the nearest training digit (ink)"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_bars_are_the_gains_in_points():
    axis = FIGURES["classes"]().axes[0]
    assert [bar.get_height() for bar in axis.patches] == pytest.approx([2, 4, 4, -14, -1, -27])


def test_each_draw_has_a_mark_and_the_line_stands_at_the_median():
    axis = FIGURES["seeds"]().axes[0]
    assert list(axis.lines[0].get_xdata()) == pytest.approx([87, 88, 90])
    assert axis.lines[1].get_xdata()[0] == pytest.approx(88)
    assert len(set(axis.lines[2].get_ydata())) == 3  # side by side, though all are the same


def test_the_share_nearer_than_the_line_is_told():
    words = [text.get_text() for axis in FIGURES["distances"]().axes for text in axis.texts]
    assert "0 % nearer" in words[0] and "100 % nearer" in words[1]
