"""Find examples whose label is probably wrong: photos, or anything else that has features."""

from dataclasses import dataclass

import numpy as np

from ..errors import KitError


@dataclass(frozen=True)
class LabelSuspect:
    """An example whose label the others contradict.

    Attributes
    ----------
    index : int
        Position among the examples.
    given : int
        The label that it has.
    suggested : int
        The label that the others speak for.
    confidence : float
        Probability of the given label, by a classifier that has not seen it.
    """

    index: int
    given: int
    suggested: int
    confidence: float


def likely_label_errors(features, labels, seed=0, groups=None, folds=5, rounds=3):
    """Rank the examples whose label is probably wrong, the most suspicious first.

    Confident learning (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in
    dataset labels", JAIR 2021). A classifier is trained on a part of the examples and says
    how likely each label is for the rest, until each had its turn. An example is suspicious if
    another class is more likely for it than that class is, on average, for its own members.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``: one row an example, such as `simple_features` or those of a network.
    labels : array of int
        ``(n,)``, such as the ``labels`` of a `LabelledSet`.
    seed : int
        Of the parts.
    groups : array of int, optional
        ``(n,)``: what belongs together stays in one part (the ``groups`` of a `LabelledSet`), so
        that a copy with the same wrong label does not vouch for it.
    folds : int
        Number of parts.
    rounds : int
        How many times they are divided anew; the probabilities are averaged.

    Returns
    -------
    list of LabelSuspect

    Raises
    ------
    KitError
        If there is only one class.
    """
    labels = np.asarray(labels)
    names, labels = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise KitError("Wrong labels can be looked for only where there are two classes or more.")
    groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
    runs = [
        out_of_fold_probabilities(features, labels, len(names), seed + one, groups, folds)
        for one in range(rounds)
    ]
    return _suspects(np.mean(runs, axis=0), labels, names)


def out_of_fold_probabilities(features, labels, classes, seed, groups, folds=5):
    """Say for each example how likely each class is, by a classifier that has not seen it.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``.
    labels : numpy.ndarray
        int, ``(n,)``, from 0 to `classes` - 1.
    classes, seed, groups, folds
        As in `likely_label_errors`.

    Returns
    -------
    numpy.ndarray
        float, ``(n, classes)``.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    part = _parts(labels, groups, folds, np.random.default_rng(seed))
    found = np.full((len(labels), classes), 1 / classes)
    for fold in range(folds):
        train, test = part != fold, part == fold
        if not test.any() or len(np.unique(labels[train])) < 2:
            continue  # nothing was learned of these: every class stays equally likely
        # The more features, the firmer each is held back: measured on real photos of leaves with
        # planted errors, 3 / d was best or near it for 112, 202 and 1,280 features.
        strength = 3 / features.shape[1]
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=strength, max_iter=300, class_weight="balanced")
        )
        model.fit(features[train], labels[train])
        found[test] = 0
        found[np.ix_(test, model.classes_)] = model.predict_proba(features[test])
    return found


def _parts(labels, groups, folds, rng):
    """Deal whole groups into parts, class by class, so that every part has some of each."""
    names, first, number = np.unique(groups, return_index=True, return_inverse=True)
    part_of_group = np.empty(len(names), dtype=int)
    dealt = 0
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels[first] == label))
        part_of_group[own] = (dealt + np.arange(len(own))) % folds
        dealt += len(own)
    return part_of_group[number]


def _suspects(probabilities, labels, names):
    present = range(len(names))
    # How sure the classifier is of a class on average, where that is the label: what one of
    # another class must reach before it counts as one of these.
    usual = np.array([probabilities[labels == label, label].mean() for label in present])
    reached = np.where(probabilities >= usual, probabilities, -1)
    suggested = reached.argmax(axis=1)
    rows = np.arange(len(labels))
    suspicious = (reached[rows, suggested] >= 0) & (suggested != labels)
    suspicious &= probabilities[rows, suggested] > probabilities[rows, labels]
    margin = probabilities[rows, labels] - probabilities[rows, suggested]
    order = [row for row in np.argsort(margin, kind="stable") if suspicious[row]]
    return [
        LabelSuspect(
            int(row),
            names[labels[row]].item(),
            names[suggested[row]].item(),
            float(probabilities[row, labels[row]]),
        )
        for row in order
    ]
