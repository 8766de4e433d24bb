"""Notice that photos or answers are no longer what they were where the pack was made.

A device has no labels, so it cannot know how often it is wrong. It can see that its photos have
become darker, or its answers less sure, than those that the pack's promise was measured on. The
pack's `Reference` remembers these, and a `DriftWatch` holds the last photos against it.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from ...data.describe import brightness, sharpness
from ...errors import KitError

# Chance of an alarm when nothing has changed, for one look at a window of new photos.
CHANCE = 0.001
ANSWERS = "answers"
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
            quantiles = {name: tuple(map(float, values["quantiles"][name])) for name in STATISTICS}
            answers = tuple(map(float, values["answers"]))
            numbers = np.array([*quantiles.values()])
            whole = numbers.shape[1] == len(QUANTILES) and np.isfinite(numbers).all()
            photos = int(values["photos"])
        except (KeyError, TypeError, ValueError, IndexError):
            whole = False
        if not whole:
            raise KitError("The pack's reference for drift is not whole; make the pack again.")
        return cls(photos, quantiles, answers)


class DriftWatch:
    """Compares the last photos with the pack's reference.

    Each of `STATISTICS` is compared by the largest distance between two shares: of the photos in
    the window, and of those of the reference, that lie below a value (Kolmogorov and Smirnov).
    Where the reference holds quantiles alone, the distance is taken at these: it is at most the
    full one, so its limit holds, but what happens within a twentieth of the photos stays unseen.
    The shares of the answers are compared class by class with Fisher's exact test. An alarm for
    any of them has the chance `CHANCE` when photos are drawn as those of the reference were;
    the tests share it equally (Bonferroni). Photos of one and the same thing are not: to the
    watch they are a change, and it says so.

    Parameters
    ----------
    reference : Reference
        Of the pack.
    class_names : sequence of str
        Of the pack.
    window : int
        How many photos are compared.
    """

    def __init__(self, reference, class_names, window=50):
        self.reference, self.class_names, self.window = reference, tuple(class_names), window
        self._photos = deque(maxlen=window)

    def add(self, statistics, label):
        """Take in a photo.

        Parameters
        ----------
        statistics : dict of str to float
            Of the photo, for each of `STATISTICS`.
        label : str
            The answer to it.
        """
        # Rounded as the reference is: values that are often equal must stay equal.
        values = tuple(float(f"{statistics[name]:.6g}") for name in STATISTICS)
        self._photos.append((values, label))

    def state(self):
        """Compare.

        Returns
        -------
        dict
            "enough" : bool, whether the window is full; "photos" and "window" : int, how full;
            "drifting" : list of str, names of what has changed; "statistics" : dict of name to
            dict of "score" and "limit" (float, shares of 1; above the limit is a change), "usual"
            and "now" (float, medians; for "answers" shares of the class under "label"). Empty
            until the window is full.
        """
        photos = tuple(self._photos)
        enough = len(photos) == self.window
        found = {}
        if enough:
            chance = CHANCE / (len(STATISTICS) + 1)
            limit = distance_limit(len(photos), self.reference.photos, chance)
            for name, values in zip(STATISTICS, np.array([values for values, _ in photos]).T):
                quantiles = np.array(self.reference.quantiles[name])
                found[name] = {
                    "score": distance(values, quantiles, self.reference.photos),
                    "limit": limit,
                    "usual": float(quantiles[len(quantiles) // 2]),
                    "now": float(np.median(values)),
                }
            found[ANSWERS] = self._answers([label for _, label in photos], chance)
        return {
            "enough": enough,
            "photos": len(photos),
            "window": self.window,
            "drifting": [name for name, one in found.items() if one["score"] > one["limit"]],
            "statistics": found,
        }

    def _answers(self, labels, chance):
        """Compare the share of each class; return what is told of the one that changed most."""
        n, m = len(labels), self.reference.photos
        compared = []
        for name, share in zip(self.class_names, self.reference.answers):
            count, before = labels.count(name), round(share * m)
            low, high = usual_counts(n, m, count + before, chance / len(self.class_names))
            end = high if count / n >= before / m else low
            # All photos of this class together stay as many, wherever the limit lies.
            limit = abs(end / n - (count + before - end) / m)
            score = abs(count / n - before / m)
            compared.append(
                {"score": score, "limit": limit, "usual": before / m, "now": count / n,
                 "label": name}
            )  # fmt: skip
        return max(compared, key=lambda one: one["score"] - one["limit"])


def distance(values, quantiles, photos):
    """Largest distance of two distributions that shows at the quantiles of one of them.

    Parameters
    ----------
    values : numpy.ndarray
        float, ``(n,)``.
    quantiles : numpy.ndarray
        float, of the other sample at each of `QUANTILES`.
    photos : int
        Size of the other sample.

    Returns
    -------
    float
        0 to 1; at most the Kolmogorov-Smirnov distance of the two samples, also where values are
        equal.
    """
    values = np.sort(values)
    at_most = np.searchsorted(values, quantiles, side="right") / len(values)
    below = np.searchsorted(values, quantiles, side="left") / len(values)
    # A quantile lies between two values of its sample: its share is known to one part in `photos`.
    apart = max((QUANTILES - at_most).max(), (below - QUANTILES).max()) - 1 / photos
    return max(0.0, float(apart))


def distance_limit(n, m, chance):
    """What the Kolmogorov-Smirnov distance of two samples exceeds with at most this chance.

    The inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant, for two samples:
    Wei and Dudley, "Two-sample Dvoretzky-Kiefer-Wolfowitz inequalities", Statistics & Probability
    Letters 2012.

    Parameters
    ----------
    n, m : int
        Sizes of the samples.
    chance : float
        0 to 1.

    Returns
    -------
    float
    """
    return math.sqrt(math.log(2 / chance) / 2 * (1 / n + 1 / m))


def usual_counts(n, m, together, chance):
    """Between which counts a class lies in one of two samples, if it is as frequent in both.

    Fisher's exact test (Fisher, "The logic of inductive inference", 1935): given how many there
    are in both samples together, the count in one is hypergeometric.

    Parameters
    ----------
    n, m : int
        Sizes of the samples.
    together : int
        How many of the class both hold.
    chance : float
        That the count of the first lies outside, half of it on each side.

    Returns
    -------
    tuple of int
        Lowest and highest usual count in the sample of `n`.
    """
    counts = range(max(0, together - m), min(n, together) + 1)
    every = math.comb(n + m, n)
    chances = [math.comb(together, k) * math.comb(n + m - together, n - k) / every for k in counts]
    low, high = counts[0], counts[-1]
    tail = chances[0]
    while tail <= chance / 2 and low < high:
        low += 1
        tail += chances[low - counts[0]]
    tail = chances[-1]
    while tail <= chance / 2 and high > low:
        high -= 1
        tail += chances[high - counts[0]]
    return low, high
