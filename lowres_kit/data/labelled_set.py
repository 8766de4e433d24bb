"""What splits, label errors and learning ask of labelled data: photos, texts, sounds, tables."""

from typing import Protocol

import numpy as np


class LabelledSet(Protocol):
    """Examples with a class each. A class need not inherit from this, only have these.

    Attributes
    ----------
    name : str
        What the set is called in texts and plots.
    class_names : tuple of str
        Names of the classes.
    labels : numpy.ndarray
        int64, ``(n,)``: position in `class_names`.
    groups : numpy.ndarray
        int64, ``(n,)``: examples that belong together (copies, the same plant, the same speaker)
        share a number, and never stand on both sides of a split.
    simulated : bool
        Whether a program made the examples up.
    """

    name: str
    class_names: tuple
    labels: np.ndarray
    groups: np.ndarray
    simulated: bool

    def __len__(self):
        """How many examples there are."""

    def take(self, positions):
        """Make a set of some of the examples, in the given order, with the same classes."""
