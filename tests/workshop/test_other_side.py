"""Lesson 10's other side: a device's answers if they fit, else a stand-in that says what it is."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")

from lowres_kit.errors import KitError  # noqa: E402
from lowres_kit.field.answers import answer_all, opened  # noqa: E402
from lowres_kit.field.inputs import photos_of  # noqa: E402
from lowres_kit.scope import Project  # noqa: E402
from lowres_kit.workshop.other_side import BROUGHT, other_side  # noqa: E402

DEMO = Path(__file__).resolve().parents[2] / "hardware" / "demo"
PACK, PHOTOS = DEMO / "pack.zip", DEMO / "photos"


@pytest.fixture(scope="module")
def laptop():
    model = opened(PACK, say=lambda line: None)
    names, photos = photos_of(PHOTOS, model.looks.size)
    return answer_all(model, photos, names)


@pytest.fixture(scope="module")
def of_a_pi(laptop):
    """What a Pi would bring back: other kernels, another machine."""
    model = opened(PACK, plain=True, say=lambda line: None)
    found = answer_all(model, photos_of(PHOTOS, model.looks.size)[1], laptop.names)
    return dataclasses.replace(
        found, facts=found.facts | {"machine": "aarch64, Raspberry Pi 4 Model B Rev 1.5"}
    )


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def other(project, laptop, pack=PACK):
    said = []
    return other_side(project, pack, PHOTOS, laptop, say=said.append), " ".join(said)


def test_without_a_device_a_second_process_answers_and_is_no_pi(project, laptop, of_a_pi):
    found, said = other(project, laptop)
    assert "it is no Pi" in said and "second process" in said
    assert found.facts["kernels"] == "plain" and laptop.facts["kernels"] == "fast"
    assert found.names == laptop.names and found.sums == laptop.sums
    assert np.array_equal(found.first, of_a_pi.first), "the plain kernels are the same everywhere"
    assert not (project.path / BROUGHT).exists(), "a stand-in must never pass for a device"


def test_what_a_device_brought_is_taken_and_the_device_is_named(project, laptop, of_a_pi):
    of_a_pi.save(project.path / BROUGHT)
    found, said = other(project, laptop)
    assert found.facts["machine"].startswith("aarch64") and "Raspberry Pi 4" in said
    assert "no device" not in said and "second process" not in said
    assert np.array_equal(found.last, of_a_pi.last)


def test_answers_of_a_computer_like_this_one_are_no_device(project, laptop):
    laptop.save(project.path / BROUGHT)
    assert "no device" in other(project, laptop)[1]


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda one: {"facts": one.facts | {"model": "0" * 64}}, "another model"),
        (lambda one: {"names": ("other.png", *one.names[1:])}, "other photos"),
    ],
    ids=["model", "photos"],
)
def test_answers_that_do_not_fit_are_not_compared(project, laptop, of_a_pi, change, told):
    dataclasses.replace(of_a_pi, **change(of_a_pi)).save(project.path / BROUGHT)
    found, said = other(project, laptop)
    assert told in said and "it is no Pi" in said
    assert found.facts["machine"] == laptop.facts["machine"]


def test_a_damaged_file_is_told_and_nothing_stands_in_for_it(project, laptop):
    (project.path / BROUGHT).write_text('{"format": 1')
    with pytest.raises(KitError, match="holds no whole answers"):
        other(project, laptop)


def test_a_second_process_that_fails_says_why(project, laptop, tmp_path):
    broken = tmp_path / "pack.zip"
    broken.write_bytes(PACK.read_bytes()[:-100])
    with pytest.raises(KitError, match="second process failed .*damaged"):
        other(project, laptop, broken)
