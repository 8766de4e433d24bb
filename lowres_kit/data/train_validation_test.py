"""The photos of a training in three parts: training, validation and test photos."""

import hashlib
from dataclasses import dataclass

import numpy as np

from ..errors import KitError
from .folder import PhotoSet
from .registry import load_dataset
from .splits import split

# Few photos: a quarter is for validation, or a choice would hang on a handful. From so many
# upwards an eighth is enough.
MANY = 400
# What a classifier's page tells of the split that it was trained with.
SPLIT_FACTS = ("recipe", "photos", "held_out", "held_out_photos")
# What these and others were called on the pages of version 0.1.
OLD_NAMES = {
    "kept_apart": "held_out",
    "kept_apart_photos": "held_out_photos",
    "accuracy_kept_apart": "accuracy_held_out",
    "learn": "train",
    "choose": "validation",
    "kept apart": "test",
}


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

    def test_mark(self):
        """A short text that tells whether the same photos were held out another time."""
        titles = sorted(self.photos.title(i) for i in self.test)
        return hashlib.sha256("\n".join(titles).encode()).hexdigest()[:16]

    def counts(self):
        """How many photos each part has, and how many files were left out."""
        return {
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.test),
            "left out": len(self.photos.problems),
        }


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
        Takes a line of text: what there is, and each file that is left out, with the reason.

    Returns
    -------
    TrainValidationTest

    Raises
    ------
    KitError
        If the folder cannot be used.
    """
    photos = load_dataset(folder)
    kind = "simulated photos" if photos.simulated else "photos"
    say(f"{len(photos)} {kind} of {len(photos.class_names)} classes in {photos.name}.")
    for problem in photos.problems:
        say(f"Left out: {problem}")
    # Found once: what belongs together stays together in both splits.
    groups = photos.groups
    rest, test = np.arange(len(photos)), np.arange(0)
    if held_out:
        rest, test = split(photos, held_out, seed, groups)
    share = 0.125 if len(rest) >= MANY else 0.25
    train, validation = split(photos.take(rest), share, seed, groups[rest])
    return TrainValidationTest(photos, rest[train], rest[validation], test)


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
    if not facts.get("recipe") or not facts.get("photos"):
        raise KitError(
            "This classifier does not say what it learned from; train it again with `lowres train`."
        )
    share, seed = facts.get("held_out"), facts["recipe"]["seed"]
    data = train_validation_test_split(folder, seed, 0.2 if share is None else share, say)
    same = data.counts() == facts["photos"] and data.names == tuple(class_names)
    mark = facts.get("held_out_photos")
    if not same or mark not in (None, data.test_mark()):
        raise KitError(
            f"{folder} is not the folder that the classifier was trained on, or it has changed "
            "since: it would be tested on photos that it learned from. Train it again on this one."
        )
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
