"""Any .tflite file can be asked; what is no such file is refused in words."""

import numpy as np
import pytest
import torch
from torch import nn

from lowres_kit.errors import KitError
from lowres_kit.learn import EfficientNetLite0, normalise
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_int8, to_tflite


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = EfficientNetLite0(3, "24").train()
    network(torch.randn(8, 3, 32, 32))
    return network.eval()


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def content(network):
    return to_tflite(network, 32)


def test_photos_are_scaled_as_for_torch(network, content, photos):
    with torch.inference_mode():
        expected = network(normalise(photos))
    model = TfliteModel(content)
    assert model.size == 32
    assert np.allclose(model.scores(photos), expected.numpy(), atol=1e-5)
    assert np.allclose(model.probabilities(photos), expected.softmax(1).numpy(), atol=1e-5)


def test_an_int8_model_takes_the_same_photos(content, photos):
    exact, rounded = TfliteModel(content), TfliteModel(to_int8(content, photos))
    taken, given = rounded.inputs[0], rounded.outputs[0]
    assert (taken.dtype, taken.scale, taken.zero_point) == (np.int8, 1 / 128, -1)
    assert np.array_equal(rounded._of_pixel, np.arange(256) - 128)
    raw = rounded.run((photos[0].astype(int) - 128).astype(np.int8))[0]
    scores = rounded.scores(photos)
    assert scores.dtype == np.float32
    assert np.allclose(scores[0], (raw.astype(int) - given.zero_point) * given.scale)
    # A few steps of 256: the rounding in each layer adds up.
    assert np.abs(scores - exact.scores(photos)).max() < 10 * given.scale


def test_a_file_and_its_bytes_are_the_same_model(content, photos, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    assert np.array_equal(TfliteModel(path).scores(photos), TfliteModel(content).scores(photos))


def test_inputs_other_than_pictures():
    layer = nn.Linear(4, 2)
    model = TfliteModel(to_tflite(layer, shape=(4,)))
    x = np.arange(4, dtype=np.float32)
    assert np.allclose(model.run(x), layer(torch.tensor(x)).detach(), atol=1e-6)
    with pytest.raises(KitError, match=r"takes no square colour pictures.*shape \(1, 4\)"):
        model.scores(np.zeros((1, 4), np.uint8))


def test_an_input_of_another_shape_or_kind(content):
    model = TfliteModel(content)
    with pytest.raises(KitError, match=r"takes float32.*\(1, 32, 32, 3\).*uint8.*\(31, 32, 3\)"):
        model.run(np.zeros((31, 32, 3), np.uint8))
    with pytest.raises(KitError, match=r"read the folder with size=32"):
        model.scores(np.zeros((2, 16, 16, 3), np.uint8))


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(KitError, match="gone.tflite cannot be read"):
        TfliteModel(tmp_path / "gone.tflite")
    path = tmp_path / "photo.tflite"
    path.write_bytes(b"\xff\xd8\xff\xe0 a photo that somebody renamed")
    with pytest.raises(KitError, match="photo.tflite is no .tflite file"):
        TfliteModel(path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short(content, kept):
    with pytest.raises(KitError, match="damaged"):
        TfliteModel(content[: int(len(content) * kept)])


def test_an_operator_that_is_not_there(content):
    from ai_edge_litert import schema_py_generated as schema

    damaged = bytearray(content)
    code = schema.Model.GetRootAs(damaged, 0).OperatorCodes(0)
    field = code._tab.Pos + code._tab.Offset(10)  # the schema's fourth field, builtin_code
    damaged[field : field + 4] = (9999).to_bytes(4, "little")
    with pytest.raises(KitError, match="needs what this runtime lacks"):
        TfliteModel(bytes(damaged))
