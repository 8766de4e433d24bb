"""What lights, buzzer and button really do, seen from outside of the program that moves the pins.

A program that asks its own pins learns what it told them, not what the wire carries. So lab 4 asks
somebody else: on a board a person who looks, on an emulated one the far end of the kernel's
simulated lines (https://docs.kernel.org/admin-guide/gpio/gpio-sim.html).
"""

import time
from pathlib import Path

from lowres_kit.errors import KitError

SIMULATED = "sys/devices/platform/gpio-sim.*/gpiochip*"


class SimulatedSide:
    """The far end of simulated lines; `Person` has the same methods.

    Parameters
    ----------
    lights : list of int
        Lines at which the lights hang, by their GPIO numbers.
    button, buzzer : int
        Lines of the other two.
    root : str or pathlib.Path
        Where the kernel's files begin.

    Raises
    ------
    KitError
        If the kernel has no simulated lines.
    """

    def __init__(self, lights, button, buzzer, root="/"):
        found = sorted(Path(root).glob(SIMULATED))
        if not found:
            raise KitError("There are no simulated pins here (kernel module gpio-sim); on a real "
                           "board, leave the parameter emulated at False.")  # fmt: skip
        self._lights, self._button, self._buzzer = lights, button, buzzer
        self._folder = found[0]
        self.chip = f"/dev/{found[0].name}"

    def lights_on(self):
        """Numbers from 1 of the lights that are on, a list of int."""
        return [i for i, line in enumerate(self._lights, 1) if self._value(line)]

    def blinking(self, seconds=1.5):
        """Numbers of the lights that went on and off again within some seconds."""
        on, off, end = set(), set(), time.monotonic() + seconds
        while time.monotonic() < end:
            for i, line in enumerate(self._lights, 1):
                (on if self._value(line) else off).add(i)
            time.sleep(0.005)
        return sorted(on & off)

    def beeps(self, seconds=1.2):
        """How often the buzzer went on within some seconds, from now."""
        count, before, end = 0, False, time.monotonic() + seconds
        while time.monotonic() < end:
            now = self._value(self._buzzer)
            count += now and not before
            before = now
            time.sleep(0.002)
        return count

    def press(self):
        """Press the button: it joins its line to ground."""
        self._write(self._button, "pull-down")

    def release(self):
        """Let the button go."""
        self._write(self._button, "pull-up")

    def _file(self, line, name):
        path = self._folder / f"sim_gpio{line}" / name
        if not path.exists():
            raise KitError(f"The simulated chip {self.chip} has no line {line}.")
        return path

    def _value(self, line):
        return self._file(line, "value").read_text().strip() == "1"

    def _write(self, line, pull):
        try:
            self._file(line, "pull").write_text(pull)
        except OSError as error:
            raise KitError(
                f"The simulated button at line {line} cannot be pressed ({error.strerror}); only "
                "root may do that."
            ) from None


class Person:
    """A person in front of the board, who is asked; see `SimulatedSide`."""

    chip = ""

    def lights_on(self):
        """Ask which lights are on."""
        return _numbers("Which lights are on now? Write their numbers, or 0 for none: ")

    def blinking(self, seconds=1.5):
        """Ask which lights blink."""
        return _numbers("Which lights blink? Write their numbers, or 0 for none: ")

    def beeps(self, seconds=1.2):
        """Ask how often it beeped."""
        return sum(_numbers("How many short beeps did you hear? Write a number: "))

    def press(self):
        """Ask for the button."""
        print("Press the button now, once.")

    def release(self):
        """Ask for nothing: the finger goes by itself."""
        print("Do not touch the button.")


def _numbers(question):
    """Ask a question until the answer is made of numbers; 0 is left out."""
    while True:
        try:
            words = input(question).replace(",", " ").split()
        except (EOFError, RuntimeError):  # the second where a notebook runs with nobody before it
            raise KitError(
                "Here you are asked what you see; run this lab by hand, in JupyterLab."
            ) from None
        if words and all(word.isascii() and word.isdigit() for word in words):
            return sorted({int(word) for word in words} - {0})
        print("Write numbers, such as 1 or 1 3.")
