"""`lowres measure`: files and folders, and which output means which class."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from test_measure import SIDE, Brightest

from lowres_kit.cli import main
from lowres_kit.learn import Classifier
from lowres_kit.learn.backbone import EfficientNetLite0
from lowres_kit.scope.budget import Budget
from lowres_kit.shrink import to_tflite

COLOURS = ("red", "green", "blue")  # the order of the outputs of `Brightest`


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photos in three colours, as folders of classes; sorted by name the order is another."""
    place, chance = tmp_path_factory.mktemp("colours"), np.random.default_rng(0)
    for output, colour in enumerate(COLOURS):
        (place / colour).mkdir()
        for number in range(4):
            pixels = chance.integers(0, 100, (SIDE, SIDE, 3), dtype=np.uint8)
            pixels[..., output] += 140
            Image.fromarray(pixels).save(place / colour / f"{number}.png")
    return place


@pytest.fixture
def model(tmp_path):
    """A file alone in a folder."""
    path = tmp_path / "model.tflite"
    path.write_bytes(to_tflite(Brightest().eval(), SIDE))
    return path


def lowres(capsys, *words):
    """Exit code, standard output and standard error of a command."""
    code = main(["measure", *map(str, words), "--runs", "1"])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("beside", ["labels.txt", "classifier.json"])
def test_names_beside_the_file_say_what_the_outputs_mean(model, folder, beside, capsys):
    names = "\n".join(COLOURS) if beside == "labels.txt" else json.dumps({"class_names": COLOURS})
    model.with_name(beside).write_text(names + "\n", encoding="utf-8")
    code, out, _ = lowres(capsys, model, folder, "--json")
    found = json.loads(out)
    assert (code, found["accuracy"], found["tested"]) == (0, 1.0, 12)
    assert Budget("accuracy", 0.9, size_kb=100, latency_ms=1e4, memory_mb=100).compare(found).passed


def test_without_names_the_folders_order_counts_and_is_told(model, folder, capsys):
    code, out, _ = lowres(capsys, model, folder)
    assert code == 0
    assert "its outputs are taken to mean blue, green, red." in out
    assert "33.3 %" in out  # only green stands where it should


def test_photos_of_some_classes_only(model, folder, tmp_path, capsys):
    model.with_name("labels.txt").write_text("red\ngreen\nblue\n", encoding="utf-8")
    two = tmp_path / "two"
    for colour in ("green", "red"):
        (two / colour).mkdir(parents=True)
        for photo in (folder / colour).iterdir():
            (two / colour / photo.name).write_bytes(photo.read_bytes())
    _, out, _ = lowres(capsys, model, two)
    assert "Of the classes in labels.txt, no photo shows blue." in out and "100.0 %" in out


@pytest.mark.parametrize(
    "names, told",
    [
        ("red\ngreen\nyellow\n", "does not know the class 'blue'; it knows red, green, yellow"),
        ("red\ngreen\nblue\nwhite\n", "has 3 outputs, but there are 4 classes"),
    ],
)
def test_names_that_do_not_fit(model, folder, names, told, capsys):
    model.with_name("labels.txt").write_text(names, encoding="utf-8")
    code, _, error = lowres(capsys, model, folder)
    assert code == 2 and told in error and len(error.splitlines()) == 1


def test_a_damaged_list_of_names(model, folder, capsys):
    model.with_name("classifier.json").write_text("{", encoding="utf-8")
    code, _, error = lowres(capsys, model, folder)
    assert code == 2 and "should name the model's classes but cannot be read" in error


@pytest.mark.parametrize("what", ["missing.tflite", "photo.tflite"])
def test_what_is_no_model(tmp_path, folder, what, capsys):
    (tmp_path / "photo.tflite").write_bytes((folder / "red" / "0.png").read_bytes())
    for words in ([], [folder]):
        code, _, error = lowres(capsys, tmp_path / what, *words)
        assert code == 2 and what in error and len(error.splitlines()) == 1


def test_a_folder_that_lowres_train_wrote(folder, tmp_path, capsys):
    torch.manual_seed(0)
    names = ("blue", "green", "red")
    Classifier(EfficientNetLite0(3, "24").eval(), names, 32).save(tmp_path / "trained")
    found = json.loads(lowres(capsys, tmp_path / "trained", folder, "--json")[1])
    assert found["name"] == "trained" and found["tested"] == 12 and found["parameters"] > 10_000
    code, _, error = lowres(capsys, folder)
    assert code == 2 and "no trained classifier" in error
