"""Mixing: new pictures out of two, with a label that is mixed in the same shares.

*mixup* lays one picture over another (Zhang et al., "mixup: beyond empirical risk minimization",
ICLR 2018); *CutMix* pastes a piece of one into the other (Yun et al., "CutMix: regularization
strategy to train strong classifiers with localizable features", ICCV 2019).
"""

import numpy as np

from lowres_kit.errors import KitError
from lowres_kit.words import Words

words = Words(__package__)


def mixup(pictures, targets, rng, alpha=0.2):
    """Lay each picture over another one of the same batch.

    Parameters
    ----------
    pictures : numpy.ndarray
        float, ``(n, …)``.
    targets : numpy.ndarray
        float, ``(n, classes)``: shares of the classes, which add up to 1.
    rng : numpy.random.Generator
        The source of chance.
    alpha : float
        Of the Beta distribution that the shares are drawn from: small: most pictures stay nearly
        as they are; 1: every share is as likely.

    Returns
    -------
    pictures, targets : numpy.ndarray
        Of the same shapes; what was given stays as it is.
    """
    pictures, targets = _checked(pictures, targets)
    share, other = rng.beta(alpha, alpha, len(pictures)), rng.permutation(len(pictures))
    of_picture = share.reshape(-1, *[1] * (pictures.ndim - 1))
    return (
        of_picture * pictures + (1 - of_picture) * pictures[other],
        share[:, None] * targets + (1 - share[:, None]) * targets[other],
    )


def cutmix(pictures, targets, rng, alpha=1.0):
    """Paste a piece of another picture of the same batch into each.

    Parameters
    ----------
    pictures : numpy.ndarray
        ``(n, height, width)`` or ``(n, height, width, channels)``.
    targets : numpy.ndarray
        float, ``(n, classes)``: shares of the classes, which add up to 1.
    rng : numpy.random.Generator
        The source of chance.
    alpha : float
        Of the Beta distribution that the share of the piece is drawn from.

    Returns
    -------
    pictures, targets : numpy.ndarray
        The other picture's share of the label is the area of its piece, counted in pixels.
    """
    pictures, targets = _checked(pictures, targets)
    if pictures.ndim < 3:
        raise KitError(words("mixing.flat"))
    height, width = pictures.shape[1:3]
    mixed, shares = pictures.copy(), np.empty((len(pictures), 1))
    other = rng.permutation(len(pictures))
    for row, mate in enumerate(other):
        piece = box(height, width, rng.beta(alpha, alpha), rng)
        mixed[row][piece] = pictures[mate][piece]
        shares[row] = area(piece) / (height * width)
    return mixed, (1 - shares) * targets + shares * targets[other]


def box(height, width, share, rng):
    """Draw a place for a piece with about this share of the area; it never sticks out.

    Returns
    -------
    tuple of slice
        Rows and columns.
    """
    tall, broad = (round(side * np.sqrt(share)) for side in (height, width))
    top, left = rng.integers(height - tall + 1), rng.integers(width - broad + 1)
    return slice(top, top + tall), slice(left, left + broad)


def area(piece):
    """Pixels in a piece from `box`."""
    rows, columns = piece
    return (rows.stop - rows.start) * (columns.stop - columns.start)


def _checked(pictures, targets):
    pictures, targets = np.asarray(pictures), np.asarray(targets, float)
    if targets.ndim != 2 or len(targets) != len(pictures):
        raise KitError(words("mixing.labels"))
    return pictures, targets
