"""Active learning: which photos an expert should label next, and when one may stop asking.

Whether more labels still change the answers is told by `cohen_kappa` and `steady_from`. Which
photos come next is said by a *strategy*; `STRATEGIES` has them all by name. It is a plain function
``ask(model, features, asked, count, rng)`` that returns new positions, int ``(count,)`` or fewer
where the pool ends, those to ask first in front. All strategies have the same parameters:

model : object or None
    Fitted on the labels so far, with ``predict_proba`` and ``classes_``; None before the first.
features : numpy.ndarray
    float, ``(n, d)``: all photos of the pool, labelled or not.
asked : numpy.ndarray
    int, ``(m,)``: positions asked for so far.
count : int
    How many more are wanted.
rng : numpy.random.Generator
    The source of chance.
"""

import warnings

import numpy as np

NEIGHBOURS = 20  # whose distance says how typical a photo is, as in Hacohen et al.
MOST_CLUSTERS = 500  # more would take long and be hardly larger than single photos, as there
WIDE = 10  # times as many photos in doubt as are wanted: among these the mix looks for variety


def least_confidence(probabilities):
    """How far the likeliest class is from certain: float ``(n,)``, 0 for certain.

    Lewis and Gale, A sequential algorithm for training text classifiers, SIGIR 1994.

    Parameters
    ----------
    probabilities : numpy.ndarray
        float, ``(n, k)``; rows add up to 1.
    """
    return 1 - probabilities.max(axis=1)


def margin(probabilities):
    """How near the second class comes to the likeliest: float ``(n,)``, 1 where both are equal.

    Scheffer, Decomain and Wrobel, Active hidden Markov models, IDA 2001 (their margin, turned
    round so that more means more doubt).

    Parameters
    ----------
    probabilities : numpy.ndarray
        float, ``(n, k)``; rows add up to 1.
    """
    if probabilities.shape[1] < 2:
        return np.zeros(len(probabilities))
    second, first = np.partition(probabilities, -2, axis=1)[:, -2:].T
    return 1 - (first - second)


def entropy(probabilities):
    """Mean surprise in nats: float ``(n,)``, largest where all classes are equally likely.

    Shannon, A mathematical theory of communication, 1948, section 6.

    Parameters
    ----------
    probabilities : numpy.ndarray
        float, ``(n, k)``; rows add up to 1.
    """
    logarithms = np.log(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    return -(probabilities * logarithms).sum(axis=1)


def farthest_first(features, chosen, count):
    """Choose photos such that each is the farthest from all that were chosen before it.

    The greedy k-center solution: no photo is much farther from a chosen one than the best choice
    of as many photos would have it (Sener and Savarese, Active learning for convolutional neural
    networks: a core-set approach, ICLR 2018, algorithm 1).

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``.
    chosen : sequence of int
        Positions chosen before; without any, the photo nearest to the mean comes first.
    count : int
        How many more; fewer come back where no more are left.

    Returns
    -------
    numpy.ndarray
        int, new positions in the order of the choice; of equal distances the first position wins.
    """
    features = np.asarray(features, np.float64)
    squares = (features**2).sum(axis=1)

    def to_one(photo):  # of each photo, squared
        return squares - 2 * features @ features[photo] + squares[photo]

    found, taken = [], np.zeros(len(features), bool)
    taken[np.asarray(chosen, int)] = True
    nearest = np.full(len(features), np.inf)
    for photo in chosen:
        nearest = np.minimum(nearest, to_one(photo))
    while len(found) < count and not taken.all():
        if np.isinf(nearest).all():
            middle = features.mean(axis=0)
            photo = int(((features - middle) ** 2).sum(axis=1).argmin())
        else:
            photo = int(np.where(taken, -np.inf, nearest).argmax())
        found.append(photo)
        taken[photo] = True
        nearest = np.minimum(nearest, to_one(photo))
    return np.array(found, int)


def typical(features, chosen, count, seed=0):
    """Choose photos that stand for many others, in parts of the pool that have no label yet.

    As many clusters as there will be labels; from each of the largest clusters without a label
    the photo with the nearest neighbours (Hacohen, Dekel and Weinshall, Active learning on a
    budget: opposite strategies suit high and low budgets, ICML 2022, TypiClust). No model is
    needed, so it can choose the very first photos.

    Parameters
    ----------
    features : numpy.ndarray
        float, ``(n, d)``.
    chosen : sequence of int
        Positions that have a label.
    count : int
        How many more; fewer come back where no more are left.
    seed : int
        Of the clusters' first centres.

    Returns
    -------
    numpy.ndarray
        int, new positions, those of the largest clusters first.
    """
    features = np.asarray(features, np.float64)
    labelled = np.zeros(len(features), bool)
    labelled[np.asarray(chosen, int)] = True
    count = min(count, int((~labelled).sum()))
    if not count:
        return np.array([], int)
    cluster = _clusters(features, min(labelled.sum() + count, MOST_CLUSTERS), seed)
    found = []
    while len(found) < count:
        sizes = np.bincount(cluster)
        inside = np.bincount(cluster, weights=labelled)
        open_ones = np.flatnonzero(sizes > inside)
        order = np.lexsort((open_ones, -sizes[open_ones], inside[open_ones]))
        members = np.flatnonzero(cluster == open_ones[order[0]])
        photo = _most_typical(features, members, labelled)
        labelled[photo] = True
        found.append(photo)
    return np.array(found, int)


def _clusters(features, count, seed):
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # equal photos: fewer clusters, no harm
        return KMeans(int(count), n_init=1, random_state=seed).fit_predict(features)


def _most_typical(features, members, labelled):
    own = features[members]
    squares = (own**2).sum(axis=1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares - 2 * own @ own.T, 0))
    near = min(NEIGHBOURS, len(members) - 1)
    # A photo is its own nearest neighbour; only the others count.
    spread = np.sort(distance, axis=1)[:, 1 : near + 1].mean(axis=1) if near else np.zeros(1)
    return int(members[np.where(labelled[members], np.inf, spread).argmin()])


def most(scores, asked, count):
    """Give the positions with the highest scores that were not asked for; ties in order.

    Parameters
    ----------
    scores : sequence of float
        One for each photo of the pool, ``(n,)``.
    asked : sequence of int
        Positions that are left out.
    count : int
        How many; fewer come back where no more are left.

    Returns
    -------
    numpy.ndarray
        int, the highest first.
    """
    scores = np.array(scores, float)
    scores[np.asarray(asked, int)] = -np.inf
    left = len(scores) - len(set(map(int, asked)))
    return np.argsort(-scores, kind="stable")[: min(count, left)]


def random_sampling(model, features, asked, count, rng):
    """Ask for photos drawn by chance: what any other strategy must beat."""
    left = np.setdiff1d(np.arange(len(features)), asked)
    return rng.permutation(left)[:count]


def uncertainty_sampling(measure):
    """Make a strategy of a measure of doubt; without a model it asks by chance.

    Parameters
    ----------
    measure : callable
        `least_confidence`, `margin`, `entropy`, or another that takes probabilities ``(n, k)``
        and gives ``(n,)``, more for more doubt.

    Returns
    -------
    callable
    """

    def ask(model, features, asked, count, rng):
        if model is None or len(model.classes_) < 2:  # nothing to doubt yet
            return random_sampling(model, features, asked, count, rng)
        return most(measure(model.predict_proba(features)), asked, count)

    return ask


def core_set_sampling(model, features, asked, count, rng):
    """Ask for the photos that are farthest from all labelled ones (`farthest_first`)."""
    return farthest_first(features, asked, count)


def typical_sampling(model, features, asked, count, rng):
    """Ask for the photos that stand for most others (`typical`)."""
    return typical(features, asked, count, int(rng.integers(2**31)))


def mixed_sampling(model, features, asked, count, rng):
    """Ask for photos in doubt that differ from each other.

    Of ten times as many photos in doubt (by the margin) as are wanted, the nearest to the centre
    of each of `count` clusters, in which a photo weighs as much as it is in doubt (Zhdanov,
    Diverse mini-batch active learning, 2019).
    """
    if model is None or len(model.classes_) < 2:
        return typical_sampling(model, features, asked, count, rng)
    from sklearn.cluster import KMeans

    doubt = margin(model.predict_proba(features))
    wide = most(doubt, asked, WIDE * count)
    if len(wide) <= count:
        return wide
    clusters = KMeans(count, n_init=1, random_state=int(rng.integers(2**31)))
    distance = clusters.fit_transform(features[wide], sample_weight=doubt[wide] + 1e-6)
    cluster = distance.argmin(axis=1)
    own = [np.flatnonzero(cluster == number) for number in np.unique(cluster)]
    found = wide[np.sort([group[distance[group].min(axis=1).argmin()] for group in own])]
    # Equal photos give fewer clusters than were asked for; the next in doubt fill up.
    return np.concatenate([found, wide[~np.isin(wide, found)]])[:count]


STRATEGIES = {
    "random": random_sampling,
    "least confidence": uncertainty_sampling(least_confidence),
    "margin": uncertainty_sampling(margin),
    "entropy": uncertainty_sampling(entropy),
    "core-set": core_set_sampling,
    "typical": typical_sampling,
    "mixed": mixed_sampling,
}


def cohen_kappa(before, after):
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
    kappas = [cohen_kappa(one, other) for one, other in zip(answers, answers[1:])]
    for last in range(window, len(kappas) + 1):
        if np.mean(kappas[last - window : last]) >= limit:
            return last
    return None
