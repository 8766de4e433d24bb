"""`lowres measure`: files and folders, and which output means which class."""

import json

import numpy as np
import pytest
import torch
from foreign_networks import brightest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from test_measure import SIDE, Brightest

from lowres_kit.cli import main
from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier
from lowres_kit.learn.backbone import EfficientNetLite0
from lowres_kit.runtime import TfliteModel
from lowres_kit.scope.budget import Budget
from lowres_kit.shrink import to_tflite
from lowres_kit.shrink.measure.file_report import as_meant

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


def test_an_empty_list_of_names_is_no_list(model, folder, capsys):
    model.with_name("labels.txt").write_text("\n", encoding="utf-8")
    code, _, said = lowres(capsys, model, folder)
    assert code == 2 and "labels.txt" in said and "it is empty" in said


def test_a_model_that_answers_no_number_has_no_accuracy(model, folder, capsys):
    four, no_number = np.float32([4, np.nan]).astype("<f4")
    content = model.read_bytes()
    assert four.tobytes() in content  # a weight of Brightest
    model.write_bytes(content.replace(four.tobytes(), no_number.tobytes()))
    code, _, said = lowres(capsys, model, folder)
    assert code == 2 and "with no number (NaN): it is broken" in said


def test_without_names_the_folders_order_counts_and_is_told(model, folder, capsys):
    code, out, _ = lowres(capsys, model, folder)
    assert code == 0
    assert "its outputs are taken to mean blue, green, red." in out
    assert "33.3 %" in out  # only green stands where it should


def test_photos_of_some_classes_only(model, folder, tmp_path, capsys):
    model.with_name("labels.txt").write_text("red\ngreen\nblue\n", encoding="utf-8")
    two = two_of(folder, tmp_path / "two")
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


@pytest.mark.parametrize(
    "lines",
    [
        "0 red\n1 green\n2 blue",  # as Teachable Machine writes it
        "0: red\n1: green\n2: blue",
        "1\tred\n2\tgreen\n3\tblue",
        "2) blue\n0) red\n1) green",
        "red,0\ngreen,1\nblue,2",
        'label;output\n"red";0\n"green";1\n"blue";2',
        "Red\nGREEN\n_blue_",
        "0 Red\n1 Green\n2 Blue",
    ],
)
def test_lists_with_numbers_and_other_capitals_are_understood(model, folder, lines, capsys):
    model.with_name("labels.txt").write_text(lines + "\n", encoding="utf-8")
    code, out, _ = lowres(capsys, model, folder)
    assert code == 0 and "100.0 %" in out
    assert "labels.txt: its lines were read as red, green, blue." in out


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("0 red\n1 green\n7 blue", "does not know the class 'blue'; it knows 0 red, 1 green, 7"),
        ("0 red\n0 green\n1 blue", "does not know the class 'blue'"),
        ("red\nblue\ngreen\nred", "names 'red' for 2 outputs"),
    ],
)
def test_lists_of_which_the_meaning_is_not_clear(model, folder, lines, told, capsys):
    model.with_name("labels.txt").write_text(lines + "\n", encoding="utf-8")
    code, _, error = lowres(capsys, model, folder)
    assert code == 2 and told in error and len(error.splitlines()) == 1


def test_folders_that_are_called_with_numbers_stay_as_they_are():
    assert as_meant(("1 a", "0 b"), ("0 b", "1 a")) == ("1 a", "0 b")
    assert as_meant(("farm 2", "farm 1"), ("farm 1", "farm 2")) == ("farm 2", "farm 1")


names = st.text(st.characters(categories=("Ll", "Lo")), min_size=1, max_size=8)


FORMS = ("{0} {1}", "{0}: {1}", "{0}\t{1}", "{0} - {1}", "{1},{0}", "{1} {0}")


@given(
    st.lists(names, min_size=2, max_size=9, unique=True),
    st.integers(0, 1),
    st.randoms(),
    st.sampled_from(FORMS),
)
@settings(max_examples=60, deadline=None)
def test_numbers_from_0_or_1_in_any_order(classes, first, chance, form):
    lines = [form.format(number, name) for number, name in enumerate(classes, first)]
    chance.shuffle(lines)
    assert as_meant(tuple(lines), tuple(sorted(classes))) == tuple(classes)


def two_of(folder, place):
    """Copy the folders green and red."""
    for colour in ("green", "red"):
        (place / colour).mkdir(parents=True)
        for photo in (folder / colour).iterdir():
            (place / colour / photo.name).write_bytes(photo.read_bytes())
    return place


@pytest.mark.parametrize(("end", "told"), [("LOGISTIC", "the probability"), (None, "the log odds")])
def test_one_output_tells_two_classes_apart(model, folder, tmp_path, end, told, capsys):
    model.write_bytes(brightest([[4, -4, 0]], (1, SIDE, SIDE, 3), end))  # red, and not green
    two = two_of(folder, tmp_path / "two")
    code, out, _ = lowres(capsys, model, two)
    assert code == 0 and "100.0 %" in out
    assert f"its one output is taken for {told} of the second class, red." in out
    model.with_name("labels.txt").write_text("red\ngreen\n", encoding="utf-8")
    found = json.loads(lowres(capsys, model, two, "--json")[1])
    assert found["accuracy"] == 0 and found["log_loss"] > 1
    model.with_name("labels.txt").unlink()
    code, _, error = lowres(capsys, model, folder)
    assert code == 2 and "one output, which tells two classes apart, but there are 3" in error


def test_outputs_that_are_probabilities_by_themselves(model, folder, capsys):
    model.with_name("labels.txt").write_text("\n".join(COLOURS), encoding="utf-8")
    model.write_bytes(brightest(9 * np.eye(3) - 3, (1, SIDE, SIDE, 3), "LOGISTIC"))
    code, out, _ = lowres(capsys, model, folder)
    assert code == 0 and "100.0 %" in out and "divided by their sum" in out


@pytest.mark.parametrize("pixels", ["-1..1", "0..255"])
def test_channels_first(model, folder, pixels, capsys):
    model.write_bytes(brightest(4 * np.eye(3), (1, 3, SIDE, SIDE), "SOFTMAX"))
    model.with_name("labels.txt").write_text("\n".join(COLOURS), encoding="utf-8")
    code, out, _ = lowres(capsys, model, folder, f"--pixels={pixels}")
    assert code == 0 and "100.0 %" in out
    with pytest.raises(KitError, match="channels first; convert it so that they come last"):
        TfliteModel(model).scores(
            np.zeros((1, SIDE, SIDE, 3), np.uint8)
        )  # a device takes pictures in one way alone


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((1, 12, SIDE, 3), "pictures that are 16 wide and 12 high"),
        ((1, SIDE, SIDE, 1), "grey pictures"),
        ((1, SIDE, SIDE, 4), "pictures of 4 channels"),
        ((1, 3, 12, SIDE), "channels first"),
        ((1, 1, 1, 3), "pictures of any size"),
        ((4, SIDE, SIDE, 3), "4 pictures at once"),
    ],
)
def test_inputs_that_are_no_square_colour_picture(model, folder, shape, told, capsys):
    channels = shape[1] if shape[1] == 3 else shape[3]
    model.write_bytes(brightest(np.ones((3, channels)), shape, "SOFTMAX"))
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
