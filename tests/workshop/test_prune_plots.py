"""The plots of lesson 07 tell what they were given, and no text hides another."""

import numpy as np
import pytest

pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")

from legible import assert_legible  # noqa: E402

from lowres_kit.workshop.prune_plots import class_bars, layer_shares, mask_view  # noqa: E402

SHARES = [i / 10 for i in range(10)]
CURVES = {"by layer": {s: 1 - s for s in SHARES}, "globally": {s: 1 - s**2 for s in SHARES}}
WEIGHTS = np.random.default_rng(0).normal(size=(112, 672))
RECALLS = {
    name: {"angular_leaf_spot": 1.0, "bean_rust": 0.5, "healthy": 0.0}
    for name in ("whole", "80 % zeros", "80 % zeros, fine-tuned", "too thin")
}


FIGURES = {
    "mask": lambda: mask_view(CURVES, "globally", 0.5, WEIGHTS, np.abs(WEIGHTS) > 0.6, "simulated"),
    "nothing gone": lambda: mask_view(
        CURVES, "by layer", 0.0, WEIGHTS[:3, :8], WEIGHTS[:3, :8] < 99, "real"
    ),
    "layers": lambda: layer_shares(np.linspace(0, 1, 24), 0.6),
    "classes": lambda: class_bars(RECALLS, "simulated"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_the_mask_is_white_where_weights_are_gone():
    figure = FIGURES["mask"]()
    shown = figure.axes[1].images[0].get_array()
    gone = np.abs(WEIGHTS[:56, :56]) <= 0.6
    assert np.array_equal(np.ma.getmaskarray(shown) | np.isnan(np.ma.getdata(shown)), gone)
    share = 100 * (np.abs(WEIGHTS) <= 0.6).mean()
    assert f"{share:.0f} % zero" in figure.axes[1].get_title()
    ring = figure.axes[0].lines[-1]
    assert ring.get_xdata() == [50] and ring.get_ydata() == [75]


def test_bars_are_those_given():
    axis = FIGURES["classes"]().axes[0]
    assert [bar.get_width() for bar in axis.patches] == [100, 50, 0] * 4
    heights = [bar.get_height() for bar in FIGURES["layers"]().axes[0].patches]
    assert heights == pytest.approx(list(np.linspace(0, 100, 24)))
