"""Lab 4 without a board: its cells on gpiozero's pins in memory, whole and with each fault.

The emulated board runs the same on lines of the kernel (tests/pi).
"""

import json
import time
import tomllib

import pin_observer
import pytest
from lab_shape import LABS

from lowres_kit.errors import KitError
from lowres_kit.field.device import pins

MockFactory = pytest.importorskip("gpiozero.pins.mock").MockFactory
FAULTS = [
    fault for fault in tomllib.loads((LABS / "broken.toml").read_text("utf-8"))["fault"]
    if fault["lab"] == 4 and "chip" not in fault["parameters"]
]  # fmt: skip


class InMemory(pin_observer.SimulatedSide):
    """The far end of pins in memory."""

    factory, chip = None, ""

    def __init__(self, lights, button, buzzer):
        self._lights, self._button, self._buzzer = lights, button, buzzer

    def _value(self, line):
        pin = self.factory.pin(line)
        return pin.function == "output" and bool(pin.state)

    def _write(self, line, pull):
        pin = self.factory.pin(line)
        if pin.function == "input":
            pin.drive_high() if pull == "pull-up" else pin.drive_low()


def run_cells(parameters):
    """Run the lab's code, cell by cell, as a notebook does."""
    notebook = json.loads(next(LABS.glob("lab-4-*")).read_text("utf-8"))
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", ()):
                names.update(parameters)


@pytest.fixture
def parameters(demo, monkeypatch):
    InMemory.factory = MockFactory()
    monkeypatch.setattr(pins, "_board", lambda: InMemory.factory)
    monkeypatch.setattr(pin_observer, "SimulatedSide", InMemory)
    # MockFactory.close forgets the pins, whose last state the lab wants to see.
    monkeypatch.setattr(InMemory.factory, "close", lambda: None)
    yield {"pack": demo / "pack.zip", "photos": demo / "photos", "emulated": True}
    InMemory.factory.reset()


def test_the_lab_passes_where_all_is_well(parameters, capsys):
    run_cells(parameters)
    assert "Lab 4 is done: 9 of 9 checks passed." in capsys.readouterr().out


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["broken"])
def test_each_fault_is_told(parameters, fault):
    with pytest.raises(KitError) as caught:
        run_cells(parameters | fault["parameters"])
    for words in fault["says"]:
        assert words in str(caught.value)


def test_a_button_that_bounces_for_long_is_told(parameters, monkeypatch):
    def press_thrice(self):
        for _ in range(3):
            self._write(self._button, "pull-down")
            time.sleep(0.1)
            self._write(self._button, "pull-up")
            time.sleep(0.1)

    monkeypatch.setattr(InMemory, "press", press_thrice)
    with pytest.raises(KitError, match="One press counts once"):
        run_cells(parameters)


def test_a_person_is_asked_on_a_real_board(monkeypatch, capsys):
    answers = iter(["the red one", "1, 3", "0", "2"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    person = pin_observer.Person()
    assert person.lights_on() == [1, 3] and person.blinking() == [] and person.beeps() == 2
    assert "Write numbers" in capsys.readouterr().out


def test_with_nobody_to_ask_the_lab_says_so(monkeypatch):
    def nobody(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(KitError, match="by hand, in JupyterLab"):
        pin_observer.Person().lights_on()


def test_simulated_lines_as_the_kernel_shows_them(tmp_path):
    with pytest.raises(KitError, match="no simulated pins"):
        pin_observer.SimulatedSide([17], 23, 24, tmp_path)
    chip = tmp_path / "sys/devices/platform/gpio-sim.0/gpiochip2"
    for line, value in ((17, "1\n"), (27, "0\n"), (23, "1\n")):
        (chip / f"sim_gpio{line}").mkdir(parents=True)
        (chip / f"sim_gpio{line}" / "value").write_text(value)
        (chip / f"sim_gpio{line}" / "pull").write_text("pull-down\n")
    side = pin_observer.SimulatedSide([17, 27], 23, 24, tmp_path)
    assert side.chip == "/dev/gpiochip2" and side.lights_on() == [1]
    side.press()
    assert (chip / "sim_gpio23" / "pull").read_text() == "pull-down"
    side.release()
    assert (chip / "sim_gpio23" / "pull").read_text() == "pull-up"
    with pytest.raises(KitError, match="has no line 24"):
        side.beeps()
