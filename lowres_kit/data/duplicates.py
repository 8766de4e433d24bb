"""Find photos that are there twice: the same file, or the same photo saved in another way."""

import hashlib

import numpy as np

from .pictures import SIDE, thumbnail

FREQUENCIES = 16  # in each direction; without the mean a hash has 16 * 16 - 1 = 255 bits
# Measured on 1,034 real photos of bean leaves: any two of them differ in 82 bits or more. Copies
# at JPEG quality 20, at a fifth of the width or 15 % lighter differ in at most 22, 30 % lighter
# in 34, and with 2 % cut off at every edge in 58; of second shots, a hand's tremble apart, about
# half stay below 70.
MOST_BITS = 70
MOST_DIFFERENCE = 24.0
MOST_LIGHTER = 1.6
BLOCK = 512  # photos at a time, so that 10,000 photos need little memory


def exact_duplicates(photos):
    """Find files with the same content, byte for byte.

    Parameters
    ----------
    photos : PhotoSet

    Returns
    -------
    list of list of int
        Groups of at least two positions in `photos`, each sorted.
    """
    groups = {}
    for index, path in enumerate(photos.paths):
        with open(path, "rb") as file:
            groups.setdefault(hashlib.file_digest(file, "sha256").digest(), []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def near_duplicates(photos, most_bits=MOST_BITS):
    """Find photos that show the same picture: resized, saved again, or a little lighter.

    Each photo gets a perceptual hash: the signs of the low frequencies of its small grey picture
    (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010; the
    "pHash" of that work, here with 255 bits in place of 64). Pairs with similar hashes are
    compared once more as small colour pictures, since plain surfaces have meaningless hashes.

    Parameters
    ----------
    photos : PhotoSet
    most_bits : int
        Two hashes may differ in so many of their 255 bits.

    Returns
    -------
    list of list of int
        Groups of at least two positions in `photos`, each sorted. Exact duplicates are included.
    """
    small = np.stack([thumbnail(path) for path in photos.paths]) if len(photos) else []
    return groups_of_pairs(len(photos), _pairs(small, most_bits))


def in_two_classes(photos, alike):
    """Say which photos lie in more than one class: no model can learn both.

    Parameters
    ----------
    photos : PhotoSet
    alike : list of list of int
        What `near_duplicates` found.

    Returns
    -------
    list of str
        A sentence on copies of one file, and one on photos that look the same.
    """
    disputed = [group for group in alike if len(set(photos.labels[group])) > 1]
    members = np.array([one for group in disputed for one in group], int)
    same = [members[group] for group in exact_duplicates(photos.take(members))]
    same = [group for group in same if len(set(photos.labels[group])) > 1]
    copied = {one for group in same for one in group.tolist()}
    near = [group for group in disputed if not copied.intersection(group)]
    told = []
    for groups, what, way_out in (
        (same, "in two classes", "Delete each where it does not belong."),
        (near, "in one class and look the same as one of another", "Delete the wrong ones."),
    ):
        if groups:
            some = "; ".join(
                " and ".join(map(photos.title, _of_two(photos, g))) for g in groups[:3]
            )
            more = "; …" if len(groups) > 3 else ""
            kind = "photo lies" if len(groups) == 1 else "photos lie"
            told.append(f"{len(groups)} {kind} {what} ({some}{more}). {way_out}")
    return told


def _of_two(photos, group):
    """Two photos of a group that are of different classes."""
    return group[0], next(one for one in group if photos.labels[one] != photos.labels[group[0]])


def groups_of_photos(photos, alike=None):
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


def perceptual_hash(small):
    """Hash small pictures by the signs of their low frequencies.

    Parameters
    ----------
    small : numpy.ndarray
        uint8, ``(n, 64, 64, 3)``.

    Returns
    -------
    numpy.ndarray
        float32, ``(n, 255)``, values -1 and 1.
    """
    grey = small.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    # Rows of the discrete cosine transform (type II), lowest frequencies first.
    position = (2 * np.arange(SIDE) + 1) * np.pi / (2 * SIDE)
    waves = np.cos(np.arange(FREQUENCIES)[:, None] * position).astype(np.float32)
    spectrum = (waves @ grey @ waves.T).reshape(len(small), -1)[:, 1:]  # without the mean
    median = np.median(spectrum, axis=1, keepdims=True)
    return np.where(spectrum > median, np.float32(1), np.float32(-1))


def groups_of_pairs(count, pairs):
    """Join pairs to groups: whoever is linked, even through others, is in one group.

    Parameters
    ----------
    count : int
        How many things there are.
    pairs : iterable of (int, int)

    Returns
    -------
    list of list of int
        Groups of at least two, sorted.
    """
    parent = list(range(count))

    def root(one):
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups = {}
    for one in range(count):
        groups.setdefault(root(one), []).append(one)
    return [group for group in groups.values() if len(group) > 1]


def _pairs(small, most_bits):
    """Walk through the pairs that look the same."""
    if not len(small):
        return
    blocks = range(0, len(small), BLOCK)
    hashes = np.concatenate([perceptual_hash(small[start : start + BLOCK]) for start in blocks])
    bits = hashes.shape[1]
    for start in blocks:
        # The product of two hashes counts agreements minus differences.
        differing = (bits - hashes[start : start + BLOCK] @ hashes[start:].T) / 2
        for one, other in np.argwhere(differing <= most_bits) + start:
            if one < other and _look_the_same(small[one], small[other]):
                yield int(one), int(other)


def _look_the_same(one, other):
    # Sixteen pixels become one: what sharpening and recompression change goes away.
    shape = (SIDE // 4, 4, SIDE // 4, 4, 3)
    one, other = (small.reshape(shape).mean(axis=(1, 3)) + 1 for small in (one, other))
    lighter = one.mean() / other.mean()
    if not 1 / MOST_LIGHTER <= lighter <= MOST_LIGHTER:
        return False
    one, other = (coarse * (128 / coarse.mean()) for coarse in (one, other))
    return np.abs(one - other).mean() <= MOST_DIFFERENCE
