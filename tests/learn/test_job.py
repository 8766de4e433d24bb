"""`lowres train` and `lowres evaluate` on folders as people have them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lowres_kit.cli import main
from lowres_kit.data.train_validation_test import repeat_training_split, train_validation_test_split
from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier, job
from lowres_kit.learn.job import evaluate_folder

# The same steps as in the real profiles, on pictures of a stamp's size.
TINY = job.Profile(48, 60, ("24", "40"), 32, 1, 3, 48)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setitem(job.PROFILES, "quick", TINY)


def make_folder(place, classes, photos, seed=0, tint=10):
    """Write noisy pictures, each class in a colour of its own, give or take a tint."""
    rng = np.random.default_rng(seed)
    colours = np.random.default_rng(99).uniform(30, 225, (classes, 3))
    for number, colour in enumerate(colours):
        folder = place / f"class {number:02}"
        folder.mkdir(parents=True)
        for photo in range(photos):
            pixels = colour + rng.normal(0, 40, (72, 80, 3)) + rng.normal(0, tint, 3)
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{photo:02}.png")
    return place


def lowres(capsys, *words):
    """Run a command; return its exit code, what it printed, and its complaints."""
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def train(capsys, folder, out, *words):
    code, result, said = lowres(capsys, "train", folder, "--out", out, "--json", *words)
    assert code == 0, said
    return json.loads(result), said


def test_what_is_odd_about_the_photos_is_told_before_the_work(tmp_path, capsys):
    """By all that divides the photos of a training: train, shrink and pack."""
    folder = make_folder(tmp_path / "photos", 2, 8)
    for number in range(3):
        copied = (folder / "class 00" / f"{number:02}.png").read_bytes()
        (folder / "class 01" / f"copy {number}.png").write_bytes(copied)
        (folder / "class 01" / f"empty {number}.png").touch()
    (folder / "class 01" / "empty 3.png").touch()
    (folder / "sources.csv").write_text("file,source\nx.png,1\ny.png,2\n", encoding="utf-8")
    said, again = [], []
    data = train_validation_test_split(folder, 0, 0.2, said.append)
    text = "\n".join(said)
    assert "3 photos lie in two classes (class 00/00.png and class 01/copy 0.png; " in text
    assert "Left out: 4 times “is empty (0 bytes)” (class 01/empty 0.png, " in text
    assert "none of the 2 lines of sources.csv names a photo that is there" in text
    facts = {"recipe": {"seed": 0}, "photos": data.counts(), "held_out": 0.2}
    repeat_training_split(facts, data.names, folder, again.append)
    assert again == said


def test_evaluate_tells_what_it_left_out(tmp_path, tiny, capsys):
    folder = make_folder(tmp_path / "photos", 2, 20)
    train(capsys, folder, tmp_path / "model")
    (folder / "class 01" / "empty.png").touch()
    code, told, _ = lowres(capsys, "evaluate", tmp_path / "model", folder)
    assert code == 0 and "Left out: class 01/empty.png is empty" in told


def test_two_classes(tmp_path, tiny, capsys):
    folder = make_folder(tmp_path / "photos", 2, 20)
    result, _ = train(capsys, folder, tmp_path / "model")
    assert result["accuracy"] >= 0.85
    assert np.sum(result["confusion"]) == result["tested"] == result["photos"]["test"] == 8
    assert result["seconds"] > 0 and 100 < result["peak_memory_mb"]
    code, told, _ = lowres(capsys, "evaluate", tmp_path / "model", folder, "--json")
    assert code == 0 and json.loads(told)["tested"] == 40


def answers(right):
    """Probabilities of two classes for photos of the first, from those of the right one."""
    right = np.asarray(right)
    return np.stack([right, 1 - right], 1)


def test_later_cut_must_win_by_more_than_chance():
    labels = np.zeros(100, int)
    probabilities = {"24": answers(np.full(100, 0.6)), "40": answers(np.tile([0.75, 0.5], 50))}
    assert job.log_loss(probabilities["40"], labels) < job.log_loss(
        probabilities["24"], labels
    )  # by chance
    assert job.earliest_good(probabilities, labels) == "24"
    assert job.earliest_good(probabilities | {"80": answers(np.full(100, 0.71))}, labels) == "80"
    # A middle one that the best does not surely beat is taken: it is smaller.
    probabilities |= {"40": answers(np.tile([0.8, 0.62], 50)), "80": answers(np.full(100, 0.71))}
    assert job.log_loss(probabilities["80"], labels) < job.log_loss(probabilities["40"], labels)
    assert job.earliest_good(probabilities, labels) == "40"


@pytest.mark.parametrize(
    ("classes", "steps", "chosen"),
    [(10, 2, "frozen"), (2, 96, "fine-tuned")],  # in so few steps ten classes are not learned
)
def test_probe_is_kept_only_if_it_is_clearly_better(
    tmp_path, monkeypatch, capsys, classes, steps, chosen
):
    monkeypatch.setitem(job.PROFILES, "quick", replace(TINY, steps=steps))
    folder = make_folder(tmp_path / "photos", classes, 20, tint=5)
    result, _ = train(capsys, folder, tmp_path / "model")
    assert result["chosen"].startswith(chosen), result["validation"]
    assert result["accuracy"] >= 0.8


def test_forty_classes_of_five_photos(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(job.PROFILES, "quick", replace(TINY, steps=96))
    folder = make_folder(tmp_path / "photos", 40, 5, tint=2)  # 40 colours are near each other
    result, _ = train(capsys, folder, tmp_path / "model")
    assert len(result["class_names"]) == 40
    assert result["photos"] == {"train": 120, "validation": 40, "test": 40, "left out": 0}
    # Three photos a class to learn from, and random light on colours that are near each other: it
    # learns little. Guessing gets 5 of 40 right three times in a thousand (binomial, p = 1/40).
    assert result["accuracy"] >= 5 / 40
    code, told, _ = lowres(capsys, "evaluate", tmp_path / "model", folder)
    assert code == 0 and "Hardest classes:" in told


def test_folder_full_of_broken_files(tmp_path, tiny, capsys):
    folder = make_folder(tmp_path / "photos", 2, 12)
    good = (folder / "class 00" / "00.png").read_bytes()
    for number in range(10):
        (folder / "class 00" / f"cut {number}.png").write_bytes(good[: 100 + 20 * number])
        (folder / "class 01" / f"empty {number}.jpg").write_bytes(b"")
    (folder / "class 01" / "letter.jpg").write_text("no picture", encoding="utf-8")
    result, said = train(capsys, folder, tmp_path / "model")
    assert result["photos"]["left out"] == 21
    for name in ("cut 9.png", "empty 0.jpg", "letter.jpg"):
        assert name in said
    assert result["accuracy"] >= 0.75


def test_nothing_but_broken_files(tmp_path, capsys):
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "bad.jpg").write_bytes(b"bad")
    code, _, said = lowres(capsys, "train", tmp_path / "photos", "--out", tmp_path / "model")
    assert code == 2
    assert len(said.strip().splitlines()) == 1 and said.startswith("lowres: ")
    assert not (tmp_path / "model").exists()


def test_one_class_is_not_enough(tmp_path, tiny, capsys):
    folder = make_folder(tmp_path / "photos", 1, 8)
    code, _, said = lowres(capsys, "train", folder, "--out", tmp_path / "model")
    assert code == 2 and "at least two folders with photos" in said


def test_class_that_the_classifier_does_not_know(tmp_path, tiny, capsys):
    train(capsys, make_folder(tmp_path / "photos", 2, 8), tmp_path / "model")
    more = make_folder(tmp_path / "more", 3, 4)
    code, _, said = lowres(capsys, "evaluate", tmp_path / "model", more)
    assert code == 2 and "does not know the class 'class 02'" in said


def test_same_seed_same_files_and_a_report_for_people(tmp_path, tiny, capsys):
    folder = make_folder(tmp_path / "photos", 2, 10)
    train(capsys, folder, tmp_path / "one", "--seed", 3)
    code, told, _ = lowres(capsys, "train", folder, "--out", tmp_path / "two", "--seed", 3)
    assert code == 0
    assert "<- kept" in told and "On the test photos:" in told and "95 % interval" in told
    for name in ("weights.pt", "classifier.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_none_held_out(tmp_path, tiny, capsys):
    folder = make_folder(tmp_path / "photos", 2, 10)
    result, _ = train(capsys, folder, tmp_path / "model", "--held-out", 0)
    assert result["accuracy"] is None and result["photos"]["test"] == 0


def test_out_that_is_a_file(tmp_path, tiny, capsys):
    folder = make_folder(tmp_path / "photos", 2, 10)
    (tmp_path / "model").write_text("a file", encoding="utf-8")
    code, _, said = lowres(capsys, "train", folder, "--out", tmp_path / "model")
    assert code == 2 and "model is a file" in said
    assert (tmp_path / "model").read_text(encoding="utf-8") == "a file"


@pytest.mark.skipif(os.name == "nt", reason="kills as Linux and macOS do")
def test_only_the_photos_make_the_folder_that_it_was_trained_on(tmp_path, tiny, capsys):
    photos, model = make_folder(tmp_path / "photos", 2, 12), tmp_path / "model"
    train(capsys, photos, model)
    classifier = Classifier.load(model)

    said = []
    evaluate_folder(model, photos, said.append)
    held_out = len(classifier.facts["marks"]["test"])
    assert said == [f"It learned from {24 - held_out} of these 24 photos: the score is too good."]
    evaluate_folder(model, make_folder(tmp_path / "new", 2, 3, seed=5), said.append)
    assert len(said) == 1

    def again():
        facts, names = classifier.facts, classifier.class_names
        return repeat_training_split(facts, names, photos, say=lambda line: None).marks()

    mark = again()
    shutil.copytree(model, photos / "model")  # of an earlier version of the kit
    for stray in ("report.html", "Thumbs.db", "notes.pdf", "class 00/broken.jpg"):
        (photos / stray).write_bytes(b"no photo")
    assert again() == mark == classifier.facts["marks"]
    # Neither names, nor places in a class, nor a list of sources make other photos.
    (photos / "class 00" / "more").mkdir()
    for number, path in enumerate(sorted((photos / "class 00").glob("*.png"))):
        place = path.parent / "more" if number % 2 else path.parent
        path.rename(place / f"IMG {number}.png")
    (photos / "sources.csv").write_text("file,source\n", encoding="utf-8")
    assert again() == mark
    first = next((photos / "class 00").glob("*.png"))
    (photos / "class 01" / "moved.png").write_bytes(first.read_bytes())
    with pytest.raises(KitError, match="is not the folder that the classifier was trained on"):
        again()
    (photos / "class 01" / "moved.png").unlink()
    # Other photos under the names of these are others.
    one, two = sorted((photos / "class 01").glob("*.png"))[:2]
    Image.fromarray(255 - np.asarray(Image.open(one))).save(two)
    with pytest.raises(KitError, match="1 of its photos are new, and 1 of those of then are gone"):
        again()
    two.write_bytes(one.read_bytes())
    with pytest.raises(KitError, match="0 of its photos are new, and 1 of those of then are gone"):
        again()


@pytest.mark.parametrize("inside", ["", "model", "class 00/model"])
def test_a_model_among_the_photos_is_refused_before_the_work(tmp_path, tiny, capsys, inside):
    photos = make_folder(tmp_path / "photos", 2, 12)
    before = sorted(photos.rglob("*"))
    code, result, said = lowres(capsys, "train", photos, "--out", photos / inside)
    assert (code, result) == (2, "") and "lies among the photos" in said
    assert sorted(photos.rglob("*")) == before


def test_what_others_keep_in_a_folder_resume_stays(tmp_path, tiny, capsys):
    letter = tmp_path / "model" / "resume" / "letter.pdf"
    letter.parent.mkdir(parents=True)
    letter.write_bytes(b"mine")
    train(capsys, make_folder(tmp_path / "photos", 2, 12), tmp_path / "model")
    assert [one.name for one in letter.parent.iterdir()] == ["letter.pdf"]


def test_killed_three_times_it_ends_with_the_same_files(tmp_path):
    folder = make_folder(tmp_path / "photos", 2, 10)
    code = (
        "import sys; from lowres_kit.learn import job; from lowres_kit.cli import main; "
        f"job.PROFILES['quick'] = job.{TINY!r}; sys.exit(main(sys.argv[1:]))"
    )

    def command(out):
        return [sys.executable, "-c", code, "train", str(folder), "--out", str(out)]

    subprocess.run(command(tmp_path / "whole"), check=True, stdout=subprocess.DEVNULL)
    kept = tmp_path / "cut" / "resume"
    for step in ("trial-24.pt", "trial-40.pt", "training.pt"):
        process = subprocess.Popen(command(tmp_path / "cut"), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while not (kept / step).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not (tmp_path / "cut" / "classifier.json").exists()
    again = subprocess.run(command(tmp_path / "cut"), check=True, capture_output=True, text=True)
    assert "On the test photos" in again.stdout
    for name in ("weights.pt", "classifier.json"):
        ours, theirs = (tmp_path / run / name for run in ("whole", "cut"))
        assert ours.read_bytes() == theirs.read_bytes()
    assert not kept.exists()
