"""Magnitude pruning: weights near zero become zero, and the others learn to do without them.

A *mask* says for each weight whether it is kept. The smallest weights go, compared within each
layer or over the whole network (Han et al., "Learning both weights and connections", NeurIPS
2015). They go little by little during fine-tuning, many at first and few at the end (Zhu and
Gupta, "To prune, or not to prune", 2017, equation 1).

Zeros are multiplied like other numbers, so a pruned network is neither smaller nor faster where
it runs. Its file shrinks when it is compressed. What takes whole channels out is `channels`.
"""

import copy
import zlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from lowres_kit.errors import KitError
from lowres_kit.learn import Recipe, fine_tune
from lowres_kit.words import Words

words = Words(__package__)

# Share of the training after which the last weight has gone; the rest of it heals.
PRUNED_BY = 0.6


def prunable(model):
    """Give the weights that can be pruned.

    Parameters
    ----------
    model : torch.nn.Module
        The network.

    Returns
    -------
    dict of str to torch.nn.Parameter
        Weights of convolutions and linear layers, by name. Depthwise convolutions are left out,
        as Zhu and Gupta do: they hold few weights, and each counts. So are biases and BatchNorm.
    """
    found = {}
    for name, layer in model.named_modules():
        depthwise = isinstance(layer, nn.Conv2d) and layer.groups > 1
        if isinstance(layer, (nn.Conv2d, nn.Linear)) and not depthwise:
            found[f"{name}.weight".lstrip(".")] = layer.weight
    return found


def magnitude_masks(model, sparsity, across="network"):
    """Choose the weights to keep: the largest, whatever their sign.

    Parameters
    ----------
    model : torch.nn.Module
        The network; it is not changed.
    sparsity : float
        Share of the prunable weights to take away, from 0 to less than 1.
    across : str
        ``"layer"``: the same share in each layer. ``"network"``: all weights are compared, and
        layers with many small ones lose more.

    Returns
    -------
    dict of str to torch.Tensor
        For each of `prunable` a bool tensor of its shape: True is kept.

    Raises
    ------
    KitError
        If the share or the comparison is none, or nothing can be pruned.
    """
    if not 0 <= sparsity < 1:
        raise KitError(words("masks.share", sparsity=sparsity))
    sizes = {name: weight.detach().abs() for name, weight in prunable(model).items()}
    if not sizes:
        raise KitError(words("masks.no_layer"))
    if across == "layer":
        return {name: _largest(size, sparsity) for name, size in sizes.items()}
    if across == "network":
        everything = _largest(torch.cat([size.flatten() for size in sizes.values()]), sparsity)
        parts = everything.split([size.numel() for size in sizes.values()])
        return {name: part.view(sizes[name].shape) for name, part in zip(sizes, parts)}
    raise KitError(words("masks.across", across=across))


def _largest(size, sparsity):
    """Mark all but the smallest; exactly that many go, where some are equal too."""
    gone = round(sparsity * size.numel())
    mask = np.ones(size.numel(), bool)
    if gone:  # parting is several times faster than sorting, and each step does it
        mask[np.argpartition(size.flatten().numpy(), gone - 1)[:gone]] = False
    return torch.from_numpy(mask).view(size.shape)


@torch.no_grad()
def apply_masks(model, masks):
    """Set the weights to zero that the masks do not keep, in place.

    Parameters
    ----------
    model : torch.nn.Module
        The network.
    masks : dict of str to torch.Tensor
        From `magnitude_masks`.
    """
    weights = dict(model.named_parameters())
    for name, mask in masks.items():
        weights[name].masked_fill_(~mask, 0.0)


def masked(model, masks):
    """Make a copy of the network in which only the weights that the masks keep are left."""
    pruned = copy.deepcopy(model)
    apply_masks(pruned, masks)
    return pruned


def cubic_sparsity(progress, sparsity, until=PRUNED_BY):
    """Share of weights that are gone after a share of the training.

    Parameters
    ----------
    progress : float
        Share of the training that is over, 0 to 1.
    sparsity : float
        Share that is gone in the end.
    until : float
        Share of the training after which the end is reached.

    Returns
    -------
    float
        Rises fast while there is much to spare, and slowly at the end: cubic, from 0.
    """
    left = 1 - min(progress / until, 1.0)
    return sparsity * (1 - left**3)


def prune(model, photos, labels, sparsity, recipe=None, across="network", title=None):
    """Take weights away little by little while the others are fine-tuned.

    Parameters
    ----------
    model : EfficientNetLite0
        A trained network; it is not changed.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``, to learn from.
    labels : numpy.ndarray
        int, ``(n,)``.
    sparsity : float
        Share of the prunable weights that are zero in the end.
    recipe : Recipe, optional
        How to train; from the usual one with all layers learning if not given.
    across : str
        See `magnitude_masks`.
    title : str
        What the progress bar says.

    Returns
    -------
    Fitted
        Its model has the share of zeros, exactly.

    Raises
    ------
    KitError
        As `magnitude_masks`.
    """
    magnitude_masks(model, sparsity, across)  # refuses at once, not after the first step
    masks = {}

    def after_step(trained, progress):
        # What has gone stays at zero, so it is the smallest and goes again: nothing comes back.
        apply_masks(trained, masks)
        masks.update(magnitude_masks(trained, cubic_sparsity(progress, sparsity), across))
        apply_masks(trained, masks)

    # No validation: it might choose an early epoch, in which the zeros are too few.
    return fine_tune(
        photos,
        labels,
        recipe=recipe or Recipe(frozen_layers=0),
        classes=model.classifier.out_features,
        title=title or words("masks.title"),
        start=model,
        after_step=after_step,
    )


@dataclass(frozen=True)
class LayerZeros:
    """Zeros of one layer: its name, its weights, how many are zero, and bytes when compressed."""

    name: str
    weights: int
    zeros: int
    packed: int

    @property
    def sparsity(self):
        """Share of its weights that are zero."""
        return self.zeros / self.weights


def zeros_by_layer(model):
    """Count the zeros in each prunable layer.

    Parameters
    ----------
    model : torch.nn.Module
        The network.

    Returns
    -------
    list of LayerZeros
        In the order of the layers; ``packed`` is what deflate (zip, PNG) makes of its float32
        weights, whose raw size is four bytes each.
    """
    rows = []
    for name, weight in prunable(model).items():
        values = weight.detach().contiguous().numpy()
        packed = len(zlib.compress(values.tobytes(), 9))
        rows.append(LayerZeros(name, values.size, int((values == 0).sum()), packed))
    return rows
