"""A folder of classes that follows a log of labels: photos are copied, never moved or changed.

The log is written first and the copy made afterwards. So the log alone says what is true, and
opening the folder again brings it into agreement with the log, whatever was cut short.
"""

import hashlib
import os
import unicodedata
from contextlib import suppress
from pathlib import PurePosixPath

from ...errors import KitError
from ...places import expanded, shown, write_blocks
from ..folder import LEFT_BEHIND, NOTES, files_below
from .label_log import LOG, LabelLog

MOST_CLASSES = 9  # one key each
FORBIDDEN = '<>:"/\\|?*'  # what Windows and USB sticks allow in no name
DEVICES = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(10)}
LONGEST = 180  # bytes of a name; file systems allow 255, and a draft's name is longer
BLOCK = 1 << 20


def photo_names(folder, without=None):
    """List what may be a photo below a folder, sorted, as names such as ``"farm 1/IMG_7.jpg"``.

    Parameters
    ----------
    folder : str or pathlib.Path
        Any folder, with or without sub-folders.
    without : str or pathlib.Path, optional
        A folder below it that does not count: where the labels are written.

    Returns
    -------
    list of str
        Notes (``.csv``, ``.txt`` and the like) and hidden files are left out. No file was opened:
        one that is no picture is found when it is to be shown.

    Raises
    ------
    KitError
        If there is no such folder, or it holds no file.
    """
    folder = expanded(folder)
    if not folder.is_dir():
        raise KitError(f"There is no folder {folder}; check its name and the place you are in.")
    apart = expanded(without).resolve() if without else None
    names = [
        path.relative_to(folder).as_posix()
        for path in files_below(folder, [])
        if path.suffix.lower() not in NOTES - {""} and not (apart and _below(path, apart))
    ]
    if not names:
        raise KitError(f"There are no photos in {folder}. Copy some into it, or name another one.")
    return names


class LabelledFolder:
    """Photos, their labels, and the folder of classes that shows them.

    Parameters
    ----------
    folder : str or pathlib.Path
        The photos; nothing in it is ever written to.
    classes : sequence of str
        Two to nine names, in any script.
    into : str or pathlib.Path
        The folder of classes; what lies in it already stays as it is.

    Attributes
    ----------
    photos : list of str
        Names of all photos in `folder`.
    log : LabelLog
        The answers.
    owed : dict of str to str
        Photos whose copy could not be brought into agreement with the log, and why.
    told : list of str
        What a person should know about how things were found.

    Raises
    ------
    KitError
        In one sentence, if a folder or a class cannot be used.
    """

    def __init__(self, folder, classes, into):
        self.folder, self.into = expanded(folder), expanded(into)
        self.classes = _checked(classes)
        _refuse_nested(self.folder, self.into)
        self.photos = photo_names(self.folder, without=self.into)
        self.log = LabelLog(self.into, self.classes)
        self.owed, self._files, self._owner = {}, {}, {}
        for answer in self.log.every:
            self._assign(answer)
        self.told = list(self.log.told)
        self._settle()

    def labels(self):
        """Return each answered photo with its class, None for "cannot tell"."""
        return {answer.photo: answer.label for answer in self.log.standing}

    def answer(self, photo, label, seconds=0.0, who=""):
        """Save an answer; the copy is made by `follow`."""
        label = None if label is None else unicodedata.normalize("NFC", label)
        file = "" if label is None else self._file(photo, label)
        answer = self.log.answer(photo, label, seconds, who, file)
        self._assign(answer)
        self.owed.setdefault(photo, "")
        return answer

    def undo(self):
        """Take back the last answer and return it, or None; `follow` takes its copy away."""
        answer = self.log.undo()
        if answer:
            self.owed.setdefault(answer.photo, "")
        return answer

    def follow(self):
        """Bring the folder of classes into agreement with the log where it is not.

        Returns
        -------
        list of str
            What could not be done, in sentences; it is tried again with the next call.
        """
        current = {answer.photo: answer for answer in self.log.standing}
        for photo in list(self.owed):
            try:
                self._bring(photo, current.get(photo))
                del self.owed[photo]
            except KitError as problem:
                self.owed[photo] = str(problem)
        return list(self.owed.values())

    def close(self):
        """Let another program use the folder."""
        self.log.close()

    def _assign(self, answer):
        if answer.file:
            self._files.setdefault(answer.photo, {})[answer.label] = answer.file
            self._owner[_key(answer.file)] = answer.photo

    def _file(self, photo, label):
        """Choose where a photo's copy lies: a name that nothing else has."""
        known = self._files.get(photo, {}).get(label)
        if known:
            return known
        parts = [_portable(part) for part in PurePosixPath(photo).parts]
        last = PurePosixPath(parts[-1])
        number, file = 1, "/".join([label, *parts])
        while _key(file) in self._owner or os.path.lexists(self.into / file):
            number += 1
            file = "/".join([label, *parts[:-1], f"{last.stem}~{number}{last.suffix}"])
        return file

    def _settle(self):
        """At the beginning: compare all that the log ever named with what is there."""
        current = {answer.photo: answer for answer in self.log.standing}
        here = set(self.photos)
        gone = [photo for photo in current if photo not in here]
        if gone:
            self.told.append(
                f"{len(gone)} of the {len(current)} photos with an answer are no longer in "
                f"{self.folder.name} "
                f"({', '.join(gone[:3])}{', …' if len(gone) > 3 else ''}); their answers stay."
            )
        self._clear_drafts()
        self.owed = dict.fromkeys({*self._files, *current}, "")
        self.told += self.follow()

    def _clear_drafts(self):
        """Take away what a copy left behind that a power cut ended (see `write_blocks`)."""
        names = {(self.into / file).parent for files in self._files.values()
                 for file in files.values()}  # fmt: skip
        for folder in names:
            for draft in folder.glob(".*.part"):
                if self._is_ours(draft):
                    draft.unlink(missing_ok=True)

    def _is_ours(self, draft):
        copy = draft.with_name(draft.name[1:].rsplit(".", 2)[0])
        return _key(copy.relative_to(self.into).as_posix()) in self._owner

    def _bring(self, photo, answer):
        wanted = answer.file if answer else ""
        for file in set(self._files.get(photo, {}).values()) - {wanted}:
            self._remove(self.into / file)
        if wanted:
            self._copy(photo, self.into / wanted)

    def _copy(self, photo, place):
        source = self.folder / photo
        try:
            size = source.stat().st_size
        except OSError:
            if place.exists():
                return  # the photo is gone, its copy is there
            raise KitError(
                f"{photo} is no longer in {self.folder.name} and was not copied yet; its answer "
                "is saved. Put the photo back, and open the bench again."
            ) from None
        if place.is_file() and place.stat().st_size == size:
            return
        try:
            with open(source, "rb") as file:
                first = file.read(BLOCK)  # here a bad disk with the photos shows itself
                write_blocks(place, _blocks(first, file))
        except OSError as error:
            raise KitError(
                f"{photo} cannot be read ({error.strerror or error}), so it was not copied; its "
                "answer is saved. Look whether the disk with the photos is still there."
            ) from error
        except KitError as error:
            raise KitError(f"The answer is saved; its copy is not made yet: {error}") from error

    def _remove(self, place):
        try:
            place.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise KitError(
                f"The answer is saved, but {place.parent.name}/{place.name} cannot be taken away "
                f"({error.strerror or error}). Close the program that shows it."
            ) from error
        for folder in place.parents:  # those that are empty now
            if folder == self.into:
                return
            with suppress(OSError):
                folder.rmdir()


def _blocks(first, file):
    while first:
        yield first
        first = file.read(BLOCK)


def _below(path, folder):
    return path.resolve().is_relative_to(folder)


def _key(name):
    """What two names share that some disks take for the same."""
    return unicodedata.normalize("NFC", name).casefold()


def _portable(name):
    """Make a name that every disk can hold."""
    safe = "".join(
        "_" if letter in FORBIDDEN or letter != shown(letter) else letter for letter in name
    ).rstrip(". ")
    lower = safe.casefold()
    if lower.split(".")[0] in DEVICES or lower in LEFT_BEHIND or not safe:
        safe = "_" + safe
    if len(safe.encode()) > LONGEST:
        end = PurePosixPath(safe).suffix if len(PurePosixPath(safe).suffix.encode()) < 20 else ""
        mark = "~" + hashlib.sha256(os.fsencode(name)).hexdigest()[:8] + end
        safe = safe.encode()[: LONGEST - len(mark.encode())].decode(errors="ignore") + mark
    return safe


def _checked(classes):
    """Return the names of the classes, or say why they cannot be names of folders."""
    if isinstance(classes, str):
        raise KitError(f"Give the classes as a list, such as ['{classes}', 'healthy'].")
    names = [unicodedata.normalize("NFC", str(name)) for name in classes]
    if not 2 <= len(names) <= MOST_CLASSES:
        raise KitError(f"The bench has keys for 2 to {MOST_CLASSES} classes, not {len(names)}.")
    for name in names:
        if name != _portable(name) or name != name.strip() or name.startswith("."):
            raise KitError(
                f"The class {name!r} cannot be the name of a folder on every computer. Leave out "
                f"{' '.join(FORBIDDEN)} and spaces or points at its ends, or make it shorter."
            )
        if _key(name) == _key(LOG):
            raise KitError(f"The class {name!r} has the name of the log; call it something else.")
    if len({_key(name) for name in names}) < len(names):
        raise KitError(f"Two classes have the same name: {', '.join(names)}. Name each once.")
    return tuple(names)


def _refuse_nested(folder, into):
    if folder.resolve().is_relative_to(into.resolve()):
        raise KitError(
            f"The labels cannot be written to {into}, since the photos lie in it. Name a folder "
            "of its own, such as my-labels."
        )
