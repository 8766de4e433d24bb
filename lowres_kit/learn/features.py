"""Frozen features, and a linear probe on them: what a network that saw other pictures says of ours.

Nothing is learned in the network, so the numbers of a photo never change: they are computed once
and kept on disk. The second run of a lesson, or of a learner's own folder, takes milliseconds.
"""

import hashlib
import io
from contextlib import suppress

import numpy as np

from ..errors import KitError
from ..places import cache_folder, write_bytes
from ..progress import progress_bar
from .backbone import CUTS, WEIGHTS_SHA256, imagenet_backbone, normalise

BATCH = 8  # a larger one is no faster on two cores, and at 224 pixels takes 0.4 GB more


def frozen_features(photos, cut="full"):
    """Describe photos by the network's averaged outputs at one of its stages.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, height, width, 3)``.
    cut : str
        The stage, one of `CUTS`.

    Returns
    -------
    numpy.ndarray
        float32, ``(n, channels)``, with as many channels as the stage has (1280 for "full").
    """
    return features_at_cuts(photos, (cut,))[cut]


def features_at_cuts(photos, cuts=CUTS):
    """Describe photos at several stages in one pass through the network.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, height, width, 3)``.
    cuts : sequence of str
        The stages, out of `CUTS`.

    Returns
    -------
    dict of str to numpy.ndarray
        For each stage float32 ``(n, channels)``.

    Raises
    ------
    KitError
        If there are no photos.
    """
    if not len(photos):
        raise KitError("There is no photo to describe; read the folder again.")
    photos = np.ascontiguousarray(photos)
    digest = hashlib.sha256(f"{WEIGHTS_SHA256} {photos.shape}".encode())
    digest.update(photos)
    key = digest.hexdigest()
    files = {cut: cache_folder() / "features" / f"{key[:32]}-{cut}.npy" for cut in cuts}
    known = {cut: _read(path) for cut, path in files.items()}
    missing = [cut for cut in cuts if known[cut] is None]
    if missing:
        for cut, found in _compute(photos, missing).items():
            buffer = io.BytesIO()
            np.save(buffer, found, allow_pickle=False)
            with suppress(KitError):  # a cache that is full or read-only costs time and no more
                write_bytes(files[cut], buffer.getvalue())
            known[cut] = found
    return known


def _read(path):
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # missing, or cut short: computed again
        return None


def _compute(photos, cuts):
    import torch

    deepest = max(cuts, key=CUTS.index)
    model = imagenet_backbone(1, deepest).to(memory_format=torch.channels_last)
    starts = range(0, len(photos), BATCH)
    found = {cut: [] for cut in cuts}
    with torch.inference_mode():
        for start in progress_bar(starts, "Features", unit="step"):
            x = normalise(photos[start : start + BATCH])
            outputs = []
            for layer in model.features:
                x = layer(x)
                outputs.append(x.mean(dim=(2, 3)).numpy())
            for cut in cuts:
                found[cut].append(outputs[model.ends[cut]])
    return {cut: np.concatenate(parts) for cut, parts in found.items()}


def linear_probe(features, labels, strength=1.0):
    """Fit logistic regression on features scaled to mean 0 and deviation 1.

    Parameters
    ----------
    features : numpy.ndarray
        float32, ``(n, d)``.
    labels : numpy.ndarray
        int, ``(n,)``.
    strength : float
        How freely the weights may grow (scikit-learn's ``C`` times 100). The default is strong
        regularisation: with more features than photos, that is what keeps the fit honest.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted; ``predict``, ``predict_proba`` and ``score`` take features.

    Raises
    ------
    KitError
        If there are fewer than two classes.

    Notes
    -----
    Nothing in it is random: the same features give the same probe.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(labels)) < 2:
        raise KitError("A classifier needs photos of at least two classes; add another folder.")
    probe = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01 * strength, max_iter=1000, tol=1e-4)
    )
    return probe.fit(np.asarray(features, np.float64), labels)
