"""Simulated experts: they know the truth, and err as people do."""

import numpy as np

from ..errors import KitError


class Expert:
    """Answers with a photo's true class, but for errors of three kinds.

    Whether a photo is a hard one is drawn once, from the seed: an expert errs on the same photos
    whichever way one asks, so that ways of asking can be compared.

    Parameters
    ----------
    truth : sequence of int
        True class of each photo, ``(n,)``.
    classes : int, optional
        How many classes there are; as many as `truth` tells if not given.
    error_rate : float
        Part of the answers that are wrong from the first photo on: another class, by chance.
    tiring : float
        What a hundred labels in one sitting add to the error rate.
    sitting : int, optional
        Labels after which the expert rests and is fresh again; None for never.
    mixes : tuple, optional
        ``(a, b, share)``: so many of the photos of class a are called b. Nobody told this expert
        the difference.
    seed : int
        Which photos are hard.

    Attributes
    ----------
    given : int
        Labels given so far.

    Raises
    ------
    KitError
        If a rate is no share, or a class is unknown.
    """

    def __init__(
        self, truth, classes=None, error_rate=0.0, tiring=0.0, sitting=None, mixes=None, seed=0
    ):
        self.truth = np.asarray(truth, int)
        self.classes = int(classes or self.truth.max() + 1)
        share = mixes[2] if mixes else 0.0
        for name, value in {"error_rate": error_rate, "tiring": tiring, "share": share}.items():
            if not 0 <= value <= 1:
                raise KitError(f"{name} is a share: a number from 0 to 1, not {value}.")
        if mixes and not all(0 <= kind < self.classes for kind in mixes[:2]):
            raise KitError(f"An expert can only mix up classes from 0 to {self.classes - 1}.")
        self.error_rate, self.tiring, self.sitting = error_rate, tiring, sitting
        self.mixes, self.given = mixes, 0
        rng = np.random.default_rng((seed, 5))
        self._hard = rng.random(len(self.truth))  # 0: the first to be wrong
        self._step = rng.integers(1, max(2, self.classes), len(self.truth))
        self._mixed = rng.random(len(self.truth))

    def rate(self, given):
        """Error rate after so many labels; at worst the expert guesses."""
        since_rest = given % self.sitting if self.sitting else given
        return min(self.error_rate + self.tiring * since_rest / 100, 1 - 1 / self.classes)

    def __call__(self, positions):
        """Label photos in the order in which they are asked for: int, ``(m,)``."""
        answers = []
        for photo in positions:
            label = self.truth[photo]
            if self.mixes and label == self.mixes[0] and self._mixed[photo] < self.mixes[2]:
                label = self.mixes[1]
            if self._hard[photo] < self.rate(self.given):
                label = (label + self._step[photo]) % self.classes
            answers.append(label)
            self.given += 1
        return np.array(answers, int)
