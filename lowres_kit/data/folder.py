"""A folder with one sub-folder a class: the way in which everybody can sort photos."""

import csv
import io
import os
import stat
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..errors import KitError
from ..places import expanded, shown
from ..progress import progress_bar
from .folder_shape import same_name, shape_of
from .pictures import PictureProblem, open_picture, square, thumbnail

SOURCES = "sources.csv"
# What systems, cameras and network disks leave behind in folders; nobody put it there, so nobody is
# told of it. What begins with a point is left out as well.
LEFT_BEHIND = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "@recycle", "@tmp",
     "#recycle", "#snapshot", "$recycle.bin", "recycler", "system volume information", "found.000",
     "lost+found", "lost.dir", "network trash folder", "temporary items", "zbthumbnail.info"}
)  # fmt: skip
# Notes of phones and programs beside a photo, and pictures that are only to show a video in lists.
BESIDE_PHOTOS = (".aae", ".xmp", ".thm", ".lrv", ":zone.identifier", ":encryptable")
# Notes about the photos may lie beside the class folders.
NOTES = frozenset({".csv", ".json", ".jsonl", ".html", ".md", ".rst", ".toml", ".txt", ""})


@dataclass(frozen=True)
class FileProblem:
    """A file or folder that was left out: which, why, and what to do about it."""

    path: Path
    reason: str
    advice: str

    def __str__(self):
        name = shown(f"{self.path.parent.name}/{self.path.name}")
        return f"{name} {self.reason}. {self.advice}"


@dataclass(frozen=True, eq=False)
class PhotoSet:
    """Photos with their classes, a `LabelledSet`; the pixels are read when asked for.

    Attributes
    ----------
    name : str
        What the set is called in texts and plots.
    class_names : tuple of str
        Names of the classes, sorted.
    paths : tuple of pathlib.Path
        The files, n of them.
    labels : numpy.ndarray
        int64, ``(n,)``: position in `class_names`.
    sources : tuple of str
        Who or what each photo comes from (a plant, a farm, a phone); "" where nobody said.
    problems : tuple of FileProblem
        What was left out.
    notes : tuple of str
        Sentences on the folder as a whole: what may be meant otherwise, or was used in part.
    simulated : bool
        Whether a program drew the pictures.
    """

    name: str
    class_names: tuple
    paths: tuple
    labels: np.ndarray
    sources: tuple = ()
    problems: tuple = ()
    simulated: bool = False
    notes: tuple = ()

    def __post_init__(self):
        object.__setattr__(self, "class_names", tuple(self.class_names))
        object.__setattr__(self, "paths", tuple(Path(path) for path in self.paths))
        object.__setattr__(self, "labels", np.asarray(self.labels, np.int64))
        sources = tuple(self.sources) or ("",) * len(self.paths)
        object.__setattr__(self, "sources", sources)
        if not len(self.paths) == len(self.labels) == len(sources):
            raise ValueError("paths, labels and sources must be equally long")

    def __len__(self):
        return len(self.paths)

    def __str__(self):
        counts = ", ".join(f"{count} {name}" for name, count in self.counts().items())
        kind = "simulated photos" if self.simulated else "photos"
        count = len(self.problems)
        left_out = f"; {count} file{'s' * (count > 1)} left out" if count else ""
        return f"{self.name}: {len(self)} {kind} ({counts}){left_out}"

    @cached_property
    def groups(self):
        """What belongs together by source or looks (see `groups_of_photos`): int64, ``(n,)``."""
        from .duplicates import groups_of_photos

        return groups_of_photos(self)

    def counts(self):
        """Number of photos by class name."""
        found = np.bincount(self.labels, minlength=len(self.class_names))
        return dict(zip(self.class_names, found.tolist()))

    def remarks(self):
        """Sentences for people: the notes, and what was left out, by reason."""
        reasons, lines = {}, list(self.notes)
        for problem in self.problems:
            reasons.setdefault((problem.reason, problem.advice), []).append(problem)
        for (reason, advice), found in reasons.items():
            if len(found) <= 3:
                lines += [f"Left out: {problem}" for problem in found]
                continue
            names = ", ".join(shown(f"{one.path.parent.name}/{one.path.name}") for one in found)
            lines.append(f"Left out: {len(found)} times “{reason}” ({names}). {advice}")
        return lines

    def title(self, index):
        """Name of a photo as a person would look for it: its folder and its file."""
        path = self.paths[index]
        return shown(f"{path.parent.name}/{path.name}")

    def take(self, indices):
        """Make a set of some of the photos, in the given order, with the same classes."""
        indices = np.asarray(indices, dtype=int)
        return replace(
            self,
            paths=tuple(self.paths[i] for i in indices),
            labels=self.labels[indices],
            sources=tuple(self.sources[i] for i in indices),
        )

    def relabel(self, indices, labels):
        """Make a set in which the photos at `indices` have other labels; files stay as they are."""
        changed = self.labels.copy()
        changed[np.asarray(indices, dtype=int)] = labels
        return replace(self, labels=changed)

    def read(self, size):
        """Read all photos as squares.

        Parameters
        ----------
        size : int
            Width and height in pixels.

        Returns
        -------
        numpy.ndarray
            uint8, ``(n, size, size, 3)``.

        Raises
        ------
        PictureProblem
            If a file was changed or removed since the folder was read.
        """
        pixels = np.empty((len(self), size, size, 3), np.uint8)
        for row, path in enumerate(progress_bar(self.paths, "Reading photos")):
            pixels[row] = square(open_picture(path, size), size)
        return pixels


def read_folder(folder):
    """Find the photos of a folder of classes and check each of them.

    Parameters
    ----------
    folder : str or pathlib.Path
        A folder with one sub-folder a class; deeper folders belong to the class above them. A
        file ``sources.csv`` (columns ``file``, such as ``healthy/1.jpg``, and ``source``) may
        say which photos come from the same plant, person, place or phone.

    Returns
    -------
    PhotoSet
        Everything that cannot be used is in its ``problems``; none of it stops the rest.

    Raises
    ------
    KitError
        If it is no folder of at least two classes with photos.
    """
    folder = expanded(folder)
    problems = []
    places = []
    for entry in _entries(folder):
        if entry.is_dir():
            places.append(entry)
        elif entry.is_symlink() and not entry.exists():
            problems.append(FileProblem(entry, "is a link that leads nowhere", "Delete it."))
        elif entry.suffix.lower() not in NOTES:
            problems.append(
                FileProblem(entry, "lies outside the class folders", "Move it into one of them.")
            )
    files = {
        place: files_below(place, problems) for place in _without_links_up(folder, places, problems)
    }
    copies, notes = shape_of(folder, _photos_below(folder, files))
    classes = {}
    for place in files:
        if place.name in copies:
            reason = "holds folders of the same names as the classes beside it, so it is no class"
            problems.append(FileProblem(place, reason, "Keep it elsewhere."))
        else:
            # The same name can be spelt in two ways in Unicode: a Mac writes é as e and an accent.
            classes.setdefault(_class_name(place.name), []).append(place)
    notes += [
        f"{len(classes[name])} folders are called {name}, spelt in different ways in Unicode; they "
        "are taken for one class."
        for name in sorted(classes)
        if len(classes[name]) > 1
    ]
    candidates = [
        (name, path) for name in sorted(classes) for place in classes[name] for path in files[place]
    ]
    good = [
        (name, path)
        for name, path in progress_bar(candidates, "Checking photos")
        if _usable(path, problems)
    ]
    present = {name for name, _ in good}
    class_names = tuple(name for name in sorted(classes) if name in present)
    for name in sorted(set(classes) - present):
        problems.append(
            FileProblem(classes[name][0], "holds no usable photo", "Add photos, or delete it.")
        )
    problems += _alike_names(classes, class_names)
    _refuse_too_few(folder, class_names, problems)
    paths = tuple(path for _, path in good)
    labels = [class_names.index(name) for name, _ in good]
    sources = _sources(folder, paths, problems, notes)
    name = shown(_composed(folder.resolve().name))
    return PhotoSet(name, class_names, paths, labels, sources, tuple(problems), notes=tuple(notes))


def _entries(folder):
    """List what lies in the folder, sorted; refuse in words what is no folder."""
    if not folder.exists():
        raise KitError(f"There is no folder {folder}; check its name and the place you are in.")
    if not folder.is_dir():
        raise KitError(f"{folder} is a file; give the folder that holds one folder for each class.")
    try:
        return sorted(entry for entry in folder.iterdir() if not left_behind(entry.name))
    except PermissionError:
        raise KitError(f"The folder {folder} may not be read; allow it, or copy it.") from None


def _composed(name):
    return unicodedata.normalize("NFC", name)


def _class_name(name):
    """Make a class of a folder's name: one line of text, as lists of labels and packs hold it."""
    return shown(_composed(name)).strip() or "_"


def left_behind(name):
    """Whether a file or folder of this name is none that a person put there."""
    lower = name.lower()
    return name.startswith(".") or lower in LEFT_BEHIND or lower.endswith(BESIDE_PHOTOS)


def _without_links_up(folder, places, problems):
    """Leave out links that lead back to the folder, or to photos that are a class already."""
    root, taken, kept = folder.resolve(), {}, set()
    for place in sorted(places, key=lambda place: (_is_link(place, root), place)):
        target = place.resolve()
        same = [
            name
            for name, other in taken.items()
            if target.is_relative_to(other) or other.is_relative_to(target)
        ]
        if root.is_relative_to(target):
            reason = "is a link to the folder itself, or to one above it"
        elif same:
            reason = f"is a link to the photos of '{same[0]}'"
        else:
            taken[place.name] = target
            kept.add(place)
            continue
        problems.append(FileProblem(place, reason, "Delete it: it is no class of its own."))
    return [place for place in places if place in kept]


def _is_link(place, root):
    """Whether a folder lies elsewhere: also a junction, which is Windows' kind of link."""
    return place.is_symlink() or place.resolve().parent != root


def _photos_below(folder, files):
    """What may be photos, each as the names of its folders and its own."""
    return [
        path.relative_to(folder).parts
        for found in files.values()
        for path in found
        if path.suffix.lower() not in NOTES - {""}
    ]


def files_below(place, problems):
    """List the files below a class folder in the same order on every system."""

    def unreadable(error):
        path = Path(error.filename)
        problems.append(FileProblem(path, "may not be read", "Allow reading it, or copy it."))

    found = []
    for here, folders, files in os.walk(place, onerror=unreadable):
        here = Path(here)
        for name in sorted(folders):
            if not left_behind(name) and (here / name).is_symlink():
                problems.append(
                    # Links may lead in a circle, so they are not followed.
                    FileProblem(here / name, "is a link to a folder", "Copy the folder itself.")
                )
        folders[:] = [name for name in folders if not left_behind(name)]
        found += [here / name for name in files if not left_behind(name)]
    return sorted(found, key=lambda path: _composed(path.relative_to(place).as_posix()))


def _usable(path, problems):
    """Decode the file once, at a small scale; note what is wrong with it."""
    try:
        thumbnail(path)
    except PictureProblem as problem:
        problems.append(FileProblem(path, problem.reason, problem.advice))
        return False
    return True


def _refuse_too_few(folder, class_names, problems):
    if len(class_names) >= 2:
        return
    found = f"only '{class_names[0]}'" if class_names else "none"
    example = f" One of {len(problems)} problems: {problems[0]}" if problems else ""
    raise KitError(
        f"{folder} needs at least two folders with photos, one for each class; it has {found}."
        + example
    )


def _alike_names(classes, class_names):
    """Report classes that differ in capitals or spaces alone, such as Healthy and healthy."""
    seen, problems = {}, []
    for name in class_names:
        key = same_name(name)
        if key in seen:
            problems.append(
                FileProblem(
                    classes[name][0],
                    f"is a class of its own, but its name looks like '{seen[key]}'",
                    "Put the photos into one folder if they mean the same.",
                )
            )
        seen.setdefault(key, name)
    return problems


def _sources(folder, paths, problems, notes):
    """Read who each photo comes from; "" where the table does not say."""
    table = folder / SOURCES
    try:
        if not stat.S_ISREG(table.stat().st_mode):
            return ("",) * len(paths)
        # Line ends as they are: they may stand in a name.
        text = io.StringIO(table.read_bytes().decode("utf-8-sig"), newline="")
        rows = list(csv.DictReader(text))
    except FileNotFoundError:
        return ("",) * len(paths)
    except (OSError, UnicodeDecodeError, csv.Error):
        problems.append(
            FileProblem(table, "cannot be read", "Save it as CSV with the encoding UTF-8.")
        )
        return ("",) * len(paths)
    if rows and not {"file", "source"} <= set(rows[0]):
        problems.append(
            FileProblem(table, "has no columns 'file' and 'source'", "Name its columns like that.")
        )
        return ("",) * len(paths)
    here = {_below(path, folder) for path in (*paths, *(one.path for one in problems))}
    known = {}
    for row in filter(lambda row: row["file"], rows):
        name = _composed(row["file"].replace("\\", "/"))
        if name not in here:  # people write a space too many; a name may really have one
            name = name.strip().removeprefix("./")
        known[name] = (row["source"] or "").strip()
    sources = tuple(known.get(_below(path, folder), "") for path in paths)
    notes += _used_of_sources(known, here, sources, _below(paths[0], folder))
    return sources


def _below(path, folder):
    return _composed(path.relative_to(folder).as_posix())


def _used_of_sources(known, here, sources, example):
    """Say how much of the table was used, where that is not all of it."""
    lost, without = [name for name in known if name not in here], sources.count("")
    lines = f"{len(known)} line{'s' * (len(known) != 1)} of {SOURCES}"
    if lost and len(lost) == len(known):
        told = f"No source is known of any photo: none of the {lines} names a photo that is there."
        names = f"They have names such as {lost[0]}, but the photos are called such as {example}."
        return [f"{told} {names}"]
    told = []
    if lost:
        some = ", ".join(lost[:3]) + (", …" if len(lost) > 3 else "")
        told.append(
            f"Only {len(known) - len(lost)} of the {lines} name a photo that is there; not: {some}."
        )
    if known and without:
        told.append(f"{SOURCES} tells no source of {without} of the {len(sources)} photos.")
    return told
