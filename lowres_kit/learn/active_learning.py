"""Active learning: ask, label, fit, and again; with an expert who errs as people do.

`active_learning_loop` is the loop, `active_learning_curve` repeats it with several seeds, and an
`Expert` stands in for the person: wrong at times, tired in the end, or never told the difference.
All of it sees features and answers alone: the pool may hold texts or rows as well as photos.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import KitError
from .features import linear_probe
from .learning_curves import LabelCurve
from .query_strategies import random_sampling


@dataclass(frozen=True)
class Turn:
    """Where the loop stands after a fit.

    Attributes
    ----------
    asked : numpy.ndarray
        int, ``(m,)``: positions of the labelled photos in the order in which they were asked for.
    answers : numpy.ndarray
        int, ``(m,)``: what the expert said of each.
    model : object
        Fitted on them; has ``predict``, ``predict_proba``, ``score`` and ``classes_``.
    """

    asked: np.ndarray
    answers: np.ndarray
    model: object


@dataclass(frozen=True)
class OnlyClass:
    """What can be said while all labels are of one class: that class, for any photo."""

    classes_: np.ndarray

    def predict(self, features):
        """Give the class, ``(n,)``."""
        return np.full(len(features), self.classes_[0])

    def predict_proba(self, features):
        """Give 1 for the one class, ``(n, 1)``."""
        return np.ones((len(features), 1))

    def score(self, features, labels):
        """Give the share of photos that are of this class."""
        return float(np.mean(np.asarray(labels) == self.classes_[0]))


def active_learning_loop(
    features, expert, strategy, start=random_sampling, first=10, count=5, most=200, fit=None, seed=0
):
    """Let a strategy ask, an expert answer and a model learn, turn by turn.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``: all photos of the pool, labelled or not.
    expert : callable
        Takes positions, gives their labels.
    strategy, start : callable
        Which photos to ask for (see `query_strategies`), and which first, when there is no model.
    first, count, most : int
        Labels before the first fit, in each later turn, and in all; the pool may hold fewer.
    fit : callable, optional
        ``fit(features, labels)`` gives a model; `linear_probe` if not given.
    seed : int
        Of all that is left to chance.

    Yields
    ------
    Turn
        After each fit. No photo is asked for twice.

    Raises
    ------
    KitError
        If a strategy asks for nothing while photos are left.
    """
    fit, rng = fit or linear_probe, np.random.default_rng(seed)
    most = min(most, len(features))
    asked = np.asarray(start(None, features, np.array([], int), min(first, most), rng), int)
    answers = np.asarray(expert(asked), int)
    while True:
        seen = np.unique(answers)
        model = fit(features[asked], answers) if len(seen) > 1 else OnlyClass(seen)
        yield Turn(asked, answers, model)
        if len(asked) >= most:
            return
        new = np.asarray(strategy(model, features, asked, min(count, most - len(asked)), rng), int)
        if not len(new):
            raise KitError(
                "The strategy asked for nothing while some of the pool was left; mend it."
            )
        asked = np.concatenate([asked, new])
        answers = np.concatenate([answers, np.asarray(expert(new), int)])


def active_learning_curve(
    features, expert_of, strategy, test_features, test_labels, seeds=5, **loop
):
    """Repeat `active_learning_loop` with several seeds, and score each turn on photos kept apart.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``: the pool.
    expert_of : callable
        Takes a seed, gives an expert who has labelled nothing yet.
    strategy : callable
        Which photos to ask for.
    test_features, test_labels : numpy.ndarray
        ``(m, d)`` and ``(m,)``, with true labels.
    seeds : int or sequence of int
        How many repeats (0, 1, …), or their seeds.
    **loop
        Passed on to `active_learning_loop`.

    Returns
    -------
    LabelCurve
    """
    from threadpoolctl import threadpool_limits

    seeds = range(seeds) if isinstance(seeds, int) else seeds
    scores, labels = [], ()
    with threadpool_limits(1):  # hundreds of tiny fits: threads would wait for each other
        for seed in seeds:
            turns = list(
                active_learning_loop(features, expert_of(seed), strategy, seed=seed, **loop)
            )
            labels = tuple(len(turn.asked) for turn in turns)
            scores.append([turn.model.score(test_features, test_labels) for turn in turns])
    return LabelCurve(labels, np.array(scores).T)


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
