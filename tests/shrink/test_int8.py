"""Full-integer int8: what flows through is what was seen, nothing is lost, and it says so."""

import numpy as np
import pytest
import torch
from torch import nn

from lowres_kit.errors import KitError
from lowres_kit.learn import EfficientNetLite0
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_int8, to_tflite
from lowres_kit.shrink.quantize.int8 import (
    activation_ranges,
    as_the_old_runtime_reads,
    photo_ranges,
    to_dynamic_int8,
    with_ranges,
)


def network(seed=0, bias=True):
    """A small network with a depthwise layer and a linear one behind the last."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU6(),
        nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.ReLU6(),
        nn.Conv2d(8, 12, 1, bias=bias), nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5),
    ).eval()  # fmt: skip
    with torch.no_grad():
        for layer in model:
            if hasattr(layer, "weight"):
                layer.weight *= 3  # so that the scores differ from photo to photo
    return model


def pictures(n, size=16, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def small():
    return to_tflite(network(), size=16)


def test_an_int8_input_is_the_pixel_less_128(small):
    model = TfliteModel(to_int8(small, pictures(20)))
    taken, given = model.inputs[0], model.outputs[0]
    assert taken.dtype == given.dtype == np.int8
    assert (taken.scale, taken.zero_point) == (1 / 128, -1)
    photo = pictures(1, seed=5)
    steps = model.run((photo.astype(np.int16) - 128).astype(np.int8)).astype(np.float32)
    by_hand = (steps - given.zero_point) * np.float32(given.scale)
    assert np.array_equal(model.scores(photo), by_hand)


def test_dark_photos_alone_leave_the_input_as_it_is(small):
    dark = pictures(5) // 8
    taken = TfliteModel(to_int8(small, dark)).inputs[0]
    assert (taken.scale, taken.zero_point) == (1 / 128, -1)


def test_scores_stay_within_a_few_steps(small):
    photos = pictures(60)
    before, after = TfliteModel(small), TfliteModel(to_int8(small, photos))
    difference = np.abs(before.scores(photos) - after.scores(photos))
    assert difference.max() <= 6 * after.outputs[0].scale


def test_ranges_are_those_that_torch_sees(small):
    photos = pictures(7)
    x = (torch.tensor(photos).permute(0, 3, 1, 2).float() - 127) / 128
    seen = list(photo_ranges(small, photos).values())
    assert seen[0] == (-127 / 128, 1.0)
    expected, layers = [], list(network())
    with torch.inference_mode():
        for layer in layers:
            x = layer(x)
            if isinstance(layer, (nn.ReLU6, nn.AdaptiveAvgPool2d, nn.Linear)):
                expected.append((float(x.min()), float(x.max())))
    for span in expected:
        assert any(np.allclose(span, one, atol=1e-5) for one in seen), span
    assert np.allclose(seen[-1], expected[-1], atol=1e-5)


def test_narrow_ranges_clip(small):
    """Ranges from a photo of one grey are too narrow for others."""
    photos = pictures(40)
    grey = np.full_like(photos[:1], 127)
    before = TfliteModel(small).scores(photos)
    errors = [
        np.abs(TfliteModel(to_int8(small, chosen)).scores(photos) - before).mean()
        for chosen in (photos, grey)
    ]
    assert errors[1] > 3 * errors[0]


def test_the_same_photos_give_the_same_file(small):
    assert to_int8(small, pictures(9)) == to_int8(small, pictures(9))


@pytest.mark.parametrize("layer", [0, 2, 4, 8])
def test_the_bias_of_a_channel_of_zeros_is_not_lost(layer):
    """Steps of (nearly) zero weights are so small that the bias would overflow its 32 bits."""
    model = network()
    with torch.no_grad():
        model[layer].weight[1] = 0
        model[layer].weight[2] = 1e-12
        model[layer].bias[1:3] = 3.0  # more than the other channels make of their photos
    photos = pictures(30)
    before = to_tflite(model, size=16)
    after = TfliteModel(to_int8(before, photos))
    difference = np.abs(TfliteModel(before).scores(photos) - after.scores(photos))
    assert difference.max() <= 6 * after.outputs[0].scale


def test_a_whole_network_shrinks_to_a_third_and_agrees():
    torch.manual_seed(0)
    model = EfficientNetLite0(3, "24", widths=(16, (16, 16), (96, 16), (96, 16))).eval()
    photos = pictures(30, size=32)
    before = to_tflite(model, size=32)
    after = to_int8(before, photos)
    assert len(after) < len(before) / 2
    one, other = TfliteModel(before).scores(photos), TfliteModel(after).scores(photos)
    assert np.abs(one - other).max() < 0.1 * np.ptp(one)


@pytest.mark.parametrize("bias", [0.0, 1e-6, 0.01])
def test_a_block_that_adds_next_to_nothing_can_be_run(bias):
    torch.manual_seed(0)
    model = EfficientNetLite0(3, "24", widths=(8, (8, 8), (24, 8), (24, 8))).eval()
    with torch.no_grad():
        model.features[6].layers[-2].weight.zero_()
        model.features[6].layers[-1].bias.fill_(bias)
    photos = pictures(20, size=32)
    before = TfliteModel(to_tflite(model, size=32)).scores(photos)
    after = TfliteModel(to_int8(to_tflite(model, size=32), photos)).scores(photos)
    assert np.abs(before - after).max() < 0.1 * np.ptp(before)


def test_inputs_that_are_no_pictures():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
    before = to_tflite(model, shape=(6,))
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    after = TfliteModel(with_ranges(before, activation_ranges(before, rows)))
    taken, given = after.inputs[0], after.outputs[0]
    assert taken.scale == pytest.approx(np.ptp(rows) / 255, rel=1e-3)
    for row in rows[:5]:
        steps = np.clip(np.rint(row / taken.scale) + taken.zero_point, -128, 127).astype(np.int8)
        found = (after.run(steps).astype(float) - given.zero_point) * given.scale
        with torch.inference_mode():
            assert np.allclose(found, model(torch.tensor(row)), atol=4 * given.scale)


@pytest.mark.parametrize(
    "photos, sign",
    [
        (pictures(0), "at least one photo"),
        (pictures(2, size=24), "read the photos at the model's size"),
        (pictures(2).astype(np.float32), "whole numbers 0 to 255"),
        (pictures(2)[0], "whole numbers 0 to 255"),
    ],
)
def test_photos_that_do_not_fit_are_refused_in_words(small, photos, sign):
    with pytest.raises(KitError, match=sign):
        to_int8(small, photos)


def test_nothing_is_printed(small, capfd):
    to_int8(small, pictures(3))
    to_dynamic_int8(small)
    assert capfd.readouterr() == ("", "")


def as_input(photos):
    return (photos.astype(np.float32) - 127) / 128


def test_dynamic_range_is_right_on_litert(small):
    photos = pictures(20)
    before, after = TfliteModel(small), TfliteModel(to_dynamic_int8(small))
    assert np.abs(before.scores(photos) - after.scores(photos)).max() < 0.05


def test_the_old_runtime_answers_with_the_bias(small):
    photos = pictures(20)
    scores = TfliteModel(as_the_old_runtime_reads(to_dynamic_int8(small))).scores(photos)
    assert np.allclose(scores, network()[-1].bias.detach(), atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_what_the_old_runtime_does_is_reproduced(old_runtime, seed):
    """The lesson shows our reproduction: here it is held to the real one."""
    photos = pictures(10, seed=seed)
    dynamic = to_dynamic_int8(to_tflite(network(seed, bias=False), size=16))
    told, real = as_the_old_runtime_reads(dynamic), old_runtime([dynamic], [as_input(photos)])[0]
    assert np.allclose(TfliteModel(told).scores(photos), real, atol=1e-6)
    right = TfliteModel(dynamic).scores(photos)
    assert np.abs(real - right).max() > 0.05  # and it is wrong there, without a word


def test_weights_of_4_bits_fail_there_with_a_message(old_runtime, small):
    from ai_edge_quantizer import quantizer, recipe

    job = quantizer.Quantizer(bytearray(small), recipe.weight_only_wi4_afp32())
    four = job.quantize(enable_progress_bar=False, enable_progress_report=False).quantized_model
    (said,) = old_runtime([bytes(four)], [as_input(pictures(1))])
    assert isinstance(said, str) and "prepare" in said


def test_full_integer_is_right_on_the_old_runtime(old_runtime, small):
    photos = pictures(20)
    ours = TfliteModel(to_int8(small, photos))
    steps = (photos.astype(np.int16) - 128).astype(np.int8)
    real = old_runtime([to_int8(small, photos)], [steps])[0].astype(int)
    mine = np.concatenate([ours.run(one[None]) for one in steps]).astype(int)
    assert np.abs(real - mine).max() <= 1
