"""The answer on the pins: a light for each class, a buzzer when a person is asked, a button.

gpiozero moves the pins, and lgpio below it, both only if a pin is set: a station without lights
needs neither.
"""

import contextlib
import os
import tempfile

from ...errors import KitError

ASK = "ask a person"  # the light that stands for no class
BOUNCE = 0.05  # seconds for which a button's contact must be still
TEST = 0.7  # seconds that all lights are on at the start
BLINK = 0.25  # seconds on, and off, after a fault
# Of a Pi 3 Model B, for boards that gpiozero does not know: its header has the same GPIO numbers
# as all later ones.
REVISION = 0xA02082
CHIP = "LOWRES_GPIO_CHIP"


class Pins:
    """Lights, buzzer and button of a station; does nothing where none is set.

    Nothing here waits: what takes time, such as blinking, goes on in the background.

    Parameters
    ----------
    settings : Settings
        Its `leds`, `buzzer` and `button` are GPIO numbers.
    class_names : sequence of str
        The classes of the pack.
    factory : gpiozero.Factory, optional
        What moves the pins; those of this board, if not given. The environment variable
        ``LOWRES_GPIO_CHIP`` names another chip of the kernel's, by its number or as
        ``/dev/gpiochip1``: for boards that gpiozero does not know, and for simulated pins.

    Raises
    ------
    KitError
        If a light is for a class that the pack does not have, gpiozero is not installed, or there
        are no pins here.
    """

    def __init__(self, settings, class_names, factory=None):
        unknown = [name for name in settings.leds if name not in (*class_names, ASK)]
        if unknown:
            raise KitError(
                f"There is a light for {unknown[0]!r} in leds, but the pack knows "
                f"{', '.join(class_names)} and {ASK!r} alone; write one of these."
            )
        self._lights, self._buzzer, self._button, self._factory = {}, None, None, None
        self._faulty = False
        if settings.leds or settings.buzzer or settings.button:
            self._factory = factory or _board()
            try:
                self._open(settings)
            except BaseException:
                self.close()
                raise

    def _open(self, settings):
        from gpiozero import LED, Button, Buzzer

        for name, pin in settings.leds.items():
            self._lights[name] = self._device(LED, pin)
        if settings.buzzer:
            self._buzzer = self._device(Buzzer, settings.buzzer)
        if settings.button:
            # Between the pin and ground: the board's own resistor holds it up until it is pressed.
            self._button = self._device(Button, settings.button, bounce_time=BOUNCE)

    def _device(self, kind, pin, **options):
        with _care(f"GPIO {pin}"):
            return kind(pin, pin_factory=self._factory, **options)

    def on_press(self, callback):
        """Call a function, without arguments and in another thread, whenever the button is pressed.

        Parameters
        ----------
        callback : callable
            It should return at once.
        """
        if self._button:
            self._button.when_pressed = callback

    def show(self, answer):
        """Show an answer: one light; a person is called by the buzzer too.

        Parameters
        ----------
        answer : Answer
            If `ask` is set, only the light "ask a person" is lit: nobody shall rely on it.
        """
        self._faulty = False
        chosen = ASK if answer.ask else answer.label
        for name, light in self._lights.items():
            if name != chosen:
                light.off()
        if chosen in self._lights:
            self._lights[chosen].on()
        if self._buzzer:
            self._buzzer.off()
            if answer.ask:
                self._buzzer.beep(on_time=0.15, off_time=0.1, n=2, background=True)

    def fault(self):
        """Let all lights blink together, until something is shown: the station cannot work."""
        if not self._faulty:
            for light in self._lights.values():
                light.blink(on_time=BLINK, off_time=BLINK, background=True)
        self._faulty = True

    def ready(self):
        """Switch all lights on for a moment: they work, and so does the station."""
        self._faulty = False
        for light in self._lights.values():
            light.blink(on_time=TEST, off_time=0, n=1, background=True)

    def close(self):
        """Switch all off, and give the pins back."""
        for device in (self._button, self._buzzer, *self._lights.values()):
            if device:
                device.close()
        self._lights, self._buzzer, self._button = {}, None, None
        if self._factory:
            self._factory.close()
            self._factory = None


def _board():
    """Open the pins of this board."""
    try:
        with _room_for_lgpio():
            from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise KitError(
            f"Lights, buzzer and button need {error.name}, which is not here; install it with "
            "`pip install gpiozero lgpio`, or take leds, buzzer and button out of the settings."
        ) from None

    class OtherBoard(LGPIOFactory):
        """For boards that gpiozero does not know, and for simulated pins."""

        def _get_revision(self):
            return REVISION

    named = os.environ.get(CHIP, "")
    number = named.removeprefix("/dev/gpiochip")
    if named and not (number.isascii() and number.isdigit()):
        raise KitError(f"{CHIP} is {named!r}; name a chip, such as /dev/gpiochip1.")
    with _care("The chip of the pins"):
        return OtherBoard(chip=int(number)) if named else LGPIOFactory()


@contextlib.contextmanager
def _room_for_lgpio():
    """Give lgpio a folder to write to while it is imported.

    It makes a pipe in the working folder, which may be read-only, and stays in that folder.
    """
    with contextlib.ExitStack() as stack:
        place = "/dev/shm" if os.path.isdir("/dev/shm") else None  # in memory: always writable
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=place))
        stack.enter_context(contextlib.chdir(folder))
        yield


@contextlib.contextmanager
def _care(what):
    """Tell in one sentence what gpiozero and lgpio raise where there are no pins."""
    try:
        yield
    except Exception as error:  # lgpio's own class is a plain Exception
        from gpiozero import GPIOZeroError

        if not isinstance(error, (GPIOZeroError, OSError)) and type(error).__module__ != "lgpio":
            raise
        raise KitError(
            f"{what} cannot be used ({error}). Is this a Raspberry Pi, is your user in the group "
            f"gpio, and does no other program use it? On another board name its chip in {CHIP}."
        ) from None
