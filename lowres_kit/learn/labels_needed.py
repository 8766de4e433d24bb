"""How many labels a way of learning needs, read from its curves."""

from dataclasses import dataclass

import numpy as np


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
        axes.set_ylabel("accuracy on photos kept apart (%)")
        return line
