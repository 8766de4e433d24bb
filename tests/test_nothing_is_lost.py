"""No output takes the place of a file of another kind, and an empty word is no place at all."""

import subprocess
import sys

import pytest
from small_network import NAMES, SIZE, network, pictures

from lowres_kit import cli, field_cli
from lowres_kit.desk import make_pack
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_int8, to_tflite


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with photos, a pack, and a station that has run."""
    from PIL import Image

    place, photos = tmp_path_factory.mktemp("kept"), pictures()
    model = to_int8(to_tflite(network(), SIZE), photos)
    labels = TfliteModel(model).probabilities(photos).argmax(1)
    make_pack(place / "pack.zip", "beans", model, NAMES, photos, labels, 0.05, say=lambda _: None)
    for name in ("photos/one", "photos/two", "incoming"):
        (place / name).mkdir(parents=True)
    for i, pixels in enumerate(photos[:12]):
        Image.fromarray(pixels).save(place / "photos" / ("one", "two")[i % 2] / f"{i}.png")
    Image.fromarray(photos[0]).save(place / "incoming" / "a.png")
    (place / "station.toml").write_text("every = 0.1\n", encoding="utf-8")
    assert field_cli.main(["run", str(place / "station.toml"), "--once", "1"]) == 0
    return place


@pytest.mark.parametrize(
    ("door", "words", "kept"),
    [
        (field_cli, ("export", "station.toml", "--out", "station/records.db"), "station/records.db"),
        (field_cli, ("export", "station.toml", "--out", "station.toml"), "station.toml"),
        (field_cli, ("answers", "pack.zip", "photos", "--out", "pack.zip"), "pack.zip"),
        (field_cli, ("answers", "pack.zip", "photos", "--out", "a.json", "--prepared", "pack.zip"),
         "pack.zip"),
        (cli, ("audit", "photos", "--html", "photos/one/0.png"), "photos/one/0.png"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_not_replaced(place, door, words, kept, monkeypatch, capsys):
    monkeypatch.chdir(place)
    before = (place / kept).read_bytes()
    assert door.main(list(words)) == 2
    assert "no ." in (said := capsys.readouterr().err) and "nothing is lost" in said
    assert (place / kept).read_bytes() == before


@pytest.mark.parametrize(
    ("door", "words"),
    [
        (cli, ["data", "check", ""]),
        (cli, ["train", "photos", "--out="]),
        (cli, ["audit", "photos", "--seed=--"]),
        (field_cli, ["collect", "--folder", "x", "--host", ""]),
        (field_cli, ["run", "station.toml", "--once=--"]),
    ],
)
def test_an_empty_word_is_refused(door, words, capsys):
    assert door.main(words) == 2
    assert "empty text" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="the shell of Linux and macOS closes them so")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-"])
def test_a_closed_screen_stops_nothing(place, closed):
    words = f'"{sys.executable}" -m lowres_kit.cli audit photos --html report.html {closed}'
    (place / "report.html").unlink(missing_ok=True)
    ran = subprocess.run(["sh", "-c", words], cwd=place, capture_output=True, text=True)
    assert ran.returncode == 0 and "Traceback" not in ran.stderr
    assert (place / "report.html").exists()
