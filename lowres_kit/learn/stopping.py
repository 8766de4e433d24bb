"""When to stop asking, without a test set."""

import numpy as np


def agreement(before, after):
    """How far two models agree on the same photos beyond chance: Cohen's kappa.

    Parameters
    ----------
    before, after : sequence of int
        The answers of both, ``(n,)``.

    Returns
    -------
    float
        1 for the same answers, about 0 for an agreement that chance alone would give (Cohen, A
        coefficient of agreement for nominal scales, 1960).
    """
    before, after = np.asarray(before), np.asarray(after)
    same = np.mean(before == after)
    kinds = np.union1d(before, after)
    chance = sum(np.mean(before == kind) * np.mean(after == kind) for kind in kinds)
    return 1.0 if same == 1 else float((same - chance) / (1 - chance))


def steady_from(answers, limit=0.99, window=3):
    """Find the turn at which one may stop since the answers no longer change.

    Stabilizing predictions: the mean agreement of the last models, each with the one before,
    reaches a limit (Bloodgood and Vijay-Shanker, A method for stopping active learning based on
    stabilizing predictions and the need for user-adjustable stopping, CoNLL 2009). The photos
    need no labels. That the answers no longer change does not say that they are right.

    Parameters
    ----------
    answers : sequence
        For each turn the model's answers on the same photos, ``(turns, n)``.
    limit : float
        Kappa that counts as steady.
    window : int
        How many agreements are averaged.

    Returns
    -------
    int or None
        The first such turn, counted from 0; None if there is none.
    """
    kappas = [agreement(one, other) for one, other in zip(answers, answers[1:])]
    for last in range(window, len(kappas) + 1):
        if np.mean(kappas[last - window : last]) >= limit:
            return last
    return None
