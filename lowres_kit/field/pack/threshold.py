"""When to say "ask a person": a confidence below which the model does not answer.

A model that may stay silent is wrong less often when it speaks. How often it is still wrong is
promised, and the promise must hold on photos to come, not only on those that we have: so not the
share of errors itself is held against it, but what the share may be with all but a small chance
(Geifman and El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017,
section 3). Several thresholds are tried, and each may be lucky: the chance is divided by their
number (Bonferroni).
"""

import math
from dataclasses import dataclass

import numpy as np

SILENT = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)  # shares of photos that a person is asked for
CHANCE = 0.1  # that a promise is broken: one in ten, as the texts say


@dataclass(frozen=True)
class Threshold:
    """A threshold, and what it was chosen by.

    Attributes
    ----------
    below : float
        Ask a person where the confidence is below it.
    promised_error : float
        Largest share of wrong answers among those given.
    kept : bool
        Whether the promise could be made; if not, a person is asked for half the photos.
    photos, answered, errors : int
        Photos that it was chosen by, those answered, and those answered wrongly.
    at_most : float
        What the share of wrong answers is at most, but for one chance in ten.
    """

    below: float
    promised_error: float
    kept: bool
    photos: int
    answered: int
    errors: int
    at_most: float

    @property
    def asked(self):
        """Share of the photos for which a person is asked."""
        return 1 - self.answered / self.photos

    @classmethod
    def from_dict(cls, values):
        """Make it from plain values; raises ValueError or TypeError if they make no sense."""
        found = cls(**values)
        shares = (found.below, found.promised_error, found.at_most)
        if not all(0 <= share <= 1 for share in shares) or found.kept not in (True, False):
            raise ValueError("the threshold is no share")
        if not 0 <= found.errors <= found.answered <= found.photos or found.photos == 0:
            raise ValueError("the photos of the threshold are miscounted")
        return found

    def __str__(self):
        told = (
            f"Below {100 * self.below:.1f} % confidence a person is asked: for "
            f"{100 * self.asked:.0f} % of the photos. Wrong: {self.errors} of the {self.answered} "
            f"answers left; of new ones up to {100 * self.at_most:.1f} % may be (90 % confidence)."
        )
        if self.kept:
            return told
        needed = enough_photos(self.promised_error)
        why = f"even without an error it takes {needed} photos."
        if self.photos >= needed:
            why = "at every threshold too many answers are wrong."
        return f"{told} {100 * self.promised_error:.1f} % cannot be promised: {why}"


def choose_threshold(confidence, right, promised_error):
    """Choose the lowest threshold whose answers keep a promise.

    Parameters
    ----------
    confidence : numpy.ndarray
        float, ``(n,)``: probability of the likeliest class, for photos that nothing was learned
        from.
    right : numpy.ndarray
        bool, ``(n,)``.
    promised_error : float
        Largest share of wrong answers among those given, 0 to 1.

    Returns
    -------
    Threshold
        With ``kept`` False if no threshold keeps the promise.
    """
    order = np.sort(confidence)
    cuts = [0.0] + [order[min(len(order) - 1, int(s * len(order)))] for s in SILENT[1:]]
    for below in cuts:
        answers = confidence >= below
        answered, errors = int(answers.sum()), int((answers & ~right).sum())
        at_most = upper_bound(errors, answered, CHANCE / len(SILENT))
        kept = at_most <= promised_error
        if kept:
            break
    return Threshold(float(below), promised_error, kept, len(confidence), answered, errors, at_most)


def upper_bound(errors, answered, chance):
    """Largest share of errors that gives so few of them with at least this chance.

    The one-sided limit of Clopper and Pearson, "The use of confidence or fiducial limits
    illustrated in the case of the binomial", Biometrika 1934.

    Parameters
    ----------
    errors, answered : int
        So many of so many were wrong.
    chance : float
        That the true share is larger.

    Returns
    -------
    float
        0 to 1.
    """
    if answered == 0 or errors >= answered:
        return 1.0
    low, high = errors / answered, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if _at_most(errors, answered, middle) > chance:
            low = middle
        else:
            high = middle
    return high


def enough_photos(promised_error):
    """How many photos, all answered rightly, it takes to promise a share of errors."""
    return math.ceil(math.log(CHANCE / len(SILENT)) / math.log(1 - promised_error))


def _at_most(errors, answered, share):
    """Chance of at most so many errors, if each answer is wrong with this chance."""
    logs = [
        math.lgamma(answered + 1) - math.lgamma(k + 1) - math.lgamma(answered - k + 1)
        + k * math.log(share) + (answered - k) * math.log1p(-share)
        for k in range(errors + 1)
    ]  # fmt: skip
    return sum(map(math.exp, logs))
