"""What is written runs on ai-edge-litert and on tflite-runtime 2.14, with the same answers."""

import random
import sys

import numpy as np
import pytest
import torch
from random_networks import random_network

from lowres_kit.data.train_validation_test import train_validation_test_split
from lowres_kit.learn import Recipe, fine_tune, imagenet_backbone
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import deduplicate_buffers, to_int8, to_tflite
from lowres_kit.shrink.quantize.int8 import activation_ranges, with_ranges

NETWORKS = [("24", 33), ("40", 64), ("full", 64)]
RANDOM = range(60)


@pytest.fixture(scope="module")
def photos():
    """Smooth random pictures: what a network sees is seldom pure noise."""
    coarse = torch.rand((10, 3, 5, 5), generator=torch.Generator().manual_seed(0))
    fine = torch.nn.functional.interpolate(coarse, (64, 64), mode="bilinear")
    return (fine * 255).byte().permute(0, 2, 3, 1).numpy().copy()


@pytest.fixture(scope="module")
def kit_files(photos):
    """Float and int8 files of the kit's networks, with inputs."""
    models, inputs = [], []
    for cut, size in NETWORKS:
        torch.manual_seed(0)
        network = imagenet_backbone(3, cut)
        with torch.no_grad():
            network.classifier.weight *= 20  # a fresh layer says nearly the same of all pictures
        seen = photos[:, :size, :size].copy()
        exact = to_tflite(network, size)
        models += [exact, to_int8(exact, seen)]
        inputs += [seen.astype(np.float32) / 128 - 1, (seen.astype(int) - 128).astype(np.int8)]
    return models, inputs


@pytest.fixture(scope="module")
def random_files():
    """Float and int8 files of random networks of all layers, with inputs."""
    models, inputs = [], []
    for seed in RANDOM:
        network, (c, h, w) = random_network(random.Random(seed))
        exact = to_tflite(network, shape=(c, h, w))
        x = np.random.default_rng(seed).uniform(-1, 1, (6, h, w, c)).astype(np.float32)
        rounded, steps = quantized(exact, x)
        models += [exact, rounded]
        inputs += [x, steps]
    return models, inputs


def quantized(exact, inputs):
    """The int8 file, and the inputs as it takes them."""
    rounded = with_ranges(exact, activation_ranges(exact, inputs))
    taken = TfliteModel(rounded).inputs[0]
    steps = np.round(inputs / taken.scale) + taken.zero_point
    return rounded, np.clip(steps, -128, 127).astype(np.int8)


def on_litert(models, inputs, reference=False):
    opened = [TfliteModel(model, reference=reference) for model in models]
    return [np.stack([model.run(x)[0] for x in xs]) for model, xs in zip(opened, inputs)]


def steps_apart(one, other):
    assert one.dtype == other.dtype == np.int8
    return np.abs(one.astype(int) - other).max()


def assert_close(one, other):
    # float32, summed in another order.
    assert np.abs(one - other).max() < 2e-5 * max(1, np.abs(one).max())


@pytest.mark.parametrize("reference, apart", [(False, 10), (True, 1)])
def test_the_kits_networks(old_runtime, kit_files, reference, apart):
    """The reference operators agree to the step, the fast ones to a few of the 255.

    The fast operators of the two round half a step otherwise from the first layer on, and as
    much otherwise than the reference. Here the last layer is random, which makes more of it. A
    layer that is computed wrongly is off by a hundred.
    """
    ours, theirs = on_litert(*kit_files, reference), old_runtime(*kit_files, reference)
    for exact, rounded in zip(range(0, len(ours), 2), range(1, len(ours), 2)):
        assert_close(ours[exact], theirs[exact])
        assert steps_apart(ours[rounded], theirs[rounded]) <= apart
        assert ours[rounded].std(axis=0).max() > 10  # or it would be easy to agree


def test_a_trained_network_on_real_photos(old_runtime, real_beans):
    """The same to the step with reference operators; with the fast ones, doubtful photos differ.

    After seconds of training the network is seldom sure: two classes are within a few steps of
    each other for one photo in a hundred. Here 3 of 207 got another class, 5 steps apart at most.
    """
    data = train_validation_test_split(real_beans, 0, 0.2, lambda line: None)
    recipe = Recipe(cut="112", epochs=6, batch=8)
    model = fine_tune(*data.read(data.train[::4], 96), recipe=recipe).model
    photos, labels = data.read(data.test, 96)
    rounded = to_int8(to_tflite(model, 96), data.read(data.train[::8], 96)[0])
    files = [rounded], [(photos.astype(int) - 128).astype(np.int8)]
    (ours,), (theirs,) = on_litert(*files, True), old_runtime(*files, True)
    assert steps_apart(ours, theirs) <= 1
    assert (ours.argmax(1) == labels).mean() >= 0.6, "or its answers say little"
    (ours,), (theirs,) = on_litert(*files), old_runtime(*files)
    assert steps_apart(ours, theirs) <= 10
    assert (ours.argmax(1) == theirs.argmax(1)).mean() >= 0.97


def test_random_networks(old_runtime, random_files):
    """Floats agree, and int8 to one step with the reference operators.

    The fast operators round otherwise, and a random network may make much of one step; so for
    them there is only a mean.
    """
    ours, theirs = on_litert(*random_files), old_runtime(*random_files)
    for one, other in zip(ours[::2], theirs[::2]):
        assert_close(one, other)
    fast = [steps_apart(one, other) for one, other in zip(ours[1::2], theirs[1::2])]
    assert np.mean(fast) < 1
    ours, theirs = on_litert(*random_files, True), old_runtime(*random_files, True)
    assert max(steps_apart(one, other) for one, other in zip(ours[1::2], theirs[1::2])) <= 1


def test_no_layer_of_an_int8_network_computes_in_floats(random_files):
    from test_export import operators

    for model in random_files[0][1::2]:
        assert "DEQUANTIZE" not in operators(model)


def test_slim_files_give_the_same_bits(old_runtime, kit_files, random_files, monkeypatch):
    """On both runtimes, with fast and with reference operators."""
    exact, inputs = (kit_files[k][::2] + random_files[k][::2] for k in (0, 1))
    # The package's name is the function; its module is found by its full name.
    with monkeypatch.context() as patch:
        module = sys.modules[deduplicate_buffers.__module__]
        patch.setattr(module, "deduplicate_buffers", lambda tflite: tflite)
        fat, inputs = zip(*(quantized(*pair) for pair in zip(exact, inputs)))
    thin = [deduplicate_buffers(model) for model in fat]
    assert all(len(one) < len(other) for one, other in zip(thin, fat))
    for runtime in (on_litert, old_runtime):
        for reference in (False, True):
            expected = runtime(fat, inputs, reference)
            for one, other in zip(runtime(thin, inputs, reference), expected):
                assert np.array_equal(one, other)
