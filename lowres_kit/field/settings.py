"""What a station is told in `station.toml`: one flat file that a person reads and edits."""

import math
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path

from ..errors import KitError
from ..places import expanded
from ..scope.fields import did_you_mean

SOURCES = ("camera", "folder")
PINS = range(2, 28)  # GPIO numbers on the header; 0 and 1 belong to add-on boards
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
LEAST = {"page_port": 1, "photo_megabytes": 0, "free_megabytes": 0, "threads": 1}
MOST = {"page_port": 65_535, "photo_megabytes": 10**9, "free_megabytes": 10**9, "threads": 64}


@dataclass(frozen=True)
class Settings:
    """The settings of a station; each has a default, so an empty file will do.

    Attributes
    ----------
    name : str
        Of the station: letters, digits and "-", for it goes into file names.
    pack : pathlib.Path
        The field pack.
    place : pathlib.Path
        Folder of the station's own files: records.db, photos/, the password.
    source : str
        "camera" or "folder".
    camera : str
        The camera's device.
    folder : pathlib.Path
        Where new pictures appear; each is taken in once, and none is changed or deleted.
    every : float
        Seconds between pictures of the camera, or between looks into the folder; 0 to wait for
        the button.
    button : int
        GPIO number of a button that takes a picture; 0 for none.
    leds : dict of str to int
        GPIO number of the LED of a class, or of "ask a person".
    buzzer : int
        GPIO number of a buzzer that sounds when a person is asked; 0 for none.
    page_host, page_port : str, int
        Where the status page is served.
    photo_megabytes : int
        What kept photos may take of the disk.
    free_megabytes : int
        What photos must leave free on the disk.
    usb : str
        Folder under which sticks are mounted, to hand records over to them; "" for none.
    collector : str
        Address of the collector to hand records over to; "" for none.
    threads : int
        How many threads may compute.
    """

    name: str = "station"
    pack: Path = Path("pack.zip")
    place: Path = Path("station")
    source: str = "folder"
    camera: str = "/dev/video0"
    folder: Path = Path("incoming")
    every: float = 10.0
    button: int = 0
    leds: dict = field(default_factory=dict)
    buzzer: int = 0
    page_host: str = "127.0.0.1"
    page_port: int = 8080
    photo_megabytes: int = 500
    free_megabytes: int = 200
    usb: str = ""
    collector: str = ""
    threads: int = 1

    @classmethod
    def load(cls, path):
        """Read a file of settings.

        Parameters
        ----------
        path : str or pathlib.Path
            The TOML file. Relative paths in it begin at its folder.

        Returns
        -------
        Settings

        Raises
        ------
        KitError
            If it cannot be read, or a key or a value makes no sense; the sentence names it.
        """
        path = Path(path)
        values = _read(path)
        known = {one.name: one for one in fields(cls)}
        for key, value in values.items():
            if key not in known:
                near = did_you_mean(key, known)
                raise KitError(f"{path.name} has a line {key!r}, which no station knows.{near}")
            wrong = _wrong_kind(known[key].type, value)
            if wrong:
                raise KitError(f"{path.name}: {key!r} {wrong}")
            if known[key].type is Path:
                values[key] = path.absolute().parent / expanded(value)
        for key, one in known.items():  # the defaults are relative to the file as well
            if one.type is Path and key not in values:
                values[key] = path.absolute().parent / one.default
        settings = cls(**values)
        wrong = _wrong_value(settings)
        if wrong:
            raise KitError(f"{path.name}: {wrong}")
        return settings


def _read(path):
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise KitError(
            f'There is no file {path}; write one with the line pack = "pack.zip".'
        ) from None
    except OSError as error:
        raise KitError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise KitError(f"{path.name} is no text in UTF-8; save it again as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise KitError(f"{path.name} is not written as TOML: {error}.") from None


def _wrong_kind(kind, value):
    """Say what is wrong with the kind of a value; None if nothing is."""
    if kind in (str, Path):
        if isinstance(value, str) and "\0" in value:
            return "holds a letter that no name can have; write it again."
        return None if isinstance(value, str) else 'must be a text in "quotes".'
    if kind is dict:
        good = isinstance(value, dict) and all(type(one) is int for one in value.values())
        return None if good else "must give names their GPIO numbers: { healthy = 17 }."
    if kind is float:
        good = type(value) in (int, float) and -math.inf < value < math.inf
        return None if good else "must be a number without quotes, such as 10 or 0.5."
    return None if type(value) is int else "must be a whole number without quotes, such as 8."


def _wrong_value(settings):
    """Say which value makes no sense; None if all do."""
    if not NAME.fullmatch(settings.name):
        return "'name' may hold up to 32 letters a to z, digits and '-', and no other."
    if settings.source not in SOURCES:
        return f'\'source\' is {settings.source!r}; it must be "camera" or "folder".'
    if not 0 <= settings.every <= 86_400:
        return "'every' lies between 0 and 86400 seconds, a day."
    if settings.every == 0 and settings.button == 0:
        return "'every' is 0 and there is no 'button': nothing would ever take a picture."
    for key, least in LEAST.items():
        if getattr(settings, key) < least:
            return f"{key!r} must be {least} or more."
    for key, most in MOST.items():
        if getattr(settings, key) > most:
            return f"{key!r} must be {most} or less."
    if settings.collector and not re.match(r"https?://[^/]", settings.collector):
        return "'collector' must be an address such as http://192.168.4.1:8090"
    place, folder = settings.place.resolve(), settings.folder.resolve()
    # Other folders in its place are free: the card's own settings have `incoming` there.
    kept = place / "photos"
    if settings.source == "folder" and (folder in (place, kept) or kept in folder.parents):
        return "'folder' lies where the station keeps its own photos; name another."
    if settings.source == "folder" and folder in (settings.pack.resolve().parent, *place.parents):
        return "'folder' holds the station's own files; name one for the pictures alone."
    return _wrong_pins(settings)


def _wrong_pins(settings):
    used = [("button", settings.button), ("buzzer", settings.buzzer)]
    used = [(name, pin) for name, pin in used if pin != 0]
    used += [(f"leds.{name}", pin) for name, pin in settings.leds.items()]
    owner = {}
    for name, pin in used:
        if pin not in PINS:
            return f"{name!r} is {pin}; a GPIO number lies between {PINS[0]} and {PINS[-1]}."
        if pin in owner:
            return f"{name!r} and {owner[pin]!r} are both GPIO {pin}; give each its own."
        owner[pin] = name
    return None
