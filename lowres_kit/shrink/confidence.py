"""Does a model know how sure it may be? Where it says 80 %, it should be right four times in five.

The measure is the expected calibration error of Guo et al., "On calibration of modern neural
networks" (ICML 2017), section 2. (Calibration also names what int8 needs, see `int8.py`; the two
have nothing to do with each other.)
"""

import numpy as np

MOST_BINS = 15
PHOTOS_A_BIN = 10


def expected_calibration_error(probabilities, labels, bins=None):
    """Mean distance between how sure a model was and how often it was right.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(n, k)``; rows add up to 1.
    labels : numpy.ndarray
        int, ``(n,)``, the truth.
    bins : int, optional
        How many equally wide parts the confidence from 0 to 1 is divided into: 15 as in the paper
        if not given, fewer where there are fewer than 150 photos, since a part with two photos
        tells nothing.

    Returns
    -------
    float
        0 (right as often as it is sure) to 1. With few photos it is above 0 by chance alone.
    """
    if bins is None:
        bins = max(1, min(MOST_BINS, len(labels) // PHOTOS_A_BIN))
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    # A bin holds its upper end, as in the paper.
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(place, right - confidence.astype(np.float64), bins)
    return float(np.abs(gaps).sum() / len(labels))
