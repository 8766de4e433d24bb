"""A linear probe: the least that can be trained on top of frozen features."""

import numpy as np

from ..errors import KitError


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
