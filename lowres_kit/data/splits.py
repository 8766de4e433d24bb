"""Keep photos apart for the test so that the score tells the truth."""

import numpy as np

from ..errors import KitError
from .duplicates import groups_of_pairs, near_duplicates


def split(photos, held_out=0.2, seed=0, groups=None):
    """Keep a part of the photos apart, with the same share of every class.

    Photos that belong together stay on one side: near-duplicates, and photos that come from the
    same source. Otherwise the test would ask for what was learned by heart.

    Parameters
    ----------
    photos : PhotoSet
    held_out : float
        Share to keep apart, between 0 and 1.
    seed : int
        Decides which.
    groups : sequence of hashable, optional
        What belongs together, one entry a photo; replaces sources and near-duplicates.
        ``range(len(photos))`` makes each photo its own group, as a careless split does.

    Returns
    -------
    rest, held : numpy.ndarray
        int64 positions in `photos`, sorted: what is left to learn from, and what is kept apart.

    Raises
    ------
    KitError
        If a class cannot be on both sides.
    """
    if not 0 < held_out < 1:
        raise KitError(f"The share to keep apart must lie between 0 and 1, not be {held_out}.")
    group_of = (
        together(photos) if groups is None else np.unique(list(groups), return_inverse=True)[1]
    )
    if len(group_of) != len(photos):
        raise KitError(f"There are {len(photos)} photos but {len(group_of)} entries in groups.")
    kinds = len(photos.class_names)
    table = np.zeros((group_of.max(initial=-1) + 1, kinds), dtype=np.int64)
    np.add.at(table, (group_of, photos.labels), 1)
    _refuse_single_groups(photos, table)
    held_groups = _choose(table, held_out, np.random.default_rng(seed))
    _refuse_one_sided(photos, table, held_groups)
    held = held_groups[group_of]
    return np.flatnonzero(~held), np.flatnonzero(held)


def together(photos, alike=None):
    """Number the photos so that those which belong together share a number.

    Parameters
    ----------
    photos : PhotoSet
    alike : list of list of int, optional
        What `near_duplicates` found, where that is known already.

    Returns
    -------
    numpy.ndarray
        int64, ``(n,)``. Near-duplicates share a number, and so do photos of the same source,
        and, through these, whole chains of photos.
    """
    alike = near_duplicates(photos) if alike is None else alike
    pairs = [(group[0], other) for group in alike for other in group[1:]]
    first = {}
    for index, source in enumerate(photos.sources):
        if source:
            pairs.append((first.setdefault(source, index), index))
    number = np.arange(len(photos))
    for group in groups_of_pairs(len(photos), pairs):
        number[group] = group[0]
    return np.unique(number, return_inverse=True)[1]


def few(photos, per_class, seed=0):
    """Draw the same number of photos from each class.

    Parameters
    ----------
    photos : PhotoSet or array of int
        The photos, or their labels.
    per_class : int
        How many of each class; a smaller class gives all that it has.
    seed : int
        Decides which.

    Returns
    -------
    numpy.ndarray
        int64 positions, sorted. With the same seed, fewer photos are a part of more photos.
    """
    labels = np.asarray(getattr(photos, "labels", photos))
    chosen = []
    for label in np.unique(labels):
        rng = np.random.default_rng((seed, int(label)))
        chosen.append(rng.permutation(np.flatnonzero(labels == label))[:per_class])
    return np.sort(np.concatenate(chosen)) if chosen else np.array([], np.int64)


def _refuse_single_groups(photos, table):
    groups_of_class = (table > 0).sum(axis=0)
    for name, count in zip(photos.class_names, groups_of_class):
        if count == 1:
            raise KitError(
                f"All photos of '{name}' belong together (one photo, copies of one, or one "
                "source), so none can be kept apart for the test; add photos from elsewhere."
            )


def _choose(table, held_out, rng):
    """Choose groups, large ones first, such that each class comes near its share."""
    total = np.maximum(table.sum(axis=0), 1)
    wanted = held_out * total
    order = rng.permutation(len(table))
    order = order[np.argsort(-table[order].sum(axis=1), kind="stable")]
    held = np.zeros(len(table), dtype=bool)
    have = np.zeros(table.shape[1])
    for group in order:
        if _miss(have + table[group], wanted, total) < _miss(have, wanted, total):
            held[group] = True
            have += table[group]
    for side in (True, False):
        _give_each_class_a_group(table, held, side, order[::-1], wanted, total)
    return held


def _miss(have, wanted, total):
    return (((have - wanted) / total) ** 2).sum()


def _give_each_class_a_group(table, held, side, order, wanted, total):
    """Move groups to a side that lacks a class, where the other side can spare them."""
    for kind in range(table.shape[1]):
        if table[held == side, kind].any() or not table[:, kind].any():
            continue
        best, least = None, np.inf
        for group in order[(held[order] != side) & (table[order, kind] > 0)]:
            held[group] = side
            spared = ((table[held != side] > 0).any(axis=0) | (table[group] == 0)).all()
            miss = _miss(table[held].sum(axis=0), wanted, total)
            held[group] = not side
            if spared and miss < least:
                best, least = group, miss
        if best is not None:
            held[best] = side


def _refuse_one_sided(photos, table, held):
    for kind, name in enumerate(photos.class_names):
        if table[:, kind].any() and not (table[held, kind].any() and table[~held, kind].any()):
            raise KitError(
                f"'{name}' cannot be on both sides, since its photos belong together with those "
                "of other classes; add photos of it from another source."
            )
