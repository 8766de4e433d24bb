"""Measuring: counts against sums by hand, accuracy against truth, and files of all kinds."""

import math
import re
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_networks import NETWORKS
from tflite_edit import (
    edited,
    with_any_batch,
    with_custom_operator,
    with_second_input,
    with_second_output,
    with_uint8_input,
    with_version,
)
from torch import nn

from lowres_kit.errors import KitError
from lowres_kit.learn.backbone import EfficientNetLite0
from lowres_kit.learn.evaluation import expected_calibration_error
from lowres_kit.runtime.subprocess_memory import run_alone
from lowres_kit.scope.budget import Budget
from lowres_kit.shrink import measure, table, to_int8, to_tflite
from lowres_kit.shrink.measure.operations import count_tflite, count_torch
from lowres_kit.shrink.quantize.int8 import activation_ranges, with_ranges

SIDE = 16


class Brightest(nn.Module):
    """Answers with the brightest of the three colours, so that right answers are known."""

    def __init__(self, softmax=False):
        super().__init__()
        layers = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3)]
        self.layers = nn.Sequential(*layers, *[nn.Softmax(1)] * softmax)
        with torch.no_grad():
            self.layers[2].weight.copy_(4 * torch.eye(3))
            self.layers[2].bias.zero_()

    def forward(self, x):
        return self.layers(x)


@pytest.fixture(scope="module")
def photos():
    """60 photos in one of three colours, and the colour."""
    chance = np.random.default_rng(0)
    labels = np.arange(60) % 3
    pixels = chance.integers(0, 100, (60, SIDE, SIDE, 3), dtype=np.uint8)
    pixels[np.arange(60), :, :, labels] += 140
    return pixels, labels


def made(name):
    """One of the reference networks: torch, float and int8, and its multiply-adds."""
    network, shape, expected = NETWORKS[name]
    torch.manual_seed(0)
    model = network().eval()
    single = to_tflite(model, shape=shape)
    order = shape if len(shape) == 1 else (*shape[1:], shape[0])
    inputs = np.random.default_rng(0).uniform(-1, 1, (3, *order)).astype(np.float32)
    return model, shape, single, with_ranges(single, activation_ranges(single, inputs)), expected


@pytest.mark.parametrize("name", NETWORKS)
def test_counts_of_the_reference_networks(name):
    model, shape, single, whole, expected = made(name)
    counts = [count_tflite(single), count_tflite(whole), count_torch(model, torch.zeros(1, *shape))]
    assert [one.multiply_adds for one in counts] == [expected] * 3
    weights = [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    # Folded, each layer has a bias, and there is no BatchNorm any more.
    folded = sum(m.weight.numel() + len(m.weight) for m in weights)
    assert [one.parameters for one in counts[:2]] == [folded] * 2
    has_softmax = name in ("keyword spotting", "visual wake words")
    assert [one.softmax for one in counts] == [has_softmax] * 3


@pytest.mark.parametrize("name", NETWORKS)
def test_without_photos_all_but_accuracy_is_measured(name):
    *_, whole, expected = made(name)
    found = measure(whole, runs=3, name=name)
    assert found.size_kb == len(whole) / 1000
    assert found.compressed_kb == len(zlib.compress(whole, 9)) / 1000
    assert found.multiply_adds == expected
    assert (found.accuracy, found.calibration_error, found.log_loss) == (None, None, None)
    assert 0 < found.memory_mb < found.process_mb
    assert found.latency_quartiles_ms[0] <= found.latency_ms <= found.latency_quartiles_ms[1]


@pytest.mark.parametrize("change", [with_any_batch, with_second_output, with_second_input])
def test_other_makers_files_run_with_made_up_inputs(change):
    *_, single, _, expected = made("image classification")
    assert measure(edited(single, change), runs=2).multiply_adds == expected


@pytest.mark.parametrize("kind", ["float", "softmax", "int8", "int8 softmax", "uint8", "torch"])
def test_accuracy_is_that_of_the_answers(photos, kind):
    pixels, labels = photos
    model = Brightest(softmax="softmax" in kind).eval()
    source = model if kind == "torch" else to_tflite(model, SIDE)
    if "int8" in kind:
        source = to_int8(source, pixels)
    if kind == "uint8":
        source = edited(source, with_uint8_input)
    wrong = labels.copy()
    wrong[:6] = (wrong[:6] + 1) % 3
    names = ("red", "green", "blue")
    found = measure(source, pixels, wrong, names, runs=1)
    assert found.accuracy == 0.9
    # What is right is right, and each of the six is taken for the colour before it.
    assert found.evaluation.confusion.tolist() == [[18, 0, 2], [2, 18, 0], [0, 2, 18]]
    # The same network, so about the same probabilities, whatever the file holds.
    with torch.inference_mode():
        mean = torch.tensor(pixels).float().sub(127).div(128).mean((1, 2))
        truth = (4 * mean).softmax(1).numpy()
    expected = -np.log(truth[np.arange(60), wrong]).mean()
    assert found.log_loss == pytest.approx(expected, rel=0.05 if "int8" in kind else 1e-4)


def test_pixels_of_other_makers_networks(photos):
    pixels, labels = photos
    model = Brightest().eval()
    with torch.no_grad():  # right only where a pixel of 70 is not yet below 0
        model.layers[2].bias.copy_(torch.tensor([0.0, 0.0, 1.2]))
    file = to_tflite(model, SIDE)
    found = {way: measure(file, pixels, labels, runs=1, pixels=way) for way in ("0..1", "0..255")}
    assert found["0..255"].accuracy == 1
    assert found["0..255"].log_loss < found["0..1"].log_loss
    assert "pixels were given as 0 to 1." in found["0..1"].notes[0]
    with pytest.raises(KitError, match="choose one of -1..1, 0..1"):
        measure(file, pixels, labels, pixels="0..2")


def test_memory_is_that_of_the_model_alone(tmp_path):
    """More weights take more memory, and what this process holds takes no part in it."""
    ballast = np.ones(100_000_000, np.uint8)
    found = []
    for width in (64, 1024):
        layers = [nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 1024), nn.Linear(1024, 2)]
        path = tmp_path / f"{width}.tflite"
        path.write_bytes(to_tflite(nn.Sequential(*layers).eval(), shape=(64,)))
        found.append(run_alone(path, runs=1))
    weights_mb = 4 * (1024 - 64) * (1024 + 64) / 1e6
    more = found[1].memory_mb - found[0].memory_mb
    assert 0.8 * weights_mb < more < 4 * weights_mb
    assert found[0].process_mb < 100 < ballast.nbytes / 1e6 + found[0].process_mb


def test_a_torch_network_beside_its_file(photos):
    torch.manual_seed(0)
    model = EfficientNetLite0(3, "24").eval()
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    network = measure(model, size=32, runs=2)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
    file = measure(to_tflite(model, 32), runs=2)
    assert network.multiply_adds == file.multiply_adds
    assert network.parameters > file.parameters  # BatchNorm is not folded
    assert network.memory_mb > 0


def test_a_network_of_a_notebook_has_no_memory_measured():
    class Local(nn.Linear):
        """Another process cannot import it."""

    found = measure(Local(4, 2), size=(4,), runs=1)
    assert found.memory_mb is None
    assert re.search("^memory +not measured$", str(found), re.MULTILINE)


@pytest.mark.parametrize(
    "spoil, told",
    [
        (lambda file: b"", "is no .tflite file"),
        (lambda file: b"\x89PNG" + file[4:], "is no .tflite file"),
        (lambda file: file[: len(file) // 2], "is no .tflite file, or one that is damaged"),
        (lambda file: file[:8] + b"\xff" * 100, "is no .tflite file, or one that is damaged"),
        (lambda file: edited(file, with_custom_operator("FlexErf")), "the operator FlexErf"),
        (lambda file: edited(file, with_custom_operator("MyOwn")), "the operator MyOwn"),
        (lambda file: edited(file, with_version(99)), "newer than the runtime"),
    ],
)
def test_files_that_cannot_be_run(spoil, told, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(spoil(to_tflite(Brightest().eval(), SIDE)))
    with pytest.raises(KitError, match=told) as error:
        measure(path)
    assert str(error.value).startswith("model.tflite ") and "\n" not in str(error.value)


@settings(max_examples=8, deadline=None)
@given(place=st.floats(0, 0.999), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_never_ends_this_process(place, value, cut):
    file = bytearray(to_tflite(Brightest().eval(), SIDE))
    if cut:
        file = file[: int(place * len(file))]
    else:
        file[int(place * len(file))] = value
    try:
        found = measure(bytes(file), runs=1)
    except KitError as error:
        assert "model" in str(error)
    else:
        assert found.latency_ms > 0


@pytest.mark.parametrize(
    "name, told",
    [
        ("keyword spotting", "takes 1 x 49 x 10 x 1 numbers of type float32"),
        ("anomaly detection", "takes 1 x 640 numbers of type float32, not a square"),
    ],
)
def test_photos_for_a_model_of_no_photos(photos, name, told):
    _, _, single, *_ = made(name)
    with pytest.raises(KitError, match=told):
        measure(single, *photos, runs=1)


def test_photos_and_names_that_do_not_fit(photos):
    pixels, labels = photos
    file = to_tflite(Brightest().eval(), SIDE)
    with pytest.raises(KitError, match="has 3 outputs, but there are 2 classes"):
        measure(file, pixels, labels, ("red", "green"), runs=1)
    with pytest.raises(KitError, match="has 3 outputs, but there are 5 classes"):
        measure(file, pixels, labels + 2, runs=1)
    with pytest.raises(KitError, match="16 x 16 pixels in colour"):
        measure(file, pixels[:, :8, :8], labels, runs=1)
    with pytest.raises(KitError, match="1 inputs and 2 outputs"):
        measure(edited(file, with_second_output), pixels, labels, runs=1)
    with pytest.raises(KitError, match="one number for each photo"):
        measure(file, pixels, labels[1:])
    with pytest.raises(KitError, match="is float64"):
        measure(file, pixels / 255, labels)


@pytest.mark.parametrize("bins", [None, 10])
def test_calibration_error_by_hand(bins):
    # 100 answers, 80 % sure: 60 right, so 20 points off; then 100, 50 % sure, half of them right.
    sure = np.tile([0.8, 0.2], (100, 1))
    labels = np.repeat([0, 1], [60, 40])
    assert expected_calibration_error(sure, labels, bins) == pytest.approx(0.2)
    unsure = np.tile([0.5, 0.5], (100, 1))
    both = np.concatenate([sure, unsure]), np.concatenate([labels, np.arange(100) % 2])
    assert expected_calibration_error(*both, bins) == pytest.approx(0.1)


@given(seed=st.integers(0, 10_000), n=st.integers(1, 400), k=st.integers(2, 5))
def test_calibration_error_lies_between_0_and_1(seed, n, k):
    chance = np.random.default_rng(seed)
    probabilities = chance.dirichlet(np.ones(k), n)
    labels = chance.integers(0, k, n)
    error = expected_calibration_error(probabilities, labels)
    overall = abs((probabilities.argmax(1) == labels).mean() - probabilities.max(1).mean())
    assert overall - 1e-9 <= error <= 1  # parts can only add to the gap of the whole


def test_table_and_budget(photos):
    pixels, labels = photos
    file = to_tflite(Brightest().eval(), SIDE)
    with_photos = measure(file, pixels, labels, ("red", "green", "blue"), runs=1, name="colours")
    without = measure(file, runs=1, name="<colours>")
    text = str(table([with_photos, without]))
    assert "100.0 % (94.0 to 100.0)" in text and "kB" in text
    assert len(text.splitlines()) == 4  # titles, two models, one note
    assert "calibration error" not in str(table([without]))  # no column without a number
    html = table([with_photos, without])._repr_html_()
    assert "&lt;colours&gt;" in html and html.count("<tr>") == 3
    held = Budget("accuracy", 0.95, size_kb=1000, memory_mb=1000).compare(with_photos.as_dict())
    assert held.passed and not held.notes
    verdicts = Budget("accuracy", 0.95).compare(without.as_dict()).verdicts
    assert verdicts["accuracy"] == "not measured"
    assert math.isclose(with_photos.as_dict()["size_kb"], len(file) / 1000, abs_tol=1e-3)
