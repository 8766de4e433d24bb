"""Find photos that are there twice: the same file, or the same photo saved in another way."""

import hashlib

import numpy as np

from .thumbnails import SIDE, thumbnail

# Hashes are 16 x 16 - 1 bits.
FREQUENCIES = 16
MOST_BITS = 40
MOST_GREY = 14.0


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


def near_duplicates(photos, most_bits=MOST_BITS, most_grey=MOST_GREY):
    """Find photos that show the same picture: resized, saved again, or a little lighter.

    Each photo gets a perceptual hash: the signs of the low frequencies of its small grey picture
    (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010; the
    "pHash" of that work, here with 255 bits in place of 64). Pairs with similar hashes are
    compared once more as small colour pictures.

    Parameters
    ----------
    photos : PhotoSet
    most_bits : int
        Two hashes may differ in so many of their 255 bits.
    most_grey : float
        Two small pictures may differ by so much on average (of 255), once both are brought to
        the same brightness.

    Returns
    -------
    list of list of int
        Groups of at least two positions in `photos`, each sorted. Exact duplicates are included.
    """
    small = np.stack([thumbnail(path) for path in photos.paths]) if len(photos) else []
    return groups_of_pairs(len(photos), _pairs(small, most_bits, most_grey))


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


def _pairs(small, most_bits, most_grey):
    """Walk through the pairs that look the same."""
    if not len(small):
        return
    hashes = perceptual_hash(small)
    bits = hashes.shape[1]
    for start in range(0, len(small), 512):
        # The product of two hashes counts agreements minus differences.
        differing = (bits - hashes[start : start + 512] @ hashes.T) / 2
        for row, other in np.argwhere(differing <= most_bits):
            one = start + row
            if one < other and _difference(small[one], small[other]) <= most_grey:
                yield int(one), int(other)


def _difference(one, other):
    """Mean difference of two small pictures after bringing both to the same brightness."""
    one, other = (_level(small) for small in (one, other))
    return float(np.abs(one - other).mean())


def _level(small):
    # Sixteen pixels become one: what sharpening and recompression change goes away.
    coarse = small.reshape(16, SIDE // 16, 16, SIDE // 16, 3).astype(np.float32).mean(axis=(1, 3))
    return coarse * (128 / max(coarse.mean(), 8))
