"""Learn from photos that nobody named: self-training, label spreading, co-training.

Each method takes a few photos with labels and a *pool* of photos without, and gives something
that answers for new photos. `semi_supervised_fit` turns a method and a pool into a
``fit(features, labels)``, so that a learning curve can compare it with labels alone. All settings
are fixed beforehand: who has ten labels has none to spare for choosing settings with.

Nothing here looks at a photo: the features may as well be those of texts or rows of a table.
"""

import warnings

import numpy as np

from ..errors import KitError
from .features import linear_probe

UNNAMED = -1  # scikit-learn's mark for "no label"
FREE = 100  # strength of the probes: looser than usual, since pseudo-labels are many


def semi_supervised_fit(method, pool, **settings):
    """Make a ``fit(features, labels)`` of a method and the photos without a label.

    Parameters
    ----------
    method : callable
        ``method(features, labels, pool, **settings)``, such as `self_training`.
    pool : numpy.ndarray
        float, ``(m, d)``: features of the photos without a label; m may be 0.
    **settings
        Of the method.

    Returns
    -------
    callable
        For `learning_curve`.
    """

    def fit(features, labels):
        return method(features, labels, pool, **settings)

    return fit


def self_training(features, labels, pool, threshold=0.8, rounds=10, strength=FREE):
    """Let a probe name the photos of which it is sure, and learn from these names too.

    Scudder, "Probability of error of some adaptive pattern-recognition machines", 1965, by
    scikit-learn's ``SelfTrainingClassifier``. A photo that has a name keeps it, right or wrong.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``: the photos with a label.
    labels : numpy.ndarray
        int, ``(n,)``, 0 or more.
    pool : numpy.ndarray
        float, ``(m, d)``: the photos without.
    threshold : float
        How sure the probe must be, between 0 and 1.
    rounds : int
        How often it names and learns again, at most.
    strength : float
        Of the probe, see `linear_probe`.

    Returns
    -------
    sklearn.semi_supervised.SelfTrainingClassifier
        ``transduction_`` holds the label of each photo, those with a label first (-1: left without
        a name), ``labeled_iter_`` the round in which it got it. Without a pool: the probe alone.

    Raises
    ------
    KitError
        If there are fewer than two classes, or the arrays do not fit together.
    """
    from sklearn.semi_supervised import SelfTrainingClassifier

    everything, names = _together(features, labels, pool)
    probe = linear_probe(features, labels, strength)
    if not len(pool):
        return probe
    learner = SelfTrainingClassifier(probe, threshold=threshold, max_iter=rounds)
    with warnings.catch_warnings():
        # It warns where some photos stay without a name; that is the threshold's purpose.
        warnings.simplefilter("ignore")
        return learner.fit(everything, names)


def balanced_self_training(features, labels, pool, rounds=8, strength=FREE):
    """Self-training that takes equally many photos of each class, the surest first.

    So no class can grow at the cost of the others, as happens with one threshold for all (the
    idea: Zou, Yu, Kumar and Wang, "Unsupervised domain adaptation for semantic segmentation via
    class-balanced self-training", ECCV 2018). It supposes that the pool holds the classes in
    about equal parts.

    Parameters
    ----------
    features, labels, pool : numpy.ndarray
        As in `self_training`.
    rounds : int
        In how many rounds the pool is named.
    strength : float
        Of the probe, see `linear_probe`.

    Returns
    -------
    sklearn.pipeline.Pipeline
        The probe of the last round.
    """
    everything, names = _together(features, labels, pool)
    for _ in range(rounds):
        probe = linear_probe(everything[names != UNNAMED], names[names != UNNAMED], strength)
        surest = _surest_of_each(probe, everything, names, _share(pool, probe, rounds))
        if not len(surest):
            break
        names[surest] = probe.predict(everything[surest])
    return linear_probe(everything[names != UNNAMED], names[names != UNNAMED], strength)


def label_spreading(features, labels, pool, neighbours=7, flow=0.9):
    """Let labels flow from photo to photo along a graph of nearest neighbours.

    Zhou, Bousquet, Lal, Weston and Schölkopf, "Learning with local and global consistency",
    NIPS 16, 2004, by scikit-learn's ``LabelSpreading``. Two photos are joined if one of them is
    among the nearest of the other.

    Parameters
    ----------
    features, labels, pool : numpy.ndarray
        As in `self_training`.
    neighbours : int
        With how many others each photo is joined; all of them, where there are fewer.
    flow : float
        Between 0 and 1: how much each photo takes from its neighbours in a round; the rest is its
        own label, where it has one.

    Returns
    -------
    sklearn.pipeline.Pipeline
        The scaler and the graph; a new photo gets the labels of its nearest neighbours. Without a
        pool there is nothing to flow over, and it is the probe alone.

    Raises
    ------
    KitError
        As in `self_training`.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.semi_supervised import LabelSpreading

    everything, names = _together(features, labels, pool)
    if not len(pool):
        return linear_probe(features, labels, FREE)
    joined = _joins(min(neighbours, len(everything) - 1))
    spreading = LabelSpreading(kernel=joined, alpha=flow, max_iter=1000)
    return make_pipeline(StandardScaler(), spreading).fit(everything, names)


def _joins(neighbours):
    """Make scikit-learn's kernel: 1 where two photos are neighbours, either way.

    All others are joined by next to nothing, so that no group of photos is cut off from every
    label: scikit-learn would divide 0 by 0 there.
    """

    def joined(some, others):
        squares = (some**2).sum(1)[:, None] + (others**2).sum(1) - 2 * some @ others.T
        itself = some is others
        if itself:
            np.fill_diagonal(squares, np.inf)
        farthest = np.partition(squares, neighbours - 1, axis=0)[neighbours - 1]
        near = np.where(squares <= farthest, 1.0, 1e-6)
        return np.maximum(near, near.T) if itself else near

    return joined


class TwoViews:
    """Two probes, each of which sees one view of a photo; together they multiply.

    Attributes
    ----------
    probes : list of sklearn.pipeline.Pipeline
        One for each view.
    views : sequence
        Which columns of the features each of them sees.
    classes_ : numpy.ndarray
        int, ``(k,)``: the labels, sorted.
    """

    def __init__(self, probes, views):
        self.probes, self.views = probes, views
        self.classes_ = probes[0].classes_

    def predict_proba(self, features):
        """Multiply the two probabilities: right if the views are independent in each class."""
        one, other = (
            probe.predict_proba(features[:, view]) for probe, view in zip(self.probes, self.views)
        )
        product = one * other + 1e-12  # never 0 in all classes
        return product / product.sum(1, keepdims=True)

    def predict(self, features):
        """Likeliest class of each photo, ``(n,)``."""
        return self.classes_[self.predict_proba(features).argmax(1)]

    def score(self, features, labels):
        """Share of right answers, 0 to 1."""
        return float((self.predict(features) == labels).mean())


def co_training(features, labels, pool, views, rounds=8, strength=FREE):
    """Two probes with two views of each photo name photos for each other.

    Blum and Mitchell, "Combining labeled and unlabeled data with co-training", COLT 1998, table 1:
    in each round either one names the photos of each class of which it is surest, and the other
    learns from them. Here as many of each class, since the kit's sets have equal classes.

    Parameters
    ----------
    features, labels, pool : numpy.ndarray
        As in `self_training`.
    views : pair
        Which columns each probe sees: slices, or arrays of positions.
    rounds : int
        How often both name photos.
    strength : float
        Of the probes, see `linear_probe`.

    Returns
    -------
    TwoViews
        Without a pool: two probes that have seen the labels alone.
    """
    everything, names = _together(features, labels, pool)
    own = [names.copy(), names.copy()]  # what either probe has been told

    def probe_of(which):
        named = own[which] != UNNAMED
        return linear_probe(everything[named][:, views[which]], own[which][named], strength)

    for _ in range(rounds):
        probes = [probe_of(0), probe_of(1)]
        suggested = []
        for probe, view, others in zip(probes, views, reversed(own)):
            seen = everything[:, view]
            surest = _surest_of_each(probe, seen, others, _share(pool, probe, rounds))
            suggested.append((surest, probe.predict(seen[surest]) if len(surest) else surest))
        for (surest, answers), others in zip(suggested, reversed(own)):
            others[surest] = answers
        if not any(len(surest) for surest, _ in suggested):
            break
    return TwoViews([probe_of(0), probe_of(1)], views)


def _together(features, labels, pool):
    """Put photos with and without a label into one array, and their labels, -1 for none."""
    features, pool = np.asarray(features, np.float64), np.asarray(pool, np.float64)
    labels = np.asarray(labels)
    if len(features) != len(labels):
        raise KitError(f"There are {len(features)} examples with a label but {len(labels)} labels.")
    if len(np.unique(labels)) < 2:
        raise KitError(
            "A classifier needs examples of at least two classes; label some of another."
        )
    if labels.min() < 0:
        raise KitError("Labels are whole numbers from 0; put what has no label into the pool.")
    if not len(pool):
        return features, labels.copy()
    if pool.shape[1:] != features.shape[1:]:
        raise KitError(
            f"The examples without a label have {pool.shape[1]} features, those with a label "
            f"{features.shape[1]}; compute both in the same way."
        )
    return np.concatenate([features, pool]), np.append(labels, np.full(len(pool), UNNAMED))


def _share(pool, probe, rounds):
    """How many photos of each class a round may name, so that all rounds name the pool."""
    return max(1, round(len(pool) / (rounds * len(probe.classes_))))


def _surest_of_each(probe, features, names, count):
    """Find, among the photos without a name, the `count` surest of each class."""
    left = np.flatnonzero(names == UNNAMED)
    if not len(left):
        return left
    probabilities = probe.predict_proba(features[left])
    chosen = []
    for k in range(probabilities.shape[1]):
        own = np.flatnonzero(probabilities.argmax(1) == k)
        surest = own[np.argsort(-probabilities[own, k], kind="stable")[:count]]
        chosen.append(left[surest])
    return np.concatenate(chosen)
