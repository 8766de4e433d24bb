"""The photos of a training in three parts: training, validation and test photos."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import KitError
from ..places import expanded, refuse_unwritable
from .duplicates import groups_of_photos, in_two_classes, near_duplicates
from .folder import PhotoSet
from .registry import load_dataset
from .splits import split

# Few photos: a quarter is for validation, or a choice would hang on a handful. From so many
# upwards an eighth is enough.
MANY = 400
# What a classifier's page tells of the split that it was trained with.
SPLIT_FACTS = ("recipe", "photos", "held_out", "held_out_photos", "marks")
# What these and others were called on the pages of version 0.1.
OLD_NAMES = {
    "kept_apart": "held_out",
    "kept_apart_photos": "held_out_photos",
    "accuracy_kept_apart": "accuracy_held_out",
    "learn": "train",
    "choose": "validation",
    "kept apart": "test",
}
OTHER_PHOTOS = (
    "{folder} is not the folder that the classifier was trained on, {how}. A model may be tested "
    "only on photos that it never learned from: give that folder, or train again on this one."
)


@dataclass(frozen=True)
class TrainValidationTest:
    """Photos, and which of them train, validate and test a model.

    Attributes
    ----------
    photos : PhotoSet
        All of them.
    train, validation, test : numpy.ndarray
        int, positions among the n; no photo, near-double or source is in two of them. The
        validation photos serve to choose between models; the test photos are held out until
        everything is chosen.
    """

    photos: PhotoSet
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def names(self):
        """Names of the classes."""
        return self.photos.class_names

    @property
    def classes(self):
        """How many classes there are."""
        return len(self.photos.class_names)

    def read(self, positions, size):
        """Read some of the photos: uint8 ``(m, size, size, 3)``, and their labels ``(m,)``."""
        return self.photos.take(positions).read(size), self.photos.labels[positions]

    def marks(self):
        """For each part the marks of its photos, by which `repeat_training_split` finds them."""
        marks = np.array(_marks(self.photos))
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: sorted(marks[positions].tolist()) for name, positions in parts.items()}

    def old_mark(self):
        """What version 0.1 wrote instead of `marks`: the names of the test photos, in short."""
        titles = sorted(self.photos.title(i) for i in self.test)
        return hashlib.sha256("\n".join(titles).encode(errors="surrogatepass")).hexdigest()[:16]

    def counts(self):
        """How many photos each part has, and how many files were left out."""
        return {
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.test),
            "left out": len(self.photos.problems),
        }


def refuse_place(out, folder):
    """Refuse, before the work, a folder that a model cannot be written to after it.

    Parameters
    ----------
    out : str or pathlib.Path
        Where the model is to go.
    folder : str or pathlib.Path
        The photos, as in `train_validation_test_split`; what a model is made of does not belong
        among them.

    Raises
    ------
    KitError
        If `out` is a file, lies among the photos, or cannot be written to.
    """
    if Path(out).is_file():
        raise KitError(f"{out} is a file; name a folder that the model is written to.")
    photos = expanded(folder)
    if photos.is_dir() and Path(out).resolve().is_relative_to(photos.resolve()):
        raise KitError(
            f"{out} lies among the photos, where its files would be taken for photos; name a "
            f"folder outside of {folder}."
        )
    refuse_unwritable(Path(out) / "model")


def train_validation_test_split(folder, seed, held_out, say):
    """Read a folder of classes and split its photos into three parts.

    Parameters
    ----------
    folder : str or pathlib.Path
        One sub-folder a class, or the name of a data set of the kit.
    seed : int
        Of both splits.
    held_out : float
        Share of the photos to test with; 0 for none.
    say : callable
        Takes a line of text: what there is, what of it is left out and why, and which photos lie
        in two classes.

    Returns
    -------
    TrainValidationTest

    Raises
    ------
    KitError
        If the folder cannot be used.
    """
    photos = _load(folder, say)
    alike = near_duplicates(photos)
    for sentence in in_two_classes(photos, alike):
        say(sentence)
    # Found once: what belongs together stays together in both splits.
    groups = groups_of_photos(photos, alike)
    rest, test = np.arange(len(photos)), np.arange(0)
    if held_out:
        rest, test = split(photos, held_out, seed, groups)
    share = 0.125 if len(rest) >= MANY else 0.25
    train, validation = split(photos.take(rest), share, seed, groups[rest])
    return TrainValidationTest(photos, rest[train], rest[validation], test)


def _load(folder, say):
    """Read the photos; say how many there are, and what of them is left out."""
    photos = load_dataset(folder)
    kind = "simulated photos" if photos.simulated else "photos"
    say(f"{len(photos)} {kind} of {len(photos.class_names)} classes in {photos.name}.")
    for remark in photos.remarks():
        say(remark)
    return photos


def repeat_training_split(facts, class_names, folder, say):
    """Split the photos as a training did; a model must not be tested on what it learned from.

    Parameters
    ----------
    facts : dict
        Of the classifier, with `SPLIT_FACTS`.
    class_names : tuple of str
        Its classes.
    folder, say
        As in `train_validation_test_split`.

    Returns
    -------
    TrainValidationTest

    Raises
    ------
    KitError
        If the facts are missing, the photos are not those of the training, or none were held
        out.
    """
    facts = renamed(facts)
    if facts.get("marks"):
        return _with_a_test(_by_marks(facts["marks"], class_names, folder, say))
    if not facts.get("recipe") or not facts.get("photos"):
        raise KitError(
            "This classifier does not say what it learned from; train it again with `lowres train`."
        )
    share, seed = facts.get("held_out"), facts["recipe"]["seed"]
    data = train_validation_test_split(folder, seed, 0.2 if share is None else share, say)
    # What else lies in the folder, such as the model itself or a thumbnail, changes nothing.
    same = data.counts() | {"left out": 0} == facts["photos"] | {"left out": 0}
    same = same and data.names == tuple(class_names)
    if not same or facts.get("held_out_photos") not in (None, data.old_mark()):
        raise KitError(OTHER_PHOTOS.format(folder=folder, how="or it has changed since"))
    return _with_a_test(data)


def _marks(photos):
    """Mark each photo by its class and its bytes: neither its name nor its place counts."""
    marks = []
    for path, label in zip(photos.paths, photos.labels):
        mark = hashlib.sha256(photos.class_names[label].encode(errors="surrogatepass") + b"\0")
        mark.update(path.read_bytes())
        marks.append(mark.hexdigest()[:16])
    return marks


def _by_marks(parts, class_names, folder, say):
    """Split photos as a training did, by the marks that it left."""
    photos = _load(folder, say)
    part_of = {mark: name for name, marks in parts.items() for mark in marks}
    marks = _marks(photos)
    strange, gone = sum(mark not in part_of for mark in marks), len(set(part_of) - set(marks))
    if photos.class_names != tuple(class_names) or strange or gone:
        how = f"as it was: {strange} of its photos are new, and {gone} of those of then are gone"
        raise KitError(OTHER_PHOTOS.format(folder=folder, how=how))
    found = np.array([part_of[mark] for mark in marks])
    positions = (np.flatnonzero(found == name) for name in ("train", "validation", "test"))
    return TrainValidationTest(photos, *positions)


def count_learned_from(facts, photos):
    """Count the photos that a classifier learned from, or that chose it, by the marks it keeps."""
    parts = facts.get("marks") or {}  # none in version 0.1
    known = {mark for name, marks in parts.items() if name != "test" for mark in marks}
    return sum(mark in known for mark in _marks(photos)) if known else 0


def _with_a_test(data):
    if not len(data.test):
        raise KitError(
            "The training held no photos out, so nothing can tell what a small model is worth; "
            "train again without `--held-out 0`."
        )
    return data


def renamed(facts):
    """Give the facts of a classifier's page the names of today; version 0.1 had others.

    Parameters
    ----------
    facts : dict
        As they stand in ``classifier.json``, or under ``training`` in ``shrunk.json``.

    Returns
    -------
    dict
        The same facts; those that have today's names already keep them.
    """
    found = {OLD_NAMES.get(name, name): value for name, value in facts.items()}
    if isinstance(found.get("photos"), dict):
        found["photos"] = renamed(found["photos"])
    return found
