"""Ask, label, fit, and again: the loop of active learning."""

from dataclasses import dataclass

import numpy as np

from ..errors import KitError
from .asking import ask_random
from .labels_needed import LabelCurve
from .probe import linear_probe


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


def ask_in_turn(
    features, expert, strategy, start=ask_random, first=10, count=5, most=200, fit=None, seed=0
):
    """Let a strategy ask, an expert answer and a model learn, turn by turn.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``: all photos of the pool, labelled or not.
    expert : callable
        Takes positions, gives their labels.
    strategy, start : callable
        Which photos to ask for (see `asking`), and which ones first, when there is no model.
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
            raise KitError("The strategy asked for no photo while some were left; mend it.")
        asked = np.concatenate([asked, new])
        answers = np.concatenate([answers, np.asarray(expert(new), int)])


def asking_curve(features, expert_of, strategy, test_features, test_labels, seeds=5, **loop):
    """Repeat `ask_in_turn` with several seeds, and score each turn on photos kept apart.

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
        Passed on to `ask_in_turn`.

    Returns
    -------
    LabelCurve
    """
    from threadpoolctl import threadpool_limits

    seeds = range(seeds) if isinstance(seeds, int) else seeds
    scores, labels = [], ()
    with threadpool_limits(1):  # hundreds of tiny fits: threads would wait for each other
        for seed in seeds:
            turns = list(ask_in_turn(features, expert_of(seed), strategy, seed=seed, **loop))
            labels = tuple(len(turn.asked) for turn in turns)
            scores.append([turn.model.score(test_features, test_labels) for turn in turns])
    return LabelCurve(labels, np.array(scores).T)
