"""How a network is trained, and what comes of it."""

import math
from dataclasses import dataclass, replace

from torch import nn

# Padding, convolution, BatchNorm and ReLU6 of the stem, and the blocks up to the cut at 24.
FROZEN_LAYERS = 7


@dataclass(frozen=True)
class Recipe:
    """How to train; two equal recipes on the same photos give the same network.

    Attributes
    ----------
    cut : str
        Where the network is cut off, one of `CUTS`.
    epochs : int
        How often each photo is seen at most.
    seed : int
        Of the last layer's first weights, the order of photos and the augmentation.
    pretrained : bool
        Start from ImageNet's weights, or from random ones ("from scratch").
    rate : float
        Largest step of the kept layers; the new last layer takes ten times as much.
    batch : int
        Photos a step. Memory grows with it, and with the square of their size.
    patience : int
        Stop after so many epochs in which the validation loss did not fall.
    frozen_layers : int
        How many of the first layers keep their weights; from random weights all learn.
    upright : bool
        Whether the things in the photos have an up and a down (see `augment`).
    size : int, optional
        Width and height of what the network sees; that of the photos if not given. From photos
        that are larger, turned and zoomed views are cut without blur.
    radius : float
        How far from the weights each step looks for the worst place (see `sharpness`); 0: it does
        not look, and takes two thirds of the time.
    """

    cut: str = "112"
    epochs: int = 12
    seed: int = 0
    pretrained: bool = True
    rate: float = 1e-3
    batch: int = 16
    patience: int = 5
    frozen_layers: int = FROZEN_LAYERS
    upright: bool = False
    size: int | None = None
    radius: float = 0.0


def lengthen(recipe, epochs, steps, photos):
    """Set the number of epochs: `epochs`, or as many as make `steps` where the photos are few."""
    epochs = max(epochs, math.ceil(steps / math.ceil(photos / recipe.batch)))
    return replace(recipe, epochs=epochs, patience=max(recipe.patience, epochs // 3))


@dataclass(frozen=True)
class Fitted:
    """What training gives.

    Attributes
    ----------
    model : EfficientNetLite0
        In evaluation mode, with the weights of the best epoch (without validation photos: of the
        last).
    history : list of dict
        One an epoch: ``epoch``, ``loss``, and with validation photos ``validation_loss`` and
        ``validation_accuracy``.
    best_epoch : int
        The epoch, counted from 1, that `model` comes from.
    seconds : float
        Wall-clock seconds of this call (a resumed run counts from where it went on).
    """

    model: nn.Module
    history: list
    best_epoch: int
    seconds: float
