"""A log of labels that a power cut cannot spoil: one line an answer, on the disk at once.

Nothing in the log is ever rewritten; to undo is a line too. A power cut can tear the line that is
being written and no other: the torn line is cut off when the log is opened again.
"""

import errno
import json
import os
import unicodedata
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

from ...errors import KitError
from ...places import expanded, flush_folder, lock

LOG = "labels.jsonl"
VERSION = 1


@dataclass(frozen=True)
class LabelAnswer:
    """One answer about one photo.

    Attributes
    ----------
    photo : str
        The photo's place below the folder of photos, with ``/``: ``"farm 1/IMG_7.jpg"``.
    label : str or None
        Name of the class; None for "cannot tell".
    seconds : float
        From the moment when the photo was shown to the answer.
    who : str
        Who answered; "" where nobody said.
    at : str
        Date and time (UTC, ISO 8601).
    file : str
        Where the copy lies below the folder of classes; "" for "cannot tell".
    """

    photo: str
    label: str | None
    seconds: float
    who: str = ""
    at: str = ""
    file: str = ""


def answers_of(into, undone=False):
    """Read the answers in a folder of classes that the labelling bench wrote.

    Parameters
    ----------
    into : str or pathlib.Path
        The folder. It may be read while a bench is open on it.
    undone : bool
        Whether to give the answers that were taken back, too: they cost time as well.

    Returns
    -------
    list of LabelAnswer
        Oldest first. Where a photo was labelled twice, the later answer counts.

    Raises
    ------
    KitError
        If there is no log of labels, or it is damaged.
    """
    path = expanded(into) / LOG
    try:
        read = _Read(path, path.read_bytes())
    except OSError:
        raise KitError(
            f"There are no labels in {into}: it has no file {LOG}. Label some photos first, or "
            "name the folder that the labelling bench wrote to."
        ) from None
    return read.every if undone else read.standing


def labels_of(into):
    """Read which class each photo was given, by name: ``{"farm 1/IMG_7.jpg": "rust", …}``.

    Photos that nobody could tell are left out; see `answers_of` for those, for the seconds that
    each answer took, and for who gave it.
    """
    last = {answer.photo: answer.label for answer in answers_of(into)}
    return {photo: label for photo, label in last.items() if label is not None}


class LabelLog:
    """The log, open to be added to; one program at a time.

    Parameters
    ----------
    into : str or pathlib.Path
        The folder that holds it; made if it is missing.
    classes : sequence of str
        Names of the classes. A log that is there already may know fewer of them, but no others.

    Attributes
    ----------
    standing : list of LabelAnswer
        Answers that were not undone, oldest first.
    every : list of LabelAnswer
        All answers that were ever given.
    told : list of str
        What a person should know about how the log was found.

    Raises
    ------
    KitError
        If the folder cannot be written to, another program has the log open, its classes are
        others, or it is damaged. `answer` and `undo` raise it if nothing can be saved; then the
        log is as it was before.
    """

    def __init__(self, into, classes):
        self.path = Path(into) / LOG
        self.classes = [unicodedata.normalize("NFC", name) for name in classes]
        self._handle, self._torn = _open_alone(self.path), False
        try:
            self._load()
        except OSError as error:
            self.close()
            raise KitError(
                f"{self.path} cannot be read ({error.strerror or error}). Look whether the disk is "
                "still there, or name another folder for the labels."
            ) from error
        except BaseException:
            self.close()
            raise

    def _load(self):
        content = self.path.read_bytes()
        read = _Read(self.path, content)
        self.standing, self.every, self._length = read.standing, read.every, read.whole
        self.told = []
        if read.whole < len(content):
            self._torn = True
            self._mend()
            self.told.append(
                f"The last line of {LOG} was cut short, as a power cut does; it was taken away. "
                "At most one answer has to be given again."
            )
        _refuse_other_classes(read.classes, self.classes)
        if set(self.classes) - set(read.classes):
            self._append({"label_log": VERSION, "classes": self.classes})

    def answer(self, photo, label, seconds, who="", file=""):
        """Save an answer; when this returns, it is on the disk.

        Parameters
        ----------
        photo, label, seconds, who, file
            As in `LabelAnswer`, which is returned.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        answer = LabelAnswer(photo, label, round(max(seconds, 0), 2), who, now, file)
        try:
            _refuse_foreign(answer, self.classes)
        except ValueError as error:  # it would spoil the log for whoever reads it
            raise KitError(f"The answer {label!r} to {photo!r} cannot be kept: {error}.") from None
        self._append({key: value for key, value in asdict(answer).items() if value != ""})
        self.standing.append(answer)
        self.every.append(answer)
        return answer

    def undo(self):
        """Take the last answer back and return it; None where there is none."""
        if not self.standing:
            return None
        self._append({"undo": self.standing[-1].photo})
        return self.standing.pop()

    def close(self):
        """Let another program have the log."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _append(self, line):
        if self._handle is None:
            raise KitError(
                "This bench was closed, or opened again in another cell; nothing was saved here."
            )
        line = _encode(line)
        try:
            self._refuse_if_gone()
            self._mend()
            self._torn = True
            # One write, so that a power cut leaves a beginning of this line and nothing else.
            if os.write(self._handle, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._handle)
        except OSError as error:
            with suppress(OSError):
                self._mend()
            raise KitError(
                f"The answer could not be saved in {self.path.parent.name}/{LOG} "
                f"({error.strerror or error}). Make room on the disk, or look whether it is still "
                "there, and answer again; all answers before are saved."
            ) from error
        self._torn = False
        self._length += len(line)

    def _mend(self):
        """Cut off what was written in part."""
        if self._torn:
            os.ftruncate(self._handle, self._length)
            os.fsync(self._handle)
            self._torn = False

    def _refuse_if_gone(self):
        """A file that was deleted while it is open can be written to, and nobody ever sees it."""
        try:
            same = os.path.samestat(os.stat(self.path), os.fstat(self._handle))
        except FileNotFoundError:
            same = False
        if not same:
            raise OSError(errno.ENOENT, "the file was deleted or replaced while the bench was open")


def _open_alone(path):
    """Open the log to add to it, made if it is missing; refuse where another program has it.

    Returns a file descriptor: closing it, or the end of the program, lets the next one in.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags, 0o644)
        flush_folder(path.parent)
    except OSError as error:
        raise KitError(
            f"The folder {path.parent} cannot be written to ({error.strerror or error}); name "
            "another one for the labels."
        ) from error
    if lock(handle):
        return handle
    os.close(handle)
    raise KitError(
        f"Another bench is open on {path.parent}. Close that notebook (menu Kernel, Shut Down "
        "Kernel), or give this one another folder."
    )


class _Read:
    """What the whole lines of a log say; `whole` is their length in bytes."""

    def __init__(self, path, content):
        self.classes, self.standing, self.every, self.whole = [], [], [], 0
        *lines, torn = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, IndexError):
                if number == len(lines) and not torn:
                    return  # the end was torn by a power cut
                raise KitError(
                    f"Line {number} of {path} cannot be read, and it is not the last: the file was "
                    "changed by hand, or the disk is failing. Put a copy of it back, or delete "
                    "that line."
                ) from None
            self.whole += len(line) + 1

    def _take(self, line):
        if "classes" in line:
            self.classes = [str(name) for name in line["classes"]]
        elif "undo" in line:
            if self.standing[-1].photo != line["undo"]:
                raise ValueError("another photo was labelled last")
            self.standing.pop()
        else:
            answer = LabelAnswer(**line)
            _refuse_foreign(answer, self.classes)
            self.standing.append(answer)
            self.every.append(answer)


def _refuse_foreign(answer, classes):
    """A log may come from anybody: it must not name files outside the two folders."""
    for name in (answer.photo, answer.file):
        path = PurePath(name)  # a colon leads elsewhere on Windows, and is a letter on Linux
        if path.drive or path.root or ".." in path.parts:
            raise ValueError("it names a place outside the folder")
    if (answer.label is None) != (not answer.file) or answer.seconds < 0:
        raise ValueError("it is half an answer")
    if answer.label is not None and (
        answer.label not in classes or answer.file.split("/")[0] != answer.label
    ):
        raise ValueError("the log does not know the class")


def _encode(line):
    try:
        text = json.dumps(line, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:  # a file name that is no text; \udc80 gives its bytes back
        text = json.dumps(line).encode("ascii")
    return text + b"\n"


def _refuse_other_classes(known, given):
    missing = [name for name in known if name not in given]
    if missing:
        raise KitError(
            f"The labels in this folder were begun with the classes {', '.join(known)}; "
            f"{', '.join(missing)} is not among those given now ({', '.join(given)}). Give all of "
            "them (more may be added), or begin in another folder."
        )
