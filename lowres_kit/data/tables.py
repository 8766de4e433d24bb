"""Tables that come with scikit-learn: real data that needs no network."""

from dataclasses import dataclass, replace

import numpy as np

from ..errors import KitError
from .registry import catalogue, entry


@dataclass(frozen=True)
class Table:
    """Rows of numbers, and what is to be predicted for each; a `LabelledSet` where it has classes.

    Attributes
    ----------
    name : str
        As in the list of data sets.
    rows : numpy.ndarray
        float64, ``(n, d)``.
    columns : tuple of str
        Names of the d columns.
    target : numpy.ndarray
        ``(n,)``: int64 position in `class_names`, or float64 where a number is predicted.
    class_names : tuple of str
        Empty where a number is predicted.
    """

    name: str
    rows: np.ndarray
    columns: tuple
    target: np.ndarray
    class_names: tuple
    simulated = False

    def __len__(self):
        return len(self.rows)

    @property
    def labels(self):
        """The target, where it is a class."""
        if not self.class_names:
            raise KitError(f"The table {self.name} has no classes: a number is to be predicted.")
        return self.target

    @property
    def groups(self):
        """Equal rows belong together: int64, ``(n,)``."""
        return np.unique(self.rows, axis=0, return_inverse=True)[1]

    def take(self, positions):
        """Make a table of some of the rows, in the given order, with the same classes."""
        return replace(self, rows=self.rows[positions], target=self.target[positions])


def load_table(name):
    """Load a table by name.

    Parameters
    ----------
    name : str
        "digits" (64 columns: the 8 x 8 pixels of a handwritten digit, 0 to 16, row by row),
        "breast-cancer", or "diabetes" (with age in years and sex as 1 or 2).

    Returns
    -------
    Table

    Raises
    ------
    KitError
        If there is no such table.
    """
    entry(name, ("table",))
    from sklearn import datasets

    if name == "diabetes":
        # Unscaled: an age in years can be read and asked about, one in deviations cannot.
        found = datasets.load_diabetes(scaled=False)
        classes, target = (), found.target.astype(np.float64)
    else:
        found = datasets.load_digits() if name == "digits" else datasets.load_breast_cancer()
        classes = tuple(str(each) for each in found.target_names)
        target = found.target.astype(np.int64)
    columns = tuple(str(column) for column in found.feature_names)
    return Table(name, found.data.astype(np.float64), columns, target, classes)


def table_names():
    """Names of all tables, with a line on each (dict of str to str)."""
    return {name: one["about"] for name, one in catalogue().items() if one["kind"] == "table"}
