"""Controls under a still: moving one changes the picture, and proving finds those that do not."""

import ipywidgets
import matplotlib.figure
import pytest

from lowres_kit.workshop import explore


class Handle:
    def __init__(self):
        self.updates = []

    def update(self, shown):
        self.updates.append(shown)


@pytest.fixture
def display(monkeypatch):
    """Stands for the notebook's front end: keeps what is displayed, and what replaces it."""
    shown, handle = [], Handle()

    def keep(data, display_id=None, **how):
        shown.append((data, how))
        return handle if display_id else None

    monkeypatch.setattr("IPython.display.display", keep)
    monkeypatch.delenv("LOWRES_PROVE", raising=False)
    return shown, handle


def bar(height):
    figure = matplotlib.figure.Figure(figsize=(1, 1), dpi=30)
    figure.subplots().set_ylim(0, 3)
    figure.axes[0].bar([0], [height])
    return figure


def test_a_still_with_its_text_comes_first_and_moving_replaces_it(display):
    shown, handle = display
    slider = ipywidgets.FloatSlider(value=1, min=0, max=2)
    explore(bar, alt="One bar.", height=slider)
    still, how = shown[0]
    assert still.alt == "One bar." and how["metadata"]["lowres_kit"]["widget"] == ["height"]
    assert shown[1][0].children == (slider,)
    slider.value = 2
    assert len(handle.updates) == 1 and handle.updates[0].data != still.data


def test_a_table_is_shown_as_it_is(display):
    shown, handle = display
    box = ipywidgets.Checkbox(value=False)
    explore(lambda on: f"table {on}", alt="A table.", on=box)
    box.value = True
    assert shown[0][0] == "table False" and handle.updates == ["table True"]


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (ipywidgets.IntSlider(value=1, min=0, max=3), [0, 3]),
        (ipywidgets.Dropdown(options=["a", "b", "c"]), ["b", "c"]),
        (ipywidgets.SelectionSlider(options=[("one", 1), ("two", 2)]), [2]),
        (ipywidgets.Checkbox(value=True), [False]),
    ],
)
def test_proving_moves_a_control_to_its_ends_and_options(display, monkeypatch, control, expected):
    monkeypatch.setenv("LOWRES_PROVE", "1")
    drawn = []
    explore(lambda value: drawn.append(value) or str(value), alt="x", value=control)
    assert [value for value in drawn if value != control.value] == expected
    assert display[0][0][1]["metadata"]["lowres_kit"]["proven"] is True


def test_proving_refuses_a_control_that_changes_nothing(display, monkeypatch):
    monkeypatch.setenv("LOWRES_PROVE", "1")
    controls = {"height": ipywidgets.IntSlider(value=1, max=2), "idle": ipywidgets.IntSlider()}
    with pytest.raises(RuntimeError, match="'idle' changes nothing"):
        explore(lambda height, idle: bar(height), alt="x", **controls)


def test_proving_finds_an_end_that_does_not_work(display, monkeypatch):
    monkeypatch.setenv("LOWRES_PROVE", "1")
    with pytest.raises(ZeroDivisionError):
        explore(lambda x: str(1 / x), alt="x", x=ipywidgets.IntSlider(value=1, min=0, max=3))


def test_a_control_that_cannot_be_moved_is_told(display, monkeypatch):
    monkeypatch.setenv("LOWRES_PROVE", "1")
    with pytest.raises(RuntimeError, match="how to move a Text"):
        explore(lambda x: x, alt="x", x=ipywidgets.Text())
    assert display[0] == [], "nothing is shown before it is proven"


def test_a_picture_without_a_text_is_refused(display):
    with pytest.raises(ValueError, match="needs a text"):
        explore(bar, alt=" ", height=ipywidgets.IntSlider())
