"""The folder of classes follows the log, whatever is cut short, and photos stay as they are."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lowres_kit.data import photo_names, read_folder
from lowres_kit.data.labels import labelled_folder
from lowres_kit.data.labels.label_log import LOG, LabelLog
from lowres_kit.data.labels.labelled_folder import LabelledFolder
from lowres_kit.errors import KitError

CLASSES = ("healthy", "ቅጠል ነጠብጣብ")
NAMES = [
    "a.jpg",
    "field 1/a.jpg",
    "field 2/a.jpg",
    "field 2/deep er/ä é.JPG",
    "field 2/照片 (1).png",
    "x" * 240 + ".jpg",
    "x" * 240 + ".png",
    "A.JPG",
    'what? a "name".jpg',
    "what_ a _name_.jpg",
    "no end",
]


@pytest.fixture(autouse=True, scope="module")
def quick_disk():
    """Thousands of copies need not wait for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


def fill(folder, names=NAMES):
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"the bytes of photo {number}".encode())
    (folder / "notes.txt").write_text("no photo")
    return folder


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file() and path.name != LOG}  # fmt: skip


class Labelling(RuleBasedStateMachine):
    """Any sequence of answers, undos, kills and power cuts, against a list of answers."""

    def __init__(self):
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="labelling-"))
        self.folder, self.into = fill(self.place / "photos"), self.place / "labels"
        (self.into / CLASSES[0]).mkdir(parents=True)
        (self.into / CLASSES[0] / "a.jpg").write_bytes(b"was there before")
        self.before, self.stack = contents(self.folder), []
        self.open()

    def open(self):
        self.labelled = LabelledFolder(self.folder, CLASSES, self.into)

    @rule(photo=some.sampled_from(NAMES), label=some.sampled_from([*CLASSES, None]))
    def answer(self, photo, label):
        self.labelled.answer(photo, label, 1.0)
        self.stack.append((photo, label))
        assert self.labelled.follow() == []

    @rule()
    def undo(self):
        undone = self.labelled.undo()
        assert (undone is None) == (not self.stack)
        if self.stack:
            assert self.stack.pop() == (undone.photo, undone.label)
        assert self.labelled.follow() == []

    @rule(photo=some.sampled_from(NAMES), label=some.sampled_from(CLASSES))
    def killed_between_the_log_and_the_copy(self, photo, label):
        self.labelled.answer(photo, label, 1.0)
        self.stack.append((photo, label))
        self.reopen()

    @precondition(lambda self: self.stack)
    @rule()
    def killed_between_the_undo_and_its_copy(self):
        self.labelled.undo()
        self.stack.pop()
        self.reopen()

    @rule(photo=some.sampled_from(NAMES), label=some.sampled_from([*CLASSES, None]),
          part=some.floats(0, 0.999))  # fmt: skip
    def power_cut_within_a_line(self, photo, label, part):
        log = self.labelled.log.path
        before = log.read_bytes()
        self.labelled.answer(photo, label, 1.0)
        line = log.read_bytes()[len(before) :]
        self.labelled.close()
        log.write_bytes(before + line[: int(part * len(line))])
        self.open()

    @precondition(lambda self: dict(self.stack).get(NAMES[1]))
    @rule(length=some.integers(0, 5))
    def power_cut_within_a_copy(self, length):
        for answer in self.labelled.log.standing:
            if answer.photo == NAMES[1] and answer.file:
                copy = self.into / answer.file
        copy.write_bytes(b"x" * length)
        copy.with_name(f".{copy.name}.4711.part").write_bytes(b"half")
        self.reopen()

    @rule()
    def reopen(self):
        self.labelled.close()
        self.open()
        assert self.labelled.told == [] and self.labelled.owed == {}

    @invariant()
    def folder_says_what_was_answered(self):
        labels = dict(self.stack)
        assert self.labelled.labels() == labels
        found = sorted((file.split("/")[0], content) for file, content in
                       contents(self.into).items())  # fmt: skip
        expected = [(label, self.before[photo]) for photo, label in labels.items() if label]
        assert found == sorted([*expected, (CLASSES[0], b"was there before")])
        assert contents(self.folder) == self.before, "the photos themselves were touched"

    def teardown(self):
        self.labelled.close()
        shutil.rmtree(self.place)


TestLabelling = Labelling.TestCase
TestLabelling.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


@pytest.fixture
def open_folder(tmp_path):
    opened = []

    def open_it(classes=CLASSES, into=tmp_path / "labels"):
        opened.append(LabelledFolder(tmp_path / "photos", classes, into))
        return opened[-1]

    fill(tmp_path / "photos")
    yield open_it
    for one in opened:
        one.close()


def test_what_the_bench_wrote_is_a_folder_of_classes(tmp_path, folder_of):
    photos = folder_of(one=3, two=3)
    labelled = LabelledFolder(photos, ["yes", "no"], photos / "sorted")
    for number, name in enumerate(labelled.photos):
        labelled.answer(name, ["yes", "no"][number % 2])
        assert labelled.follow() == []
    labelled.close()
    found = read_folder(photos / "sorted")
    assert found.counts() == {"no": 3, "yes": 3} and found.problems == ()
    assert photo_names(photos, without=photos / "sorted") == labelled.photos, "copies are no photos"


def test_empty_folders_of_a_class_go_with_their_last_photo(open_folder):
    labelled = open_folder()
    labelled.answer("field 2/deep er/ä é.JPG", "healthy")
    labelled.follow()
    assert (labelled.into / "healthy/field 2/deep er/ä é.JPG").is_file()
    labelled.undo()
    labelled.follow()
    assert [path.name for path in labelled.into.iterdir()] == [LOG]


def test_a_photo_that_vanished_is_told_and_its_answer_stays(open_folder):
    labelled = open_folder()
    labelled.answer("a.jpg", "healthy")
    labelled.follow()
    labelled.answer("A.JPG", "healthy")
    for name in ("a.jpg", "A.JPG"):
        (labelled.folder / name).unlink()
    assert "A.JPG is no longer in photos and was not copied yet" in labelled.follow()[0]
    labelled.close()
    again = open_folder()
    assert "2 of the 2 photos with an answer are no longer in photos (a.jpg" in again.told[0]
    assert "A.JPG is no longer in photos" in again.told[1] and len(again.told) == 2
    assert again.labels() == {"a.jpg": "healthy", "A.JPG": "healthy"}
    assert (again.into / "healthy/a.jpg").exists()


def test_a_disk_too_full_for_the_copy_keeps_the_label(open_folder, monkeypatch):
    labelled = open_folder()

    def full(place, blocks):
        raise KitError("healthy/a.jpg cannot be written (No space left on device).")

    with monkeypatch.context() as disk:
        disk.setattr(labelled_folder, "write_blocks", full)
        labelled.answer("a.jpg", "healthy")
        told = labelled.follow()
        assert "answer is saved; its copy is not made yet" in told[0] and "No space" in told[0]
        labelled.answer("no end", "healthy")
        assert len(labelled.follow()) == 2
    labelled.undo()
    assert labelled.follow() == [] and list(contents(labelled.into)) == ["healthy/a.jpg"]


def test_a_photo_that_cannot_be_read_is_not_taken_for_a_full_disk(open_folder, monkeypatch):
    labelled = open_folder()
    labelled.answer("a.jpg", "healthy")

    def unplugged(place, blocks):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(labelled_folder, "write_blocks", unplugged)
    assert "a.jpg cannot be read (Input/output error)" in labelled.follow()[0]


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ("healthy", r"as a list, such as \['healthy'"),
        (["healthy"], "2 to 9 classes, not 1"),
        ([str(number) for number in range(10)], "not 10"),
        (["yes/no", "x"], "'yes/no' cannot be the name of a folder"),
        (["..", "x"], "cannot be the name"),
        (["con", "x"], "cannot be the name"),
        ([".hidden", "x"], "cannot be the name"),
        ([" x", "y"], "cannot be the name"),
        (["", "y"], "cannot be the name"),
        (["y" * 200, "y"], "make it shorter"),
        (["Labels.jsonl", "y"], "has the name of the log"),
        (["Rust", "rust"], "Two classes have the same name"),
        (["é", "é"], "Two classes have the same name"),
    ],
)
def test_classes_that_cannot_be_folders_are_told(open_folder, classes, said):
    with pytest.raises(KitError, match=said):
        open_folder(classes)


def test_the_labels_may_not_lie_over_the_photos(open_folder, tmp_path):
    for into in (tmp_path / "photos", tmp_path):
        with pytest.raises(KitError, match="the photos lie in it"):
            open_folder(into=into)


def test_folders_without_photos_are_told(tmp_path):
    with pytest.raises(KitError, match="There is no folder"):
        photo_names(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(KitError, match="There are no photos"):
        photo_names(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such file names")
def test_a_name_that_is_no_text_is_copied_under_one_that_is(open_folder, tmp_path):
    name = os.fsdecode(b"\xff.jpg")
    (tmp_path / "photos" / name).write_bytes(b"odd")
    labelled = open_folder()
    labelled.answer(name, "healthy")
    assert labelled.follow() == [] and contents(labelled.into) == {"healthy/_.jpg": b"odd"}


def test_the_log_alone_is_enough(open_folder, tmp_path):
    labelled = open_folder()
    labelled.answer("a.jpg", "healthy")
    labelled.follow()
    labelled.close()
    shutil.rmtree(labelled.into / "healthy")
    assert list(contents(open_folder().into)) == ["healthy/a.jpg"]
    with pytest.raises(KitError, match="Another bench"):
        LabelLog(labelled.into, CLASSES)
