"""What version 0.1 wrote is opened today, and one can go on from it: see old_files/README.md."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from lowres_kit.cli import main
from lowres_kit.data import answers_of, labels_of
from lowres_kit.data.labels.label_log import LabelLog
from lowres_kit.data.train_validation_test import SPLIT_FACTS
from lowres_kit.errors import KitError
from lowres_kit.field.pack.pack import Pack
from lowres_kit.field_cli import main as field
from lowres_kit.learn import Classifier
from lowres_kit.scope import Project
from lowres_kit.shrink import candidates
from lowres_lessons.shared import project_model as models

OLD = Path(__file__).with_name("old_files")


@pytest.fixture
def old(tmp_path):
    """The files, to be written to."""
    return shutil.copytree(OLD, tmp_path / "old")


def run(capsys, program, *words):
    """Run a command; return its exit code and what it printed, read as JSON."""
    code = program([*map(str, words), "--json"])
    printed = capsys.readouterr()
    assert printed.out, printed.err
    return code, json.loads(printed.out)


def test_a_trained_classifier_is_evaluated(old, capsys):
    code, found = run(capsys, main, "evaluate", old / "model", old / "photos")
    assert code == 0 and found["tested"] == 24
    facts = Classifier.load(old / "model").facts
    assert facts["photos"] == {"train": 14, "validation": 4, "test": 6, "left out": 0}
    assert facts["held_out"] == 0.25 and facts["accuracy_held_out"] == pytest.approx(4 / 6)


def test_a_trained_classifier_is_shrunk_with_the_split_it_had(old, capsys, monkeypatch):
    monkeypatch.setitem(candidates.EFFORTS, "quick", candidates.Effort(1, 1, 1, 2, 1, 1))
    words = ("shrink", old / "model", old / "photos", "--to", "1MB", "--out", old / "again")
    code, found = run(capsys, main, *words)
    before, after = (json.loads((old / name / "shrunk.json").read_text("utf-8"))
                     for name in ("small", "again"))  # fmt: skip
    assert code == 0 and found["tested"] == 6
    # The same photos: the trained network is right for as many, and as sure of them.
    assert after["teacher"]["accuracy"] == before["teacher"]["accuracy"]
    assert after["teacher"]["log_loss"] == pytest.approx(before["teacher"]["log_loss"], abs=1e-3)
    assert set(after["training"]) == set(SPLIT_FACTS)
    assert after["training"]["held_out_photos"] == before["training"]["kept_apart_photos"]


def test_photos_that_are_not_those_of_the_training_are_still_refused(old):
    (old / "photos" / "disc" / "00.jpg").rename(old / "photos" / "disc" / "zero.jpg")
    with pytest.raises(KitError, match="not the folder that the classifier was trained on"):
        from lowres_kit.desk.packing import pack_folder

        pack_folder(old / "small", old / "photos", old / "new.zip", say=lambda line: None)


def test_a_small_model_becomes_a_pack(old, capsys):
    code, found = run(capsys, main, "pack", old / "small", old / "photos", "--out", old / "new.zip")
    assert code == 1  # so few photos promise nothing
    before, after = Pack.open(old / "pack.zip"), Pack.open(old / "new.zip")
    assert after.model_sum == before.model_sum and after.class_names == before.class_names
    assert after.threshold == before.threshold
    assert [one.name for one in after.checks] == [one.name for one in before.checks]


def test_a_pack_is_verified_and_its_answers_compared(old, capsys):
    code, found = run(capsys, main, "verify", old / "pack.zip")
    assert code == 0 and found["fingerprint"] == "6d231077"
    assert field(["answers", str(old / "pack.zip"), str(old / "photos"), "--out",
                  str(old / "new.json")]) == 0  # fmt: skip
    capsys.readouterr()
    code, (found,) = run(capsys, field, "compare", old / "answers.json", old / "new.json")
    assert code == 0 and found["inputs"] == found["same"] == 24


def test_a_label_log_goes_on(old):
    assert labels_of(old / "labelled") == {"disc/00.jpg": "disc", "ring/00.jpg": "ring"}
    assert len(answers_of(old / "labelled", undone=True)) == 4
    log = LabelLog(old / "labelled", ["disc", "ring"])
    log.answer("disc/01.jpg", "disc", 1.0, "Asha", "disc/disc/01.jpg")
    log.close()
    assert labels_of(old / "labelled")["disc/01.jpg"] == "disc"


def test_measurements_are_found_by_the_step_without_its_number(old):
    project = Project(old / "project")
    assert project.steps() == ["first-classifier", "fine-tuned"]
    project.record("fine-tuned", {"accuracy": 0.8})
    found = [one["measured"]["accuracy"] for one in project.history("fine-tuned")]
    assert found == [0.7, 0.75, 0.8]
    assert project.scope().problem


def test_the_model_in_the_project_folder_is_used_again(old, monkeypatch):
    settings = replace(models.transfer_settings("quick"), size=32, epochs=1)
    monkeypatch.setattr(models, "transfer_settings", lambda profile: settings)
    lines = []
    task = models.project_model(Project(old / "project"), old / "photos", say=lines.append)
    assert "from model in the project folder" in lines[-1]
    assert task.model.cut == "24"
    assert [len(part[1]) for part in (task.train, task.validation, task.test)] == [16, 4, 4]
