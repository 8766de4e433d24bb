"""Settings: what is read, and that each slip of the pen is told with its key."""

from pathlib import Path

import pytest

from lowres_kit.errors import KitError
from lowres_kit.field.settings import Settings

EXAMPLE = """
name = "shed-2"
pack = "packs/beans.zip"
place = "/var/lib/lowres"
source = "camera"
every = 30
button = 17
leds = { healthy = 22, "bean rust" = 23, "ask a person" = 24 }
buzzer = 25
collector = "http://192.168.4.1:8090"
"""


def written(tmp_path, text):
    path = tmp_path / "station.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read_and_paths_begin_at_its_folder(tmp_path, monkeypatch):
    path = written(tmp_path, EXAMPLE)
    monkeypatch.chdir("/")
    settings = Settings.load(path)
    assert settings.pack == tmp_path / "packs" / "beans.zip"
    assert settings.place == Path("/var/lib/lowres") and settings.camera == "/dev/video0"
    assert settings.every == 30 and settings.leds["bean rust"] == 23
    assert settings.folder == tmp_path / "incoming"  # a default is relative to the file, too


def test_an_empty_file_will_do(tmp_path):
    settings = Settings.load(written(tmp_path, "\ufeff"))  # with the mark of Windows' Notepad
    assert settings.page_host == "127.0.0.1" and settings.usb == "" and settings.leds == {}


def test_the_settings_on_the_card_are_taken():
    """A station that refuses them starts again and again on every board, without a word."""
    card = Path(__file__).resolve().parents[2] / "hardware/image/tree/etc/lowres/station.toml"
    assert Settings.load(card).folder == Path("/var/lib/lowres/incoming")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("evry = 5", "'evry', which no station knows. Did you mean 'every'?"),
        ('every = "5"', "'every' must be a number"),
        ("every = true", "'every' must be a number"),
        ("every = nan", "'every' must be a number"),
        ("every = -1", "'every' lies between 0 and 86400"),
        ("every = 0", "no 'button'"),
        ("name = 5", "'name' must be a text"),
        ('name = "../x"', "'name' may hold"),
        ('name = ""', "'name' may hold"),
        ('pack = "a\\u0000b"', "'pack' holds a letter that no name can have"),
        ('usb = "\\u0000"', "'usb' holds a letter that no name can have"),
        ('folder = "station"', "'folder' lies where the station keeps its own photos"),
        ('folder = "station/photos"', "'folder' lies where the station keeps its own photos"),
        ('folder = "station/photos/2026"', "'folder' lies where the station keeps its own photos"),
        ('folder = ""', "'folder' holds the station's own files"),
        ('source = "video"', 'it must be "camera" or "folder"'),
        ("pack = 1", "'pack' must be a text"),
        ("button = 1.5", "'button' must be a whole number"),
        ("button = 99", "'button' is 99; a GPIO number lies between 2 and 27"),
        ("buzzer = -3", "'buzzer' is -3"),
        ("button = 17\nbuzzer = 17", "'buzzer' and 'button' are both GPIO 17"),
        ("leds = { a = 5, b = 5 }", "'leds.b' and 'leds.a' are both GPIO 5"),
        ("leds = { a = 0 }", "'leds.a' is 0"),
        ('leds = { a = "5" }', "'leds' must give names their GPIO numbers"),
        ("leds = 5", "'leds' must give names their GPIO numbers"),
        ("page_port = 0", "'page_port' must be 1 or more"),
        ("page_port = 70000", "'page_port' must be 65535 or less"),
        ("threads = 0", "'threads' must be 1 or more"),
        ("photo_megabytes = -1", "'photo_megabytes' must be 0 or more"),
        ('collector = "laptop:8090"', "'collector' must be an address"),
        ("every = ", "not written as TOML"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path, line, told):
    with pytest.raises(KitError) as error:
        Settings.load(written(tmp_path, line))
    assert told in str(error.value) and "station.toml" in str(error.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(KitError, match="There is no file"):
        Settings.load(tmp_path / "none.toml")
    (tmp_path / "station.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KitError, match="UTF-8"):
        Settings.load(tmp_path / "station.toml")
