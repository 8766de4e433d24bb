"""What the plots of lesson 01 tell must be what they were given."""

import pytest

pytest.importorskip("matplotlib").use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

from lowres_kit.workshop.scope_plots import (  # noqa: E402
    cost_curve,
    in_words,
    score_bars,
    waiting_bars,
)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.5, "0.5 seconds"),
        (119, "119.0 seconds"),
        (120, "2.0 minutes"),
        (43000, "11.9 hours"),
        (2 * 86400, "2.0 days"),
    ],
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words


def test_the_bars_carry_their_times_and_scores():
    figure = waiting_bars({"large": 43000, "small": 500}, "64 kbit/s")
    assert texts(figure) == ["11.9 hours", "8.3 minutes"]
    figure = score_bars({"rule": 0.54, "model": 0.64}, 0.9, "simulated leaves")
    assert texts(figure) == ["54 %", "64 %"]
    axis = figure.axes[0]
    assert "simulated leaves" in axis.get_xlabel() and "90 %" in axis.get_title(loc="right")
    assert axis.lines[0].get_xdata()[0] == 90


def test_the_cost_curve_shows_where_the_reader_stands():
    figure = cost_curve(lambda t: 10 * t, 0.4, 4, 63, missed=9, alarms=3, accuracy=0.98)
    left, right = figure.axes
    assert texts(figure) == ["9", "3"]
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert "you: 4" in labels and "1 / (1 + 4) = 0.20" in labels
    assert "98 %" in right.get_title()
    assert right.get_ylim()[1] >= 9
