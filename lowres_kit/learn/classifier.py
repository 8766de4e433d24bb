"""A trained classifier as a folder: the weights, and a page that says what they are."""

import hashlib
import io
import json
import pickle
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from ..data.train_validation_test import renamed
from ..errors import KitError
from ..places import refuse_odd_names, write_bytes, write_text
from .backbone import EfficientNetLite0, imagenet_backbone, predict_probabilities

CARD, WEIGHTS = "classifier.json", "weights.pt"


@dataclass(frozen=True)
class Classifier:
    """A network with all that it takes to use it on a new photo.

    Attributes
    ----------
    model : EfficientNetLite0
        The network.
    class_names : tuple of str
        Name of each output, in order.
    size : int
        Width and height in pixels of the pictures that it was trained on.
    facts : dict
        What one may want to know later: the recipe, the counts, the measured results.
    """

    model: EfficientNetLite0
    class_names: tuple
    size: int
    facts: dict = field(default_factory=dict)

    def predict(self, photos):
        """Tell how likely each class is.

        Parameters
        ----------
        photos : numpy.ndarray
            uint8, ``(n, size, size, 3)``.

        Returns
        -------
        numpy.ndarray
            float32, ``(n, classes)``; rows add up to 1.
        """
        return predict_probabilities(self.model, photos)

    def save(self, folder):
        """Write the classifier into a folder, made if missing; the page is written last.

        A power cut in between leaves a folder that `load` refuses in words, never a mixture of
        old page and new weights, since the page names the checksum of its weights.

        Parameters
        ----------
        folder : str or pathlib.Path
            Where ``classifier.json`` and ``weights.pt`` go.

        Raises
        ------
        KitError
            If the folder cannot be written to.
        """
        refuse_odd_names(self.class_names)
        folder = Path(folder)
        buffer = io.BytesIO()
        # Plain memory order: the file shall not depend on how the training laid out its arrays.
        weights = {name: value.contiguous() for name, value in self.model.state_dict().items()}
        torch.save(weights, buffer)
        card = {
            "format": 1,
            "network": "EfficientNet-Lite0",
            "cut": self.model.cut,
            "widths": self.model.widths,
            "class_names": list(self.class_names),
            "size": self.size,
            "weights_sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
            "facts": self.facts,
        }
        write_bytes(folder / WEIGHTS, buffer.getvalue())
        write_text(folder / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder):
        """Read a classifier that `save` wrote.

        Parameters
        ----------
        folder : str or pathlib.Path
            What `lowres train` was given as ``--out``.

        Returns
        -------
        Classifier
            In evaluation mode.

        Raises
        ------
        KitError
            If the folder holds none, or one that is damaged.
        """
        folder = Path(folder)
        again = "train it again with `lowres train`"
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            content = (folder / WEIGHTS).read_bytes()
        except FileNotFoundError as error:
            raise KitError(
                f"There is no trained classifier in {folder} ({Path(error.filename).name} is "
                "missing); give the folder that `lowres train … --out` wrote."
            ) from None
        except (OSError, ValueError) as error:
            raise KitError(f"{folder / CARD} cannot be read ({error}); {again}.") from None
        try:
            names, cut, size = tuple(card["class_names"]), card["cut"], int(card["size"])
            facts = renamed(dict(card.get("facts", {})))
            same = hashlib.sha256(content).hexdigest() == card["weights_sha256"]
        except (KeyError, TypeError, ValueError) as error:
            raise KitError(f"{folder / CARD} is damaged ({error!r}); {again}.") from None
        if not same:
            raise KitError(f"{folder / WEIGHTS} is damaged or of another run; {again}.")
        try:
            model = EfficientNetLite0(len(names), cut, card.get("widths"))
            model.load_state_dict(torch.load(io.BytesIO(content), weights_only=True))
        except (KitError, TypeError, RuntimeError, pickle.UnpicklingError) as error:
            raise KitError(f"The classifier in {folder} is damaged ({error}); {again}.") from None
        return cls(model.eval(), names, size, facts)


def network_of_probe(probe, classes, cut):
    """Make one network of ImageNet's frozen stages and a fitted linear probe.

    Parameters
    ----------
    probe : sklearn.pipeline.Pipeline
        From `linear_probe`, fitted on `frozen_features` at the same cut.
    classes : int
        How many classes there are in all; one that the probe never saw gets no chance.
    cut : str
        The stage whose features the probe reads.

    Returns
    -------
    EfficientNetLite0
        Its outputs are the probe's, so what follows (saving, shrinking, the Pi) need not know
        how the last layer was found.
    """
    scaler, regression = probe[0], probe[-1]
    weight = regression.coef_ / scaler.scale_
    bias = regression.intercept_ - weight @ scaler.mean_
    if len(regression.classes_) == 2:
        # Two classes share one row: for the second, against the first.
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    model = imagenet_backbone(classes, cut)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.fill_(-1e4)
        seen = torch.as_tensor(regression.classes_)
        model.classifier.weight[seen] = torch.as_tensor(weight, dtype=torch.float32)
        model.classifier.bias[seen] = torch.as_tensor(bias, dtype=torch.float32)
    return model
