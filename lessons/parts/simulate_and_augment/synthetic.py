"""What made-up examples must pass before anyone trusts them.

Three questions: does a classifier that learned from them alone work on real examples (Esteban,
Hyland and Rätsch, "Real-valued (medical) time series generation with recurrent conditional
GANs", 2017, section 4); are some of them copies of what the generator has seen (after Meehan,
Chaudhuri and Dasgupta, "A non-parametric test to detect data-copying in generative models",
AISTATS 2020); and did each group of the real examples keep its share.
"""

import numpy as np

from lowres_kit.errors import KitError
from lowres_kit.words import Words

words = Words(__package__)


def train_synthetic_test_real(fit, synthetic, real, test):
    """Compare what is learned from made-up examples with what is learned from real ones.

    Parameters
    ----------
    fit : callable
        ``fit(features, labels)`` gives something with ``score(features, labels)``.
    synthetic, real, test : tuple of numpy.ndarray
        ``(features, labels)`` each: made up; what the generator learned from; real examples
        that neither has seen.

    Returns
    -------
    dict of str to float
        ``"synthetic"`` and ``"real"``: accuracy on the test, 0 to 1.
    """
    return {
        name: float(fit(*learned).score(*test))
        for name, learned in (("synthetic", synthetic), ("real", real))
    }


def nearest_distances(examples, others):
    """Distance from each example to the nearest of the others.

    Parameters
    ----------
    examples, others : numpy.ndarray
        float, ``(n, d)`` and ``(m, d)``.

    Returns
    -------
    numpy.ndarray
        float, ``(n,)``, Euclidean.

    Raises
    ------
    KitError
        If one of them is empty, or they differ in the number of features.
    """
    from sklearn.neighbors import NearestNeighbors

    examples, others = _table(examples), _table(others)
    if examples.shape[1] != others.shape[1]:
        raise KitError(words("synthetic.unlike", one=examples.shape[1], other=others.shape[1]))
    # A tree takes differences; the usual scalar products lose the digits of small distances.
    search = NearestNeighbors(n_neighbors=1, algorithm="kd_tree").fit(others)
    return search.kneighbors(examples)[0][:, 0]


def copies_of_training(synthetic, training, held_out, level=0.01):
    """Find made-up examples that lie nearer to the training data than new real ones do.

    Parameters
    ----------
    synthetic : numpy.ndarray
        float, ``(n, d)``: made up.
    training : numpy.ndarray
        float, ``(m, d)``: what the generator learned from.
    held_out : numpy.ndarray
        float, ``(k, d)``: real, and unseen by the generator. They tell how near to the training
        data one comes by chance.
    level : float
        Share of honest examples that are suspected by chance.

    Returns
    -------
    numpy.ndarray
        bool, ``(n,)``. Exact copies are always found; others, if they are nearer than the
        nearest `level` of the held-out examples. A share far above `level` means copying.

    Raises
    ------
    KitError
        If one of the sets is empty, or they differ in the number of features.
    """
    distances = nearest_distances(synthetic, training)
    limit = np.quantile(nearest_distances(held_out, training), level)
    return (distances < limit) | (distances == 0)


def share_by_group(real, synthetic):
    """Compare how large each group is among real and among made-up examples.

    Parameters
    ----------
    real, synthetic : array of hashable
        The group of each example, such as its class, its style or its farm.

    Returns
    -------
    dict
        Group to ``(share among the real, share among the made-up)``, each 0 to 1; smallest real
        group first, since that is the one that vanishes.

    Raises
    ------
    KitError
        If one of the two is empty.
    """
    real, synthetic = np.asarray(real), np.asarray(synthetic)
    if not len(real) or not len(synthetic):
        raise KitError(words("synthetic.shares"))
    groups = np.unique(np.concatenate([real, synthetic])).tolist()
    shares = {
        group: (float((real == group).mean()), float((synthetic == group).mean()))
        for group in groups
    }
    return dict(sorted(shares.items(), key=lambda item: item[1][0]))


def _table(examples):
    examples = np.asarray(examples, float)
    if not len(examples):
        raise KitError(words("synthetic.none"))
    return examples.reshape(len(examples), -1)
