"""The model of Transfer learning in the lessons on small models: never tested on what it saw."""

import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lowres_kit.data import load_dataset, sample_per_class, split
from lowres_kit.data.splits import few_shot_split
from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier, EfficientNetLite0, Recipe
from lowres_kit.scope import Project
from lowres_lessons.shared import project_model as module
from lowres_lessons.shared.project_model import project_model
from lowres_lessons.shared.settings import transfer_settings

DATA = "simulated-leaves"
NOTEBOOK = Path(__file__).parents[2] / "lessons" / "11-transfer-learning.ipynb"


@pytest.fixture(scope="module")
def photos():
    return load_dataset(DATA)


@pytest.fixture
def project(tmp_path, monkeypatch):
    def quickly(profile):
        return replace(transfer_settings(profile), size=32, epochs=1)

    monkeypatch.setattr(module, "transfer_settings", quickly)
    return Project(tmp_path)


def silent(line):
    pass


def test_the_notebook_trains_with_the_settings_and_shows_them():
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    code = "\n".join(cell.source for cell in cells)
    settings = transfer_settings("quick")
    for name in ("held_out", "per_class", "size", "epochs"):
        assert f"settings.{name}" in code and not re.search(rf"\b{name} ?= ?\d", code)
    shown = [out.text for cell in cells for out in cell.outputs if out.output_type == "stream"]
    assert any(text.startswith(f"{settings}\n") for text in shown)
    # The lessons on small models train at the cut that a recipe has where none is named.
    assert f'recipe = Recipe(cut="{Recipe().cut}", epochs=epochs, seed=seed)' in code


def test_parts_are_those_of_the_transfer_lesson(photos):
    parts = few_shot_split(photos, seed=3)
    rest, test = split(photos, held_out=0.3, seed=3)
    train = rest[sample_per_class(photos.labels[rest], 20, 3)]
    assert np.array_equal(parts["train"], train) and np.array_equal(parts["test"], test)
    everything = np.concatenate(list(parts.values()))
    assert np.array_equal(np.sort(everything), np.arange(len(photos)))
    assert (np.bincount(photos.labels[parts["validation"]]) == 20).all()


def test_few_photos_validate_with_half_of_the_test(photos):
    small = photos.take(sample_per_class(photos, 20, 1))
    moved = []
    parts = few_shot_split(small, when_few=moved.append)
    assert moved == [len(parts["validation"])]
    everything = np.concatenate(list(parts.values()))
    assert np.array_equal(np.sort(everything), np.arange(len(small)))
    for part in ("train", "validation", "test"):
        assert set(small.labels[parts[part]]) == {0, 1, 2}


def test_too_few_photos_are_named(photos):
    with pytest.raises(KitError, match=r"too few of '\w+' \(1 to test with\)"):
        few_shot_split(photos.take(sample_per_class(photos, 3, 1)))


def test_is_trained_once_and_then_found(project, photos):
    said = []
    first = project_model(project, DATA, say=said.append)
    again = project_model(project, DATA, say=said.append)
    assert "was trained" in said[0] and "now in model." in said[0]
    assert "that of the lesson Transfer learning, from model in the project" in said[1]
    for a, b in zip(first.model.state_dict().values(), again.model.state_dict().values()):
        assert torch.equal(a, b)
    assert first.train[0].shape == (60, 32, 32, 3) and first.kind == "simulated"
    assert np.array_equal(first.test[0], photos.read(32)[split(photos, 0.3, 0)[1]])


@pytest.mark.parametrize(
    "facts", [{}, {"seed": 1}, {"data": "other-leaves"}, {"photos": 400}], ids=str
)
def test_a_model_that_saw_other_photos_is_kept_but_not_used(project, facts):
    """Without its seed it may have learned from what is now the test."""
    own = {"data": DATA, "photos": 360, "seed": 0, "train": 60} | facts if facts else {}
    names = ("angular_leaf_spot", "bean_rust", "healthy")
    Classifier(EfficientNetLite0(3, "24"), names, 32, own).save(project.folder("model"))
    before = (project.folder("model") / "weights.pt").read_bytes()
    said = []
    task = project_model(project, DATA, say=said.append)
    assert "now in model-of-lessons" in said[-1]
    assert task.model.cut == "112"
    assert (project.folder("model") / "weights.pt").read_bytes() == before


@pytest.mark.parametrize("name", ["train", "learn"])  # version 0.1 wrote "learn"
def test_a_model_of_larger_photos_gets_larger_photos(project, name):
    facts = {"data": DATA, "photos": 360, "seed": 0, name: 60}
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
