"""One thread on photos of one's own: what a lesson makes, the next one takes up."""

import os
import shutil

import pytest
from plain_run import printed

from lowres_kit.cli import main
from lowres_kit.data import read_folder, sample_per_class
from lowres_kit.runner.lessons import lessons
from lowres_kit.scope import Project

PER_CLASS = 50 if os.environ.get("LOWRES_NIGHTLY") == "1" else 30  # a learner's afternoon
LESSONS = [lesson for lesson in lessons() if lesson.name != "know_your_data"]  # has its own test


@pytest.fixture(scope="module")
def own_photos(real_beans, tmp_path_factory):
    """Folder with some real photos of each class."""
    photos, place = read_folder(real_beans), tmp_path_factory.mktemp("own") / "our-beans"
    for i in sample_per_class(photos.labels, PER_CLASS, seed=0):
        folder = place / photos.class_names[photos.labels[i]]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos.paths[i], folder)
    return place


def test_lessons_hand_over_what_was_made_of_ones_own_photos(
    own_photos, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("LOWRES_PROJECT", str(tmp_path / "project"))
    monkeypatch.setenv("LOWRES_QUIET", "1")
    for lesson in LESSONS:
        text = printed(lesson.name, own_photos)
        if lesson.number >= "20":  # they begin with what Transfer learning made
            assert "from model in the project folder." in text
    assert "Taken: the file of the lesson " in text, "the last one takes what the others made"
    project = Project.open(tmp_path / "project")
    for step in ("first-classifier", "fine-tuned", "augmented", "asked",
                 "semi-supervised", "thin", "int8", "distilled",
                 "field-pack"):  # fmt: skip
        measured = project.measurements(step)
        assert measured["data"] == "our-beans" and measured["simulated"] is False
        assert measured["accuracy"] > 0.4  # a guess is right for a third
    sizes = [project.measurements(step)["size_kb"] for step in ("fine-tuned", "distilled")]
    assert sizes[1] < sizes[0] / 20
    capsys.readouterr()
    for made in ("thin", "int8", "small"):
        file = project.folder(made) / "model.tflite"
        assert main(["measure", str(file), str(own_photos), "--json"]) == 0
        assert '"accuracy"' in capsys.readouterr().out
    assert main(["verify", str(project.path / "field-pack.zip")]) == 0
    assert "checks passed" in capsys.readouterr().out
