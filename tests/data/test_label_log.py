"""The log of labels: whatever is cut off its end costs one answer at most."""

import errno
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lowres_kit.data import answers_of, labels_of
from lowres_kit.data.labels.label_log import LOG, LabelLog
from lowres_kit.errors import KitError

CLASSES = ["healthy", "rust"]
acts = some.lists(
    some.one_of(
        some.tuples(some.text(min_size=1, max_size=9), some.sampled_from([*CLASSES, None])),
        some.just("undo"),
    ),
    max_size=12,
)


@pytest.fixture(autouse=True, scope="module")
def quick_disk():
    """Thousands of lines need not wait for the disk; one test counts how often that is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


def usable(photo):
    """Whether a text may be the name of a photo here; other names never come out of a folder."""
    return photo[0] not in "/\\" and ".." not in photo.split("/") and photo[1:2] != ":"


def write(log, acts):
    for act in acts:
        if act == "undo":
            log.undo()
        elif usable(act[0]):
            file = f"{act[1]}/{act[0]}" if act[1] else ""
            log.answer(*act, seconds=1.5, who="Asha", file=file)


def standing(acts):
    stack = []
    for act in acts:
        if act != "undo" and usable(act[0]):
            stack.append(act)
        elif act == "undo" and stack:
            stack.pop()
    return stack


@settings(max_examples=60, deadline=None)
@given(acts)
def test_a_log_read_again_says_what_was_written(tmp_path_factory, acts):
    into = tmp_path_factory.mktemp("log")
    log = LabelLog(into, CLASSES)
    write(log, acts)
    expected = [(one.photo, one.label) for one in log.standing]
    assert expected == standing(acts)
    assert answers_of(into) == log.standing and answers_of(into, undone=True) == log.every
    log.close()
    again = LabelLog(into, CLASSES)
    assert again.standing == log.standing and again.told == []
    assert labels_of(into) == {p: c for p, c in dict(expected).items() if c is not None}
    again.close()


@settings(max_examples=4, deadline=None)
@given(acts)
def test_cut_off_at_any_byte_it_loses_the_last_line_at_most(tmp_path_factory, acts):
    into = tmp_path_factory.mktemp("log")
    log = LabelLog(into, CLASSES)
    states = [[]]  # the answers that stand after each line
    for act in acts:
        before = log.path.stat().st_size
        write(log, [act])
        if log.path.stat().st_size > before:
            states.append(list(log.standing))
    log.close()
    content = log.path.read_bytes()
    for length in range(len(content)):
        log.path.write_bytes(content[:length])
        whole = content[:length].count(b"\n")
        with_torn = LabelLog(into, CLASSES)
        assert with_torn.standing == states[max(0, whole - 1)]
        assert bool(with_torn.told) == (length > 0 and content[length - 1 : length] != b"\n")
        with_torn.answer("next.jpg", "rust", 1.0, file="rust/next.jpg")
        with_torn.close()
        assert answers_of(into)[-1].photo == "next.jpg", "what was torn spoils what follows"


def test_zeros_at_the_end_are_cut_off_too(tmp_path):
    log = LabelLog(tmp_path, CLASSES)
    log.answer("a.jpg", None, 1.0)
    log.close()
    with open(log.path, "ab") as file:
        file.write(bytes(500))  # a file system may lengthen a file before it writes into it
    again = LabelLog(tmp_path, CLASSES)
    assert len(again.standing) == 1 and "cut short" in again.told[0]
    again.close()


def test_a_line_spoilt_in_the_middle_is_told_not_skipped(tmp_path):
    log = LabelLog(tmp_path, CLASSES)
    for name in "ab":
        log.answer(name, None, 1.0)
    log.close()
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(lines[0] + b"?" + lines[1] + lines[2])
    with pytest.raises(KitError, match="Line 2 of .* cannot be read"):
        LabelLog(tmp_path, CLASSES)
    # A last line that is whole but spoilt was saved; with a torn one behind it, it is not the last.
    log.path.write_bytes(lines[0] + lines[1] + b"?" + lines[2] + b'{"photo"')
    with pytest.raises(KitError, match="Line 3 of .* cannot be read"):
        LabelLog(tmp_path, CLASSES)


@pytest.mark.parametrize(
    "file", ["/etc/rust", "rust/../../x", "other/x.jpg", "", "\\\\server\\x", "C:/x.jpg"]
)
def test_a_log_from_a_stranger_names_no_file_elsewhere(tmp_path, file):
    lines = [
        {"label_log": 1, "classes": CLASSES},
        {"photo": "x.jpg", "label": "rust", "seconds": 1, "at": "", "file": file},
        {"photo": "y.jpg", "label": None, "seconds": 1, "at": ""},
    ]
    (tmp_path / LOG).write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(KitError, match="Line 2"):
        answers_of(tmp_path)


def test_each_answer_is_on_the_disk_when_the_call_returns(tmp_path, monkeypatch):
    log, flushed = LabelLog(tmp_path, CLASSES), []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_size))
    log.answer("a.jpg", None, 1.0)
    assert flushed == [log.path.stat().st_size]
    log.undo()
    assert flushed[-1] == log.path.stat().st_size
    log.close()


@pytest.mark.parametrize("part", [0, 7])
def test_a_full_disk_is_told_and_leaves_no_half_line(tmp_path, monkeypatch, part):
    log = LabelLog(tmp_path, CLASSES)
    log.answer("a.jpg", None, 1.0)
    before, write_all = log.path.read_bytes(), os.write

    def full(handle, line):
        if part:
            return write_all(handle, line[:part])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    for act in (lambda: log.answer("b.jpg", None, 1.0), log.undo):
        with pytest.raises(KitError, match="could not be saved.*No space left.*all answers before"):
            act()
        assert log.path.read_bytes() == before and len(log.standing) == 1
    monkeypatch.undo()
    log.answer("b.jpg", None, 1.0)
    log.close()
    assert [one.photo for one in answers_of(tmp_path)] == ["a.jpg", "b.jpg"]


def test_what_could_not_be_cut_off_at_once_is_cut_off_before_the_next_line(tmp_path, monkeypatch):
    log, write_all = LabelLog(tmp_path, CLASSES), os.write
    with monkeypatch.context() as failing:
        failing.setattr(os, "write", lambda handle, line: write_all(handle, line[:9]))
        failing.setattr(os, "ftruncate", lambda *_: (_ for _ in ()).throw(OSError(5, "I/O error")))
        with pytest.raises(KitError, match="could not be saved"):
            log.answer("a.jpg", None, 1.0)
    log.answer("b.jpg", None, 1.0)
    log.close()
    assert [one.photo for one in answers_of(tmp_path)] == ["b.jpg"]


def test_a_log_that_was_deleted_meanwhile_is_told(tmp_path):
    log = LabelLog(tmp_path, CLASSES)
    log.path.unlink()
    with pytest.raises(KitError, match="deleted or replaced while the bench was open"):
        log.answer("a.jpg", None, 1.0)
    log.close()
    with pytest.raises(KitError, match="closed, or opened again"):
        log.undo() or log.answer("a.jpg", None, 1.0)


def test_another_program_may_read_but_not_write(tmp_path):
    log = LabelLog(tmp_path, CLASSES)
    log.answer("a.jpg", "rust", 1.0, file="rust/a.jpg")
    program = (
        "import sys\n"
        "from lowres_kit.data import labels_of\n"
        "from lowres_kit.data.labels.label_log import LabelLog\n"
        "print(labels_of(sys.argv[1]))\n"
        "LabelLog(sys.argv[1], ['healthy', 'rust'])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True)
    assert "{'a.jpg': 'rust'}" in ran.stdout
    assert ran.returncode and "Another bench is open" in ran.stderr
    log.close()
    ran = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_classes_may_be_added_but_none_left_out(tmp_path):
    LabelLog(tmp_path, CLASSES).close()
    with pytest.raises(KitError, match="begun with the classes healthy, rust; rust is not among"):
        LabelLog(tmp_path, ["healthy", "spots"])
    log = LabelLog(tmp_path, ["spots", "rust", "healthy"])
    log.answer("a.jpg", "spots", 1.0, file="spots/a.jpg")
    log.close()
    with pytest.raises(KitError, match="spots is not among"):
        LabelLog(tmp_path, CLASSES)


def test_a_name_that_is_no_text_comes_back_as_it_was(tmp_path):
    name = os.fsdecode(b"\xff\xfe.jpg")
    log = LabelLog(tmp_path, CLASSES)
    log.answer(name, None, 1.0)
    log.close()
    assert [one.photo for one in answers_of(tmp_path)] == [name]


def test_no_log_is_told_with_a_way_out(tmp_path):
    with pytest.raises(KitError, match="no file labels.jsonl. Label some photos first"):
        labels_of(tmp_path)


def test_a_place_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KitError, match="cannot be written to"):
        LabelLog(tmp_path / "file" / "labels", CLASSES)
