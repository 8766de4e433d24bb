"""Test a trained classifier on a folder of photos with known classes."""

import numpy as np

from ..data import load_dataset
from ..errors import KitError
from .classifier import Classifier
from .measure import Evaluation


def evaluate_folder(model_folder, folder):
    """Test a trained classifier on a folder of classes.

    Parameters
    ----------
    model_folder : str or pathlib.Path
        What `train_folder` wrote.
    folder : str or pathlib.Path
        One sub-folder a class; the classes must be among those that the classifier knows.

    Returns
    -------
    Evaluation

    Raises
    ------
    KitError
        If either folder cannot be used, or has a class that the classifier does not know.
    """
    classifier = Classifier.load(model_folder)
    photos = load_dataset(folder)
    unknown = [name for name in photos.class_names if name not in classifier.class_names]
    if unknown:
        raise KitError(
            f"The classifier does not know the class '{unknown[0]}'; it knows "
            f"{', '.join(classifier.class_names)}. Rename the folder, or train again with it."
        )
    position = np.array([classifier.class_names.index(name) for name in photos.class_names])
    probabilities = classifier.predict(photos.read(classifier.size))
    return Evaluation.of(probabilities, position[photos.labels], classifier.class_names)
