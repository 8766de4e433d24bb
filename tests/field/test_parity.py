"""Trained models of the kit predict the same on both runtimes, over a whole validation set.

In each run small models, trained for seconds; with LOWRES_NIGHTLY=1 all that the lessons make, and
a thousand photos. `benchmarks/parity.py` measures the same, also on real photos and other machines.
"""

import os

import numpy as np
import pytest
from small_environments import DEVICES, environment

from lowres_kit.data.leaves.simulate import CLASSES, leaf_photo
from lowres_kit.desk.compare import PROMISE, compare
from lowres_kit.desk.packing import answers_elsewhere
from lowres_kit.field.pack.answers import answer_all, opened
from lowres_kit.field.pack.reference_fallback import ReferenceFallback
from lowres_kit.learn import Recipe, fine_tune
from lowres_kit.shrink import prune_channels, quantization_aware, to_int8, to_tflite
from lowres_kit.shrink.quantize.quantization_aware import RECIPE

NIGHTLY = os.environ.get("LOWRES_NIGHTLY") == "1"
SIZE = 96 if NIGHTLY else 64
PHOTOS = 1000 if NIGHTLY else 300
MODELS = ("cut at 40", "a quarter of it")
LESSONS = ("cut at 112", "cut at 80", "whole", "1/4", "1/16", "1/64", "quantization-aware")


def leaves(n, seed):
    """Draw leaves: uint8 ``(n, size, size, 3)`` and their classes."""
    labels = np.arange(n) % len(CLASSES)
    photos = [leaf_photo(CLASSES[k], i, seed=seed, size=SIZE) for i, k in enumerate(labels)]
    return np.stack(photos), labels


@pytest.fixture(scope="module")
def networks():
    """Trained networks by name, and what they learned from."""
    given = leaves(60, seed=1)
    if not NIGHTLY:
        cut = fine_tune(*given, recipe=Recipe("40", epochs=8)).model
        quarter = prune_channels(cut, *given, to=sum(p.numel() for p in cut.parameters()) // 4)
        found = (cut, fine_tune(*given, recipe=Recipe(epochs=4), start=quarter).model)
        return dict(zip(MODELS, found, strict=True)), given
    cut, early = (fine_tune(*given, recipe=Recipe(at, epochs=40)).model for at in ("112", "80"))
    found = [cut, early, fine_tune(*given, recipe=Recipe("full", epochs=20)).model]
    for part in (4, 16, 64):
        start = prune_channels(cut if part == 4 else found[-1], *given,
                     to=sum(p.numel() for p in cut.parameters()) // part)  # fmt: skip
        found.append(fine_tune(*given, recipe=Recipe(epochs=20), start=start).model)
    found.append(quantization_aware(cut, *given, RECIPE).model)
    return dict(zip(LESSONS, found, strict=True)), given


@pytest.fixture(scope="module")
def validation():
    """Leaves of other plants than the models learned from."""
    return leaves(PHOTOS, seed=2)


@pytest.fixture(scope="module", params=LESSONS if NIGHTLY else MODELS)
def model(request, networks):
    """An int8 file."""
    found, (photos, _) = networks
    return to_int8(to_tflite(found[request.param], SIZE), photos)


def test_both_runtimes_predict_the_same(model, validation):
    pins, old = DEVICES["tflite-runtime"]
    photos, labels = validation
    here = answer_all(opened(model), photos)
    there = answers_elsewhere(environment(pins, python3_11=old), model, photos)
    assert (here.facts["runtime"], there.facts["runtime"]) == ("ai-edge-litert", "tflite-runtime")
    found = compare(here, there)
    print(found)
    assert found.inputs == PHOTOS and not found.prepared_otherwise
    assert found.share >= PROMISE
    assert found.largest <= 32  # a layer that is computed wrongly is off by a hundred
    assert (here.last.argmax(1) == labels).mean() > 0.5, "or it is no trained model"


def test_plain_kernels_predict_the_same(model, validation):
    photos = validation[0][:100]
    fast, plain = (answer_all(opened(model, plain), photos) for plain in (False, True))
    assert compare(plain, fast).share >= PROMISE


def test_litert_gives_the_same_bits_again_and_on_two_threads(model, validation):
    photos = validation[0][:100]
    one, again, two = (ReferenceFallback(model, threads).both(photos) for threads in (1, 1, 2))
    for other in (again, two):
        assert all(np.array_equal(a, b) for a, b in zip(one, other))
