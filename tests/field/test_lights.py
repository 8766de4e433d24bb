"""Lights, buzzer and button: on gpiozero's own device for tests, and where there are no pins."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from gpiozero import GPIOZeroError
from gpiozero.pins.mock import MockFactory
from small_environments import environment

from lowres_kit.errors import KitError
from lowres_kit.field.device import pins as module
from lowres_kit.field.device.pins import ASK, Pins
from lowres_kit.field.pack.model import Answer
from lowres_kit.field.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("bean rust", "healthy, çé", "spot")
LEDS = {"bean rust": 17, "healthy, çé": 27, ASK: 22}
BUZZER, BUTTON = 18, 4
# lgpio is that of the card image: it runs on Linux alone, so it is no part of the kit's own list.
LIBRARIES = ("lgpio==0.2.2.0", "gpiozero==2.0.1.post3", "colorzero==2.0", "setuptools==84.2.1")


def answer(label, ask=False):
    return Answer(label, 0.9, ask, {label: 0.9})


@pytest.fixture
def factory():
    """Pins of gpiozero's own that are in memory."""
    found = MockFactory()
    yield found
    found.reset()


@pytest.fixture
def pins(factory):
    """Three lights, a buzzer and a button."""
    made = Pins(Settings(leds=LEDS, buzzer=BUZZER, button=BUTTON), NAMES, factory)
    yield made
    made.close()


def lit(factory):
    return {name for name, pin in LEDS.items() if factory.pin(pin).state}


def eventually(true, seconds=5):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def changes(factory, pin):
    """How often a pin was switched on."""
    return sum(bool(state) for _, state in factory.pin(pin).states[1:])


def test_one_light_for_an_answer(factory, pins):
    assert lit(factory) == set()
    for label in ("bean rust", "healthy, çé", "bean rust", "bean rust"):
        pins.show(answer(label))
        assert lit(factory) == {label}
    pins.show(answer("spot"))  # has no light
    assert lit(factory) == set()
    assert changes(factory, BUZZER) == 0


def test_a_person_is_called_by_light_and_buzzer(factory, pins):
    pins.show(answer("bean rust"))
    pins.show(answer("bean rust", ask=True))
    assert lit(factory) == {ASK}
    assert eventually(lambda: changes(factory, BUZZER) == 2)
    assert eventually(lambda: not factory.pin(BUZZER).state)
    pins.show(answer("bean rust"))
    assert lit(factory) == {"bean rust"} and changes(factory, BUZZER) == 2


def test_an_answer_silences_the_buzzer(factory, pins):
    pins.show(answer("spot", ask=True))
    assert eventually(lambda: factory.pin(BUZZER).state)
    pins.show(answer("spot"))
    assert not factory.pin(BUZZER).state
    time.sleep(0.5)
    assert changes(factory, BUZZER) == 1


def test_nothing_waits(factory, pins):
    """An answer is on the pins within milliseconds, whatever went on before."""
    took = []
    for number in range(60):
        (pins.fault, pins.ready, lambda: pins.show(answer("spot", ask=True)))[number % 3]()
        start = time.perf_counter()
        pins.show(answer("bean rust", ask=number % 2 == 0))
        took.append(time.perf_counter() - start)
        assert lit(factory) == {ASK if number % 2 == 0 else "bean rust"}
    assert sorted(took)[len(took) // 2] < 0.02, took


def test_all_lights_blink_after_a_fault_until_an_answer(factory, pins, monkeypatch):
    monkeypatch.setattr(module, "BLINK", 0.02)
    pins.show(answer("bean rust"))
    pins.fault()
    for pin in LEDS.values():
        assert eventually(lambda: changes(factory, pin) >= 3)
    before = threading.active_count()
    pins.fault()  # each attempt that fails says so: the blinking goes on, and starts no threads
    assert threading.active_count() == before
    pins.show(answer("healthy, çé"))
    assert lit(factory) == {"healthy, çé"}
    time.sleep(0.1)
    assert lit(factory) == {"healthy, çé"}
    pins.fault()
    assert eventually(lambda: lit(factory) == set(LEDS))


def test_all_lights_are_tested_at_the_start(factory, pins, monkeypatch):
    monkeypatch.setattr(module, "TEST", 0.1)
    pins.ready()
    assert eventually(lambda: lit(factory) == set(LEDS), 0.09)
    assert eventually(lambda: lit(factory) == set())
    assert changes(factory, BUZZER) == 0


def test_button(factory, pins):
    pressed = []
    pins.on_press(lambda: pressed.append(1))
    button = factory.pin(BUTTON)
    for count in (1, 2):
        button.drive_low()
        assert eventually(lambda: len(pressed) == count)
        button.drive_high()
    assert len(pressed) == 2
    assert button.bounce == module.BOUNCE  # lgpio holds it to that


def test_closing_switches_off_and_gives_the_pins_back(factory):
    settings = Settings(leds=LEDS, buzzer=BUZZER, button=BUTTON)
    pins = Pins(settings, NAMES, factory)
    pins.show(answer("spot", ask=True))
    pins.close()
    assert lit(factory) == set() and not factory.pin(BUZZER).state
    pins.close()
    again = Pins(settings, NAMES, MockFactory())
    again.show(answer("bean rust"))
    again.close()


def test_wrong_names_and_taken_pins_are_told(factory):
    with pytest.raises(KitError, match="light for 'rust' in leds, but the pack knows bean rust, "):
        Pins(Settings(leds={"rust": 17}), NAMES, factory)
    with pytest.raises(KitError, match="GPIO 17 cannot be used .*already in use"):
        Pins(Settings(leds={"spot": 17}, buzzer=17), NAMES, factory)
    assert factory.pin(17).function == "input"  # the light was given back
    with pytest.raises(KitError, match="GPIO 40 cannot be used"):
        Pins(Settings(leds={"spot": 40}), NAMES, MockFactory())


def test_errors_of_ours_are_not_taken_for_missing_pins(monkeypatch):
    with pytest.raises(ZeroDivisionError), module._care("GPIO 1"):
        raise ZeroDivisionError
    with pytest.raises(KitError), module._care("GPIO 1"):
        raise GPIOZeroError


def run(python, code, **more):
    return subprocess.run(
        [python, "-c", code],
        env={name: value for name, value in os.environ.items() if name != module.CHIP}
        | {"PYTHONPATH": str(ROOT)} | more.pop("env", {}),
        capture_output=True,
        text=True,
        **more,
    )  # fmt: skip


def test_without_pins_nothing_is_imported():
    ran = run(
        sys.executable,
        "import sys, json\n"
        "from lowres_kit.field.device.pins import Pins\n"
        "from types import SimpleNamespace as S\n"
        "pins = Pins(S(leds={}, buzzer=0, button=0), ['a'])\n"
        "pins.ready(); pins.fault(); pins.on_press(print)\n"
        "pins.show(S(label='a', ask=True)); pins.close()\n"
        "print(json.dumps([n for n in ('gpiozero', 'lgpio', 'numpy') if n in sys.modules]))",
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == []


OPEN = """
import os, sys
from types import SimpleNamespace as S
from lowres_kit.errors import KitError
from lowres_kit.field.device.pins import Pins
try:
    Pins(S(leds={"a": 17}, buzzer=0, button=0), ["a"])
except KitError as error:
    print(error)
print(os.getcwd(), os.listdir("."), "lgpio" in sys.modules)
"""


def test_without_gpiozero_one_sentence(tmp_path):
    (tmp_path / "gpiozero.py").write_text("raise ModuleNotFoundError('no', name='gpiozero')")
    ran = run(sys.executable, "import sys; sys.path.insert(0, '.')\n" + OPEN, cwd=tmp_path)
    assert ran.stdout.startswith("Lights, buzzer and button need gpiozero, which is not here;")
    assert ran.stderr == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="lgpio runs on Linux alone")
@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="there are pins here")
@pytest.mark.parametrize(
    ("chip", "told"),
    [
        ("", "unable to locate Pi revision"),
        ("/dev/gpiochip7", "can not open gpiochip"),
        ("7", "can not open gpiochip"),
        ("gpiochip7", "LOWRES_GPIO_CHIP is 'gpiochip7'; name a chip, such as /dev/gpiochip1."),
    ],
)
def test_where_there_are_no_pins_one_sentence(tmp_path, chip, told):
    """With the real lgpio, in a folder that it would write to and stay in."""
    ran = run(environment(LIBRARIES), OPEN, cwd=tmp_path, env={module.CHIP: chip})
    sentence, place = ran.stdout.splitlines()
    assert told in sentence and ran.stderr == ""
    assert place == f"{tmp_path} [] True"
