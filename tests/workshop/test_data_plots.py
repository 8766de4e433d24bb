"""What the plots of lesson 02 tell must be what they were given, and no text may hide another."""

import io

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")

from legible import assert_legible  # noqa: E402

from lowres_kit import plotting  # noqa: E402
from lowres_kit.workshop.data_plots import (  # noqa: E402
    leak_bars,
    money_curves,
    photo_rows,
    suspect_grid,
)

PHOTO = np.full((8, 8, 3), 120, np.uint8)


FIGURES = {
    "rows": lambda: photo_rows(
        [[PHOTO] * 7] * 3, ["angular_leaf_spot", "bean_rust", "healthy"], "photos (simulated)"
    ),
    "rows with titles": lambda: photo_rows(
        [[PHOTO] * 8] * 3,
        ["angular_leaf_spot", "bean_rust", "healthy"],
        "views (simulated)",
        columns=["as it is", "mirror", "turn 90°", "nearer", "lighter"]
        + ["other colours", "strong blur", "a corner only"],
    ),
    "uneven rows": lambda: photo_rows([[PHOTO] * 2, [PHOTO] * 7], ["a", "b"], "photos (real)"),
    "suspects": lambda: suspect_grid(
        [PHOTO] * 10,
        ["angular leaf spot,\nor bean rust?"] * 10,
        ["wrong: made by us"] * 10,
        "suspects",
    ),
    "few suspects": lambda: suspect_grid([PHOTO], ["a,\nor b?"], ["was right"], "suspects"),
    "money": lambda: money_curves(
        [6, 12, 24, 48, 84], [0.4] * 5, [0.99] * 5, "30% wrong, always the same", "simulated"
    ),
    "leak": lambda: leak_bars(
        {"careless: by photo": 1.0, "honest: by leaf": 0.0},
        {"careless: by photo": 0.7, "honest: by leaf": 0.66},
        "simulated",
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_the_curves_are_those_given():
    figure = money_curves([6, 12], [0.4, 0.5], [0.3, 0.6], "20% wrong", "real")
    careful, quick = figure.axes[0].lines
    assert careful.get_ydata().tolist() == [40, 50] and quick.get_ydata().tolist() == [30, 60]
    assert "20% wrong" in quick.get_label() and "(%, real)" in figure.axes[0].get_ylabel()
    assert careful.get_marker() != quick.get_marker(), "told apart without colours"


def test_the_bars_say_their_numbers_and_the_kind_of_photos():
    figure = leak_bars({"a": 0.97, "b": 0.68}, {"a": 0.69, "b": 0.66}, "simulated")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["97 %", "68 %", "69 %", "66 %"]
    assert "simulated" in figure.axes[0].get_xlabel()
    assert len({bar.get_hatch() for bar in figure.axes[0].patches}) == 2


def test_a_figure_of_photos_is_kept_small():
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (6, 64, 64, 3), np.uint8)
    rows, names = [list(photos)] * 3, list("abc")
    large = plotting.picture(photo_rows(rows, names, "noise"), "Noise.")
    small = plotting.picture(photo_rows(rows, names, "noise"), "Noise.", photos=True)
    assert len(small.data) < len(large.data) / 2
    assert Image.open(io.BytesIO(small.data)).format == "JPEG" and small.alt == "Noise."
