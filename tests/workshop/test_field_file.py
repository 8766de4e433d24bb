"""Lesson 10 takes the smallest file that keeps the promises, and never one of unknown photos."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch")

from lowres_kit.learn import EfficientNetLite0  # noqa: E402
from lowres_kit.places import write_bytes  # noqa: E402
from lowres_kit.scope import Project, Scope  # noqa: E402
from lowres_kit.shrink import TfliteModel  # noqa: E402
from lowres_kit.workshop import field_file as module  # noqa: E402
from lowres_kit.workshop import project_model as models  # noqa: E402
from lowres_kit.workshop.field_file import field_file  # noqa: E402

MADE = "a file made now of lesson 03's model"


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(models.PROFILES, "quick", (48, 25))
        project = Project(tmp_path_factory.mktemp("project"))
        return models.project_model(project, "simulated-leaves", say=lambda line: None)


@pytest.fixture(scope="module")
def int8(task):
    return module.to_int8(module.to_tflite(task.model, size=task.size), task.learn[0])


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def promise(project, at_least=0.01, size_kb=4000):
    budget = {"threshold": at_least, "size_kb": size_kb}
    project.save_scope(dataclasses.replace(Scope.example(), baseline_score=0.0, **budget))


def keep(project, folder, content, **facts):
    """Put a file into the project as lesson 08 or 09 does it."""
    write_bytes(project.folder(folder) / "model.tflite", content)
    measured = {"data": "simulated-leaves", "seed": 0, "size_kb": round(len(content) / 1000, 3)}
    project.record(module.LESSONS[folder], measured | facts)


def test_without_files_one_is_made_and_every_photo_it_did_not_learn_from_is_given(project, task):
    said = []
    file = field_file(project, task, say=said.append)
    assert file.origin == MADE and MADE in said[-1]
    assert len(file.photos) == len(task.choose[1]) + len(task.spare[1]) == len(file.labels)
    for part in (task.learn, task.test):
        seen = {photo.tobytes() for photo in part[0]}
        assert not seen & {photo.tobytes() for photo in file.photos}
    assert TfliteModel(file.content).outputs[0].scale


def test_the_smallest_that_keeps_the_promise_is_taken(project, task, int8):
    right = accuracy(int8, task)
    guessing = module.to_int8(module.to_tflite(untrained(), size=task.size), task.learn[0])
    assert accuracy(guessing, task) < right - 0.05
    keep(project, "small", guessing)
    keep(project, "int8", int8)
    for at_least, taken, content in (
        (0.01, "lesson 09's file", guessing),
        (right - 0.01, "lesson 08's file", int8),
        (0.999, "lesson 08's file", int8),  # none keeps it: the best
    ):
        promise(project, at_least)
        file = field_file(project, task, say=lambda line: None)
        assert (file.origin, file.content) == (taken, content)


def accuracy(content, task):
    photos, labels = task.choose
    return (TfliteModel(content).probabilities(photos).argmax(1) == labels).mean()


def untrained():
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return EfficientNetLite0(3, "24").eval()


def test_the_student_gives_only_photos_that_it_saw_nothing_of(project, task, int8):
    promise(project)
    keep(project, "small", int8)
    file = field_file(project, task, say=lambda line: None)
    assert file.origin == "lesson 09's file"
    assert np.array_equal(file.photos, task.choose[0])


def test_where_none_keeps_the_promise_the_best_is_taken_and_that_is_said(project, task):
    promise(project, size_kb=1)
    said = []
    assert field_file(project, task, say=said.append).origin == MADE
    assert "does not keep" in said[-1]


OTHERS = [{"seed": 1}, {"data": "our-leaves"}, {"size_kb": 1.0}, {"seed": None}]


@pytest.mark.parametrize("facts", OTHERS, ids=str)
def test_a_file_of_other_photos_or_of_unknown_ones_is_not_used(project, task, int8, facts):
    keep(project, "int8", int8, **facts)
    assert field_file(project, task, say=lambda line: None).origin == MADE


def test_a_file_for_pictures_of_another_size_is_not_used(project, task, int8):
    keep(project, "int8", int8)
    other = dataclasses.replace(task, classifier=Sized(task.classifier, 64))
    assert module._stored(project, "int8", "08-int8", task, 0) == int8
    assert module._stored(project, "int8", "08-int8", other, 0) is None


class Sized:
    def __init__(self, classifier, size):
        self.model, self.class_names, self.size = classifier.model, classifier.class_names, size
