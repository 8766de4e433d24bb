"""Kernels that are off are found by the pack's checks: on the laptop, and on tflite-runtime."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import deep_residual
import numpy as np
import pytest
from PIL import Image
from small_environments import DEVICES, environment

from lowres_kit.desk import make_pack
from lowres_kit.desk.compare import compare
from lowres_kit.desk.packing import answers_elsewhere
from lowres_kit.errors import KitError
from lowres_kit.field import FieldModel
from lowres_kit.field.pack.answers import answer_all, opened
from lowres_kit.field.pack.model import raw_outputs
from lowres_kit.field.pack.pack import STEPS_APART, Check
from lowres_kit.field.pack.reference_fallback import DOUBT, ReferenceFallback
from lowres_kit.runtime import TfliteModel

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def rough(tmp_path_factory):
    """Pictures, and a pack of the deep network with all of them as checks."""
    pictures = deep_residual.pictures()
    model = deep_residual.model(pictures)
    plain = TfliteModel(model, reference=True)
    labels = plain.scores(pictures).argmax(1)
    path = tmp_path_factory.mktemp("rough") / "rough.zip"
    pack = make_pack(
        path, "rough", model, deep_residual.NAMES, pictures, labels, say=lambda line: None
    )
    checks = tuple(
        Check(f"check-{number:02}.png", picture, tuple(raw_outputs(plain, picture).tolist()))
        for number, picture in enumerate(pictures, 1)
    )
    return pictures, replace(pack, checks=checks).save(path), path


@pytest.fixture(scope="module")
def old_device():
    """Python of a device with tflite-runtime."""
    pins, old = DEVICES["tflite-runtime"]
    return environment(pins, python3_11=old)


def on(device, *words):
    return subprocess.run(
        [device, "-m", "lowres_kit.field_cli", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
    )


def test_old_runtime_falls_back_to_its_plain_kernels_and_says_so(rough, old_device, tmp_path):
    pictures, pack, path = rough
    plain = answer_all(opened(pack.model, plain=True), pictures)
    fast = answers_elsewhere(old_device, pack.model, pictures)
    off = np.abs(fast.first - plain.first).max()
    assert off > STEPS_APART, "or this network is no example of it"
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{number:02}.png")
    photos = sorted(tmp_path.glob("*.png"))
    ran = on(old_device, "verify", path, *photos, "--json")
    assert ran.returncode == 0, ran.stderr
    said = [line for line in ran.stderr.splitlines() if "kernels" in line]
    assert len(said) == 1 and said[0].endswith("of 255 steps away); the plain ones are used.")
    assert said[0].startswith("The fast kernels of this runtime are off (check-")
    told = json.loads(ran.stdout)
    assert told["plain_kernels"] is True
    for photo, last in zip(photos, plain.last):
        assert told["answers"][str(photo)]["label"] == deep_residual.NAMES[last.argmax()]
    ran = on(old_device, "answers", path, tmp_path, "--out", tmp_path / "there.json")
    assert ran.returncode == 0 and "tflite-runtime 2.14.0, plain" in ran.stdout
    ran = on(old_device, "answers", path, tmp_path, "--out", tmp_path / "again.json", "--plain")
    names = ("there.json", "again.json")
    one, other = (json.loads((tmp_path / name).read_text("utf-8")) for name in names)
    assert one["photos"] == other["photos"] and one["kernels"] == "plain"


def test_old_runtime_refuses_what_stays_wrong(rough, old_device, tmp_path):
    _, pack, _ = rough
    last = pack.checks[-1]
    turned = replace(last, outputs=last.outputs[1:] + last.outputs[:1])
    wrong = replace(pack, checks=(*pack.checks[:-1], turned)).save(tmp_path / "wrong.zip")
    assert wrong.checks[-1].outputs != last.outputs
    ran = on(old_device, "verify", tmp_path / "wrong.zip")
    assert ran.returncode == 2 and not ran.stdout
    said = [line for line in ran.stderr.splitlines() if line.startswith("lowres-field: ")]
    assert len(said) == 1 and "answers otherwise here than where it was made" in said[0]


def test_laptop_falls_back_as_well(rough):
    """LiteRT's fast kernels make as much of a step of this network."""
    pictures, pack, _ = rough
    fast = answer_all(opened(pack.model), pictures).first
    plain = answer_all(opened(pack.model, plain=True), pictures).first
    if np.abs(fast - plain).max() <= STEPS_APART:
        pytest.skip("on this processor LiteRT's fast kernels are near the plain ones")
    said = []
    model = FieldModel(pack, say=said.append)
    assert model.reference and "the plain ones are used" in said[0]
    for picture, outputs in zip(pictures, plain):
        assert model.answer(picture).label == deep_residual.NAMES[outputs.argmax()]


def test_doubtful_photos_get_the_answer_of_the_plain_kernels(rough):
    photos = rough[0]
    model = deep_residual.model(photos, 3)
    looks, plain = ReferenceFallback(model), TfliteModel(model, reference=True)
    first, last, doubtful = looks.both(photos)
    assert doubtful.any() and not doubtful.all(), "or this shows nothing"
    assert np.array_equal(last[~doubtful], first[~doubtful])
    assert np.array_equal(last[doubtful], plain.scores(photos[doubtful]))
    steps = np.sort(looks.steps(first), axis=1)
    assert np.array_equal(doubtful, steps[:, -1] - steps[:, -2] <= DOUBT)
    assert not ReferenceFallback(model, plain=True).both(photos)[2].any()


def test_second_look_makes_the_predictions_the_same(rough):
    """Without it, fast and plain kernels of this network differ: here, 4 of 24 pictures."""
    pictures = rough[0]
    differ = 0
    for seed in (3, 5, 8, 11):
        model = deep_residual.model(pictures, seed)
        fast, plain = (answer_all(opened(model, plain), pictures) for plain in (False, True))
        found = compare(plain, fast)
        assert found.same == len(pictures)
        differ += found.first_differing
    if not differ:
        pytest.skip("on this processor the fast kernels predict what the plain ones do")


def test_plain_kernels_must_pass_before_they_look_a_second_time(rough):
    """The fast kernels are within the steps, the plain ones are not: only they are refused."""
    photos, pack, _ = rough
    model = deep_residual.model(photos, 3)
    fast, plain = TfliteModel(model), TfliteModel(model, reference=True)
    for picture in photos:
        one, other = raw_outputs(fast, picture), raw_outputs(plain, picture)
        if np.ptp(np.sort(one)[-2:]) > DOUBT and (one != other).any():
            break
    else:
        pytest.skip("on this processor the fast kernels compute what the plain ones do")
    place = int(np.flatnonzero(one != other)[0])
    expected = one.copy()
    expected[place] += STEPS_APART * np.sign(one[place] - other[place])
    check = Check("check-01.png", picture, tuple(expected.tolist()))
    strict = replace(pack, model=model, checks=(check,))
    answerer = FieldModel(strict)
    doubtful = answerer.looks.doubtful(fast.scores(photos))
    answerer.answer(photos[~doubtful][0])
    with pytest.raises(KitError, match="plain kernels, check-01.png.* it is not used"):
        answerer.answer(photos[doubtful][0])
