"""What photos and answers are like where all is well, to notice when they change.

For each of a few plain numbers the pack holds its quantiles over photos that the model never
learned from: light, sharpness, the share of each colour, and how sure the model is. A device
needs no labels to compare its own photos with them.
"""

from dataclasses import dataclass

import numpy as np

from ..data.describe import brightness, sharpness
from ..errors import KitError

QUANTILES = np.linspace(0, 1, 21)
STATISTICS = ("confidence", "brightness", "sharpness", "red", "green", "blue")


def statistics_of(photos, probabilities):
    """Describe photos and answers by the numbers that a pack remembers.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.
    probabilities : numpy.ndarray
        float, ``(n, k)``.

    Returns
    -------
    dict of str to numpy.ndarray
        For each of `STATISTICS` float ``(n,)``.
    """
    colours = photos.mean(axis=(1, 2), dtype=np.float32)
    shares = colours / np.maximum(colours.sum(axis=1, keepdims=True), 1e-6)
    return {
        "confidence": probabilities.max(axis=1),
        "brightness": brightness(photos),
        "sharpness": sharpness(photos),
        **dict(zip(("red", "green", "blue"), shares.T)),
    }


@dataclass(frozen=True)
class Reference:
    """Quantiles of each statistic, and how often each class was answered.

    Attributes
    ----------
    photos : int
        How many photos they are of.
    quantiles : dict of str to tuple of float
        For each of `STATISTICS` its value at each of `QUANTILES`.
    answers : tuple of float
        Share of each class among the answers.
    """

    photos: int
    quantiles: dict
    answers: tuple

    @classmethod
    def of(cls, photos, probabilities):
        """Take the reference of photos, as in `statistics_of`."""
        found = statistics_of(photos, probabilities)
        quantiles = {
            name: tuple(float(f"{q:.6g}") for q in np.quantile(values, QUANTILES))
            for name, values in found.items()
        }
        answers = np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])
        return cls(len(photos), quantiles, tuple((answers / len(photos)).round(4).tolist()))

    def as_dict(self):
        """Return it as plain values, for JSON."""
        return {
            "photos": self.photos,
            "quantiles": {name: list(values) for name, values in self.quantiles.items()},
            "answers": list(self.answers),
        }

    @classmethod
    def from_dict(cls, values):
        """Make it from what `as_dict` gave; raises KitError if that is not whole."""
        try:
            quantiles = {
                name: tuple(map(float, values["quantiles"][name])) for name in STATISTICS
            }
            answers = tuple(map(float, values["answers"]))
            numbers = np.array([*quantiles.values()])
            whole = numbers.shape[1] == len(QUANTILES) and np.isfinite(numbers).all()
            photos = int(values["photos"])
        except (KeyError, TypeError, ValueError, IndexError):
            whole = False
        if not whole:
            raise KitError("The pack's reference for drift is not whole; make the pack again.")
        return cls(photos, quantiles, answers)
