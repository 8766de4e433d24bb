"""Learning curves: how the result grows with the number of photos, or with the labels asked for.

`learning_curve` draws photos by chance, several times for each number; a `LabelCurve` is what
active learning makes of it, turn by turn, and `labels_needed` reads a promise off it.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import KitError
from .features import linear_probe


@dataclass(frozen=True)
class Curve:
    """Accuracy on photos kept apart, by how many photos of each class were learned from.

    Attributes
    ----------
    counts : tuple of int
        Photos of each class.
    accuracy : numpy.ndarray
        float, ``(len(counts), draws)``, between 0 and 1: each count was drawn several times,
        because which photos one happens to have matters as much as how many.
    """

    counts: tuple
    accuracy: np.ndarray

    @property
    def median(self):
        """Median over the draws, ``(len(counts),)``."""
        return np.median(self.accuracy, axis=1)

    def enough_for(self, promised):
        """Smallest count whose median accuracy reaches `promised`, or None if none does."""
        reached = np.flatnonzero(self.median >= promised)
        return self.counts[reached[0]] if len(reached) else None

    def plot(self, axes, label=None, **style):
        """Draw the median with a band from the worst to the best draw."""
        (line,) = axes.plot(self.counts, 100 * self.median, label=label, **style)
        low, high = 100 * self.accuracy.min(axis=1), 100 * self.accuracy.max(axis=1)
        axes.fill_between(self.counts, low, high, color=line.get_color(), alpha=0.15)
        axes.set_xscale("log")
        axes.set_xticks(self.counts, [str(count) for count in self.counts])
        axes.minorticks_off()
        axes.set_xlabel("photos of each class")
        axes.set_ylabel("accuracy on test photos (%)")
        return line


def learning_curve(
    features, labels, test_features, test_labels, counts, draws=5, seed=0, fit=linear_probe
):
    """Train on few, more and many photos, several draws each, and test on the same photos.

    Parameters
    ----------
    features, test_features : numpy.ndarray
        float, ``(n, d)`` and ``(m, d)``: what there is to learn from, and what was kept apart.
    labels, test_labels : numpy.ndarray
        int, ``(n,)`` and ``(m,)``.
    counts : sequence of int
        Photos of each class to learn from; counts that the smallest class does not have
        are left out.
    draws : int
        How many times each count is drawn.
    seed : int
        Of the draws.
    fit : callable
        ``fit(features, labels)`` gives something with ``score(features, labels)``.

    Returns
    -------
    Curve

    Raises
    ------
    KitError
        If no count is possible.
    """
    labels, test_labels = np.asarray(labels), np.asarray(test_labels)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    smallest = min(len(own) for own in members)
    counts = tuple(sorted(count for count in set(counts) if 1 <= count <= smallest))
    if not counts:
        raise KitError(f"The smallest class has {smallest} examples; ask for a count up to that.")
    accuracy = np.empty((len(counts), draws))
    for draw in range(draws):
        # One order a draw: 20 photos are the 10 before and 10 more, as when one goes on collecting.
        rng = np.random.default_rng((seed, draw))
        orders = [rng.permutation(own) for own in members]
        for row, count in enumerate(counts):
            chosen = np.concatenate([order[:count] for order in orders])
            fitted = fit(features[chosen], labels[chosen])
            accuracy[row, draw] = fitted.score(test_features, test_labels)
    return Curve(counts, accuracy)


def labels_needed(labels, scores, target):
    """Find the number of labels from which a curve stays at or above a target.

    A curve that reaches the target once and falls again has not reached it: nobody knows while
    labelling that this was a lucky turn. Between two measured points the curve is taken as
    straight.

    Parameters
    ----------
    labels : sequence of int
        Numbers of labels, growing, ``(m,)``.
    scores : sequence of float
        The score at each of them, ``(m,)``.
    target : float
        The score that is wanted.

    Returns
    -------
    float or None
        None if the curve ends below the target. If it never lies below, the first number of
        labels: fewer were not tried.
    """
    labels, scores = np.asarray(labels, float), np.asarray(scores, float)
    below = np.flatnonzero(scores < target)
    if not len(below):
        return float(labels[0])
    last = below[-1]
    if last == len(labels) - 1:
        return None
    part = (target - scores[last]) / (scores[last + 1] - scores[last])
    return float(labels[last] + part * (labels[last + 1] - labels[last]))


@dataclass(frozen=True)
class LabelCurve:
    """Score by number of labels, over several seeds.

    Attributes
    ----------
    labels : tuple of int
        Numbers of labels.
    scores : numpy.ndarray
        float, ``(len(labels), seeds)``, between 0 and 1.
    """

    labels: tuple
    scores: np.ndarray

    @property
    def median(self):
        """Median over the seeds, ``(len(labels),)``."""
        return np.median(self.scores, axis=1)

    @property
    def band(self):
        """Lower and upper quartile over the seeds, each ``(len(labels),)``."""
        return tuple(np.quantile(self.scores, (0.25, 0.75), axis=1))

    def needed(self, target):
        """From how many labels the median stays at or above a target (`labels_needed`)."""
        return labels_needed(self.labels, self.median, target)

    def at(self, count):
        """Median score with so many labels; between measured points a straight line."""
        return float(np.interp(count, self.labels, self.median))

    def plot(self, axes, label=None, **style):
        """Draw the median in percent, with a band that holds the middle half of the seeds."""
        (line,) = axes.plot(self.labels, 100 * self.median, label=label, **style)
        low, high = self.band
        axes.fill_between(self.labels, 100 * low, 100 * high, color=line.get_color(), alpha=0.15)
        axes.set_xlabel("labels that the expert gave")
        axes.set_ylabel("accuracy on test photos (%)")
        return line
