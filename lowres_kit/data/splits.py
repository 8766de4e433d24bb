"""Hold examples out for the test so that the score tells the truth."""

import numpy as np

from ..errors import KitError


def split(examples, held_out=0.2, seed=0, groups=None):
    """Hold a part of the examples out, with the same share of every class.

    Examples that belong together stay on one side: of photos, near-duplicates and those that come
    from the same source. Otherwise the test would ask for what was learned by heart.

    Parameters
    ----------
    examples : LabelledSet
        Photos or anything else that has labels and groups.
    held_out : float
        Share to hold out, between 0 and 1.
    seed : int
        Decides which.
    groups : sequence of hashable, optional
        What belongs together, one entry an example; replaces the set's own groups.
        ``range(len(examples))`` makes each its own group, as a careless split does.

    Returns
    -------
    rest, held : numpy.ndarray
        int64 positions in `examples`, sorted: what is left to learn from, and what is held out.

    Raises
    ------
    KitError
        If a class cannot be on both sides.
    """
    if not 0 < held_out < 1:
        raise KitError(f"The share to hold out must lie between 0 and 1, not be {held_out}.")
    group_of = np.unique(examples.groups if groups is None else list(groups), return_inverse=True)[
        1
    ]
    if len(group_of) != len(examples):
        raise KitError(f"There are {len(examples)} examples but {len(group_of)} entries in groups.")
    kinds = len(examples.class_names)
    table = np.zeros((group_of.max(initial=-1) + 1, kinds), dtype=np.int64)
    np.add.at(table, (group_of, examples.labels), 1)
    _refuse_single_groups(examples, table)
    held_groups = _choose(table, held_out, np.random.default_rng(seed))
    _refuse_one_sided(examples, table, held_groups)
    held = held_groups[group_of]
    return np.flatnonzero(~held), np.flatnonzero(held)


def sample_per_class(examples, per_class, seed=0):
    """Draw the same number of examples from each class.

    Parameters
    ----------
    examples : LabelledSet or array of int
        The examples, or their labels.
    per_class : int
        How many of each class; a smaller class gives all that it has.
    seed : int
        Decides which.

    Returns
    -------
    numpy.ndarray
        int64 positions, sorted. With the same seed, fewer are a part of more.
    """
    labels = np.asarray(getattr(examples, "labels", examples))
    chosen = []
    for label in np.unique(labels):
        rng = np.random.default_rng((seed, int(label)))
        chosen.append(rng.permutation(np.flatnonzero(labels == label))[:per_class])
    return np.sort(np.concatenate(chosen)) if chosen else np.array([], np.int64)


def few_shot_split(examples, held_out=0.3, per_class=20, seed=0, when_few=None):
    """Split into a test part, a few training examples of each class, and others to validate with.

    Parameters
    ----------
    examples : LabelledSet
    held_out : float
        Share to test with, between 0 and 1.
    per_class : int
        Training examples of each class; as many of each again for validation, where there are
        enough.
    seed : int
        Decides which.
    when_few : callable, optional
        Given the number of validation examples, where there are so few that these had to be taken
        from the test part.

    Returns
    -------
    dict of str to numpy.ndarray
        ``train``, ``validation``, ``test``, and ``spare`` for all others: int positions, sorted,
        no example twice.

    Raises
    ------
    KitError
        If a class has too few examples.
    """
    rest, test = split(examples, held_out, seed)
    labels, classes = examples.labels, len(examples.class_names)
    per_class_there = min(per_class, int(np.bincount(labels[rest], minlength=classes).min()))
    train = rest[sample_per_class(labels[rest], per_class_there, seed)]
    others = np.setdiff1d(rest, train)
    # Not from the training examples, but as many of each class as there are.
    most = int(np.bincount(labels[others], minlength=classes).min())
    if most >= per_class_there // 2 and most > 0:
        validation = others[sample_per_class(labels[others], min(per_class, most), seed)]
    else:
        test, validation = _halves(examples, test, seed)
        if when_few:
            when_few(len(validation))
    spare = np.setdiff1d(others, validation)
    return {"train": train, "validation": validation, "test": test, "spare": spare}


def _halves(examples, test, seed):
    """Part what is held out in two, each with every class."""
    try:
        one, other = split(examples.take(test), held_out=0.5, seed=seed)
    except KitError:
        labels = examples.labels[test]
        counts = np.bincount(labels, minlength=len(examples.class_names))
        name, count = examples.class_names[counts.argmin()], counts.min()
        raise KitError(
            f"There are too few of '{name}' ({count} to test with) to validate with some and "
            "test with others; add more of it."
        ) from None
    return test[one], test[other]


def _refuse_single_groups(examples, table):
    groups_of_class = (table > 0).sum(axis=0)
    for name, count in zip(examples.class_names, groups_of_class):
        if count == 1:
            raise KitError(
                f"All examples of '{name}' belong together (one alone, copies of one, or one "
                "source), so none can be held out for the test; add others from elsewhere."
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


def _refuse_one_sided(examples, table, held):
    for kind, name in enumerate(examples.class_names):
        if table[:, kind].any() and not (table[held, kind].any() and table[~held, kind].any()):
            raise KitError(
                f"'{name}' cannot be on both sides, since its examples belong together with those "
                "of other classes; add some of it from another source."
            )
