"""The labelling bench: photos one after another, a key for each class, nothing lost."""

import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..data.labels.labelled_folder import LabelledFolder
from ..data.pictures import PictureProblem, open_picture
from ..errors import KitError
from ..places import expanded
from ..words import Words
from .explore import proving

_words = Words(__package__)

OPEN = {}  # folder of classes -> the bench of this kernel that writes to it


def label_photos(folder, classes, into, order=None, who="", seed=0, size=640):
    """Show a bench that asks for the class of one photo after another.

    Each answer is on the disk before the next photo is shown, so a power cut costs one label at
    most; the next call goes on where it was. Keys: 1 to 9 for the classes, S for "cannot tell", U
    or Backspace to undo; a button does the same as each key.

    Parameters
    ----------
    folder : str or pathlib.Path
        Any folder with photos, with or without sub-folders. It is only read.
    classes : sequence of str
        Names of the two to nine classes, in any language.
    into : str or pathlib.Path
        Where the folder of classes is written: a copy of each labelled photo, and the log
        ``labels.jsonl``. `lowres_kit.data.labels_of` and `answers_of` read it.
    order : sequence or callable, optional
        Which photos to ask for, first to last: their names (`lowres_kit.data.photo_names`) or
        their positions in that list. A callable gives such a sequence anew before each photo; it
        is called with the answers so far, ``{name: class, or None for "cannot tell"}``. Default:
        all photos in random order.
    who : str
        Name of the person who answers, kept with each answer.
    seed : int
        Of the random order.
    size : int
        Longest side of the photo as it is shown, in pixels.

    Returns
    -------
    Bench

    Raises
    ------
    KitError
        In one sentence, if a folder, the classes or the order cannot be used.
    """
    key = expanded(into).resolve()
    if key in OPEN:
        OPEN.pop(key).close()  # the cell was run again
    labelled = LabelledFolder(folder, classes, into)
    try:
        bench = OPEN[key] = Bench(labelled, order, who, seed, size)
        if proving():
            _prove(folder, labelled.classes)
    except BaseException:
        labelled.close()
        raise
    from .bench_view import BenchView

    BenchView(bench).show()
    return bench


class Bench:
    """Which photo is asked for, what was answered, and how long it takes.

    Attributes
    ----------
    labelled : LabelledFolder
        Photos, log and folder of classes.
    photos : list of str
        Names of all photos; the positions of `order` are places in this list.
    current : str or None
        Name of the photo that is asked for; None when all have an answer.
    picture : PIL.Image.Image or None
        That photo, no larger than it is shown.
    problems : dict of str to str
        Files that cannot be shown: name to what is wrong and what to do.
    message : str
        What a person should know now; "" for nothing.
    turn : int
        Grows with each answer, undo and failed attempt.
    watchers : list of callable
        Called without arguments when something changed.
    """

    def __init__(self, labelled, order=None, who="", seed=0, size=640, clock=time.monotonic):
        self.labelled, self.photos, self.classes = labelled, labelled.photos, labelled.classes
        self.who, self._size, self._clock = str(who), size, clock
        self._known = set(self.photos)
        shuffled = np.random.default_rng(seed).permutation(len(self.photos))
        self._shuffled = [self.photos[i] for i in shuffled]
        self._choose = order if callable(order) else None
        self._order = self._shuffled if order is None or callable(order) else self._named(order)
        self._again = []  # photos whose answer was undone, the last one last
        self._ahead = Ahead(self._open)
        self.problems, self.current, self.picture = {}, None, None
        self.message = " ".join(labelled.told)
        self.turn, self.watchers = 1, []
        self._next()

    def answer(self, label):
        """Save an answer about the current photo, ask for the next one, and copy the photo.

        Parameters
        ----------
        label : str or None
            Name of a class; None for "cannot tell".
        """
        if label is not None and label not in self.classes:
            raise KitError(f"There is no class {label!r}; there are {', '.join(self.classes)}.")
        if self.current is None:
            self._turn_over(_words("bench.all_answered"))
            return
        seconds = self._clock() - self._shown
        self._do(lambda: self.labelled.answer(self.current, label, seconds, self.who))

    def undo(self):
        """Take the last answer back and ask for its photo again; any number of times."""
        if not self.labelled.log.standing:
            self._turn_over(_words("bench.nothing_to_undo"))
            return
        self._do(self._take_back)

    def _take_back(self):
        self._again.append(self.labelled.undo().photo)

    def answers(self):
        """Return each answered photo with its class, None for "cannot tell"."""
        return self.labelled.labels()

    def title(self, name):
        """Return a photo's name, or a word in its place where the name holds that of a class."""
        tells = any(_letters(label) in _letters(name) for label in self.classes)
        if not tells or name not in self._known:
            return name
        return _words("bench.photo", number=self.photos.index(name) + 1)

    def last_answers(self, count):
        """Return the last answers, newest first."""
        return self.labelled.log.standing[: -count - 1 : -1]

    def seconds_a_label(self):
        """Return the median of the seconds an answer took (a pause for lunch counts little)."""
        times = [answer.seconds for answer in self.labelled.log.standing]
        return statistics.median(times) if times else None

    def progress(self):
        """Say in words how far one is: "12 of 80 labelled; about 6 minutes to go"."""
        answers = self.answers()
        wanted = {name for name in self._order if name not in self.problems}
        done, left = len(answers), len(wanted - set(answers))
        skipped = sum(label is None for label in answers.values())
        key = "progress.with_skipped" if skipped else "progress.labelled"
        so_far = _words(key, done=done, all=done + left, skipped=skipped)
        if not left or self.current is None:
            return _words("progress.finished", so_far=so_far)
        if done < 3:
            return _words("progress.begun", so_far=so_far)
        pace = self.seconds_a_label()
        return _words("progress.to_go", so_far=so_far, time=_duration(pace * left), seconds=pace)

    def close(self):
        """Let another program or cell use the folder of classes."""
        self.labelled.close()

    def _do(self, save):
        try:
            save()
        except KitError as problem:
            self._turn_over(str(problem))
            return
        self.message = ""
        self._next()
        self._turn_over(self.message)  # the label is on the disk; the copy may take its time
        if told := self.labelled.follow():
            self.message = told[0]
            self._call_watchers()

    def _turn_over(self, message):
        self.message = message
        self.turn += 1
        self._call_watchers()

    def _call_watchers(self):
        for watcher in self.watchers:
            watcher()

    def _next(self):
        """Find the next photo that has no answer and can be shown."""
        answers = self.answers()
        names = [name for name in reversed(self._again) if name not in answers]
        self.current = self.picture = None
        for name in (*names, *self._ordered(answers)):
            if name in answers or name in self.problems:
                continue
            if self.current is not None:
                self._ahead.begin(name)
                break
            try:
                self.picture = self._ahead.take(name)
                self.current = name
            except PictureProblem as problem:
                self.problems[name] = f"{problem.reason}. {problem.advice}"
        self._shown = self._clock()

    def _open(self, name):
        picture = open_picture(self.labelled.folder / name, self._size // 2)
        picture.thumbnail((self._size, self._size))
        return picture

    def _ordered(self, answers):
        if self._choose is None:
            return self._order
        try:
            self._order = self._named(self._choose(dict(answers)))  # what progress counts, too
            return self._order
        except Exception as error:  # a learner's own code; the labels must not suffer from it
            self.message = _words("bench.no_order", kind=type(error).__name__, reason=error)
            self._order = self._shuffled
            return self._order

    def _named(self, order):
        """Turn names and positions into names."""
        names = []
        for one in order:
            if isinstance(one, (int, np.integer)):
                if not 0 <= one < len(self.photos):
                    raise KitError(
                        f"The order names photo {one}; the positions go from 0 to "
                        f"{len(self.photos) - 1}."
                    )
                names.append(self.photos[one])
                continue
            name = self._name(one)
            if name not in self._known:
                raise KitError(f"The order names {one}, which is not in {self.labelled.folder}.")
            names.append(name)
        return names

    def _name(self, one):
        if not isinstance(one, (str, os.PathLike)):
            raise KitError(f"The order names {one!r}; it takes names of photos or positions.")
        if os.fspath(one) in self._known:
            return os.fspath(one)
        path = Path(one)
        with_folder = self.labelled.folder.resolve()
        if path.resolve().is_relative_to(with_folder):
            return path.resolve().relative_to(with_folder).as_posix()
        return path.as_posix()


def _letters(name):
    return "".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _duration(seconds):
    if seconds < 50:
        return _words("duration.seconds", count=max(10, round(seconds, -1)))
    minutes = round(seconds / 60)
    if minutes < 100:
        return _words("duration.minutes" if minutes > 1 else "duration.minute", count=minutes)
    return _words("duration.hours", count=seconds / 3600)


def _prove(folder, classes):
    """Answer, skip and undo through the buttons, into a folder that vanishes (see `explore`)."""
    from .bench_view import prove

    with tempfile.TemporaryDirectory(prefix="lowres-bench-") as place:
        labelled = LabelledFolder(folder, classes, Path(place) / "labels")
        try:
            prove(Bench(labelled))
        finally:
            labelled.close()


class Ahead:
    """Gives what `opening` gives, sooner where `begin` was told the name before.

    Parameters
    ----------
    opening : callable
        Takes a name; may raise.
    """

    def __init__(self, opening):
        self._opening, self._name, self._coming = opening, None, None
        self._one = ThreadPoolExecutor(1, thread_name_prefix="next-photo")

    def begin(self, name):
        """Begin to open what is probably asked for next."""
        if name != self._name:
            self._name, self._coming = name, self._one.submit(self._opening, name)

    def take(self, name):
        """Return what `opening` gives for a name, or raise what it raises."""
        if name != self._name:
            return self._opening(name)
        coming, self._name, self._coming = self._coming, None, None
        return coming.result()
