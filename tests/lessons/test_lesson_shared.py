"""Lessons 07 to 09 begin with the Transfer learning lesson's model, and never test it on what it learned from."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lowres_kit.data import few, load_dataset, split  # noqa: E402
from lowres_kit.errors import KitError  # noqa: E402
from lowres_kit.learn import Classifier, EfficientNetLite0  # noqa: E402
from lowres_kit.scope import Project  # noqa: E402
from lowres_lessons.shared import project_model as module  # noqa: E402
from lowres_lessons.shared.project_model import divide_as_lesson_03, project_model  # noqa: E402

DATA = "simulated-leaves"


@pytest.fixture(scope="module")
def photos():
    return load_dataset(DATA)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setitem(module.PROFILES, "quick", (32, 1))
    return Project(tmp_path)


def silent(line):
    pass


def test_parts_are_those_of_lesson_03(photos):
    parts = divide_as_lesson_03(photos, seed=3)
    rest, test = split(photos, held_out=0.3, seed=3)
    learn = rest[few(photos.labels[rest], 20, 3)]
    assert np.array_equal(parts["learn"], learn) and np.array_equal(parts["test"], test)
    everything = np.concatenate(list(parts.values()))
    assert np.array_equal(np.sort(everything), np.arange(len(photos)))
    assert (np.bincount(photos.labels[parts["choose"]]) == 20).all()


def test_few_photos_choose_with_half_of_the_test(photos):
    small = photos.take(few(photos, 20, 1))
    said = []
    parts = divide_as_lesson_03(small, say=said.append)
    assert len(said) == 1 and f"{len(parts['choose'])} of those" in said[0]
    everything = np.concatenate(list(parts.values()))
    assert np.array_equal(np.sort(everything), np.arange(len(small)))
    for part in ("learn", "choose", "test"):
        assert set(small.labels[parts[part]]) == {0, 1, 2}


def test_too_few_photos_are_named(photos):
    with pytest.raises(KitError, match=r"too few photos of '\w+' \(1 to test with\)"):
        divide_as_lesson_03(photos.take(few(photos, 3, 1)))


def test_is_trained_once_and_then_found(project, photos):
    said = []
    first = project_model(project, DATA, say=said.append)
    again = project_model(project, DATA, say=said.append)
    assert "was trained" in said[0] and "now in model." in said[0]
    assert said[1] == "The model is that of the lesson Transfer learning, from model in the project folder."
    for a, b in zip(first.model.state_dict().values(), again.model.state_dict().values()):
        assert torch.equal(a, b)
    assert first.learn[0].shape == (60, 32, 32, 3) and first.kind == "simulated"
    assert np.array_equal(first.test[0], photos.read(32)[split(photos, 0.3, 0)[1]])


@pytest.mark.parametrize(
    "facts", [{}, {"seed": 1}, {"data": "other-leaves"}, {"photos": 400}], ids=str
)
def test_a_model_that_saw_other_photos_is_kept_but_not_used(project, facts):
    """Without its seed it may have learned from what is now the test."""
    own = {"data": DATA, "photos": 360, "seed": 0, "learn": 60} | facts if facts else {}
    names = ("angular_leaf_spot", "bean_rust", "healthy")
    Classifier(EfficientNetLite0(3, "24"), names, 32, own).save(project.folder("model"))
    before = (project.folder("model") / "weights.pt").read_bytes()
    said = []
    task = project_model(project, DATA, say=said.append)
    assert "now in model-of-lessons" in said[-1]
    assert task.model.cut == "112"
    assert (project.folder("model") / "weights.pt").read_bytes() == before


def test_a_model_of_larger_photos_gets_larger_photos(project):
    facts = {"data": DATA, "photos": 360, "seed": 0, "learn": 60}
    names = ("angular_leaf_spot", "bean_rust", "healthy")
    Classifier(EfficientNetLite0(3, "24"), names, 48, facts).save(project.folder("model"))
    task = project_model(project, DATA, say=silent)
    assert task.model.cut == "24" and task.test[0].shape == (108, 48, 48, 3)


def test_a_damaged_model_is_told_and_kept(project):
    page = project.folder("model") / "classifier.json"
    page.write_text(json.dumps({"cut": "24"}))
    (project.folder("model") / "weights.pt").write_bytes(b"")
    said = []
    project_model(project, DATA, say=said.append)
    assert "damaged" in said[0] and "left as it is" in said[0]
    assert page.read_text() == '{"cut": "24"}'


def test_unknown_profile(project):
    with pytest.raises(KitError, match="no profile 'huge'; choose one of quick, full"):
        project_model(project, DATA, "huge", say=silent)
