"""Fine-tuning: go on training a network that knows other pictures, until it knows ours.

The recipe is the usual one for few photos: small steps for what ImageNet taught, ten times
larger ones for the new last layer; a rate that rises, then falls to nothing (Smith and Topin,
"Super-convergence", 2019); labels that leave a little doubt (Szegedy et al., CVPR 2016,
section 7); and BatchNorm averages that are taken again before the network is tested, over all
photos as they are (Wu and Johnson, "Rethinking 'Batch' in BatchNorm", 2021, section 3): averages
that move along with the training stay behind the weights, and see photos changed at random.
The first layers, which see edges and colours, stay as they are: such layers are much the same
whatever the photos show (Yosinski et al., NeurIPS 2014), and they cost the most time to train,
since nowhere else are the pictures as large.
"""

import copy
import math
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint as recomputed

from ..progress import progress_bar
from .augment import augment
from .backbone import (
    EfficientNetLite0,
    InvertedResidual,
    imagenet_backbone,
    normalise,
    predict_probabilities,
)
from .checkpoint import fingerprint, read_checkpoint, write_checkpoint
from .measure import log_loss

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
        Photos a step.
    patience : int
        Stop after so many epochs in which the validation loss did not fall.
    upright : bool
        Whether the things in the photos have an up and a down (see `augment`).
    size : int, optional
        Width and height of what the network sees; that of the photos if not given. From photos
        that are larger, turned and zoomed views are cut without blur.
    spare_memory : bool
        In the blocks up to the cut at 80, whose pictures are large, throw away what was computed
        within, and compute it again for the gradient (Chen et al., "Training deep nets with
        sublinear memory cost", 2016): the same result, a little slower.
    give_back : float
        After this share of the epochs the validation photos have done their work, and the rest
        of the training learns from them too: they are too many to lose. 1: never.
    """

    cut: str = "112"
    epochs: int = 12
    seed: int = 0
    pretrained: bool = True
    rate: float = 1e-3
    batch: int = 16
    patience: int = 5
    upright: bool = False
    size: int | None = None
    spare_memory: bool = False
    give_back: float = 1.0


@dataclass(frozen=True)
class Fitted:
    """What training gives.

    Attributes
    ----------
    model : EfficientNetLite0
        In evaluation mode, with the weights of the best epoch (of the last, where the validation
        photos were given back).
    history : list of dict
        One an epoch: ``epoch``, ``loss``, ``validation_loss``, ``validation_accuracy`` (without
        the last two from where the validation photos were given back).
    best_epoch : int
        The epoch, counted from 1, that `model` comes from.
    seconds : float
        Wall-clock seconds of this call (a resumed run counts from where it went on).
    """

    model: nn.Module
    history: list
    best_epoch: int
    seconds: float


def fine_tune(
    photos, labels, validation=None, recipe=None, classes=None, checkpoint=None, title="Training"
):
    """Train a network on photos; with a checkpoint, go on where a killed run was.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.
    labels : numpy.ndarray
        int, ``(n,)``, from 0 to ``classes - 1``.
    validation : tuple, optional
        ``(photos, labels)`` that nothing is learned from: they choose the epoch to keep and
        end the training early. Without them the last epoch is kept.
    recipe : Recipe, optional
        How to train.
    classes : int, optional
        How many classes there are; one more than the largest label if not given.
    checkpoint : pathlib.Path, optional
        File in which the state is kept after each epoch. A run that finds it there, made by the
        same recipe from the same photos, goes on from it to the same result.
    title : str
        What the progress bar says.

    Returns
    -------
    Fitted
    """
    recipe = recipe or Recipe()
    labels = torch.as_tensor(np.asarray(labels), dtype=torch.long)
    classes = classes or int(labels.max()) + 1
    started = time.perf_counter()
    model, optimizer = _prepare(recipe, classes)
    identity = fingerprint(asdict(recipe), classes, photos, labels.numpy(), validation)
    state = read_checkpoint(checkpoint, identity) or {"epoch": 0, "history": [], "best": None}
    if state["epoch"]:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
    history, best = state["history"], state["best"]
    photos = list(photos)  # views: photos given back join them without a copy
    for epoch in progress_bar(
        range(state["epoch"], recipe.epochs), title, unit="epoch", patience=0
    ):
        if _gave_up(history, recipe.patience):
            break
        if validation is not None and epoch >= recipe.give_back * recipe.epochs:
            photos += list(validation[0])
            labels = torch.cat([labels, torch.as_tensor(validation[1])])
            validation = None
        loss = _one_epoch(model, optimizer, photos, labels, recipe, epoch)
        if validation is not None or epoch + 1 == recipe.epochs:  # before the network is used
            _renew_averages(model, photos, recipe)
        row = {"epoch": epoch + 1, "loss": loss}
        if validation is not None:
            row |= _validate(model, *validation, recipe.size)
        history = [*history, row]
        if validation is None or _is_best(history):
            best = {"epoch": epoch + 1, "model": copy.deepcopy(model.state_dict())}
        if checkpoint is not None:
            write_checkpoint(
                checkpoint,
                identity,
                epoch=epoch + 1,
                history=history,
                best=best,
                model=model.state_dict(),
                optimizer=optimizer.state_dict(),
            )
    model.load_state_dict(best["model"])
    return Fitted(model.eval(), history, best["epoch"], time.perf_counter() - started)


def _prepare(recipe, classes):
    with torch.random.fork_rng():  # leaves the caller's random state alone
        torch.manual_seed(recipe.seed)
        make = imagenet_backbone if recipe.pretrained else EfficientNetLite0
        model = make(classes, recipe.cut).to(memory_format=torch.channels_last)
    if recipe.pretrained:
        _frozen(model, recipe).requires_grad_(False)
    for layer in _batch_norms(model, recipe):
        layer.momentum = None  # plain averages, see `_renew_averages`
    groups = [
        {"params": [p for p in model.features.parameters() if p.requires_grad], "scale": 1.0},
        {"params": model.classifier.parameters(), "scale": 10.0 if recipe.pretrained else 1.0},
    ]
    return model, torch.optim.AdamW(groups, lr=recipe.rate, weight_decay=0.01)


def _frozen(model, recipe):
    return model.features[: FROZEN_LAYERS if recipe.pretrained else 0]


def _after(frozen, x):
    """Output of the frozen layers, two photos at a time: here the pictures are at their largest."""
    with torch.no_grad():
        return torch.cat([frozen(two) for two in x.split(2)])


def _up_to_80(model, x, begin):
    """Output of the blocks up to the cut at 80, without keeping what they compute within."""
    end = model.ends.get("80", len(model.features) - 1) + 1
    for layer in model.features[begin:end]:
        if isinstance(layer, InvertedResidual):
            x = recomputed(layer, x, use_reentrant=False)
        else:
            x = layer(x)
    return x, end


def _batch_norms(model, recipe):
    trained = model.features[len(_frozen(model, recipe)) :]
    return [layer for layer in trained.modules() if isinstance(layer, nn.BatchNorm2d)]


def _renew_averages(model, photos, recipe):
    """Take the averages of BatchNorm again, over the photos as they are."""
    frozen = _frozen(model, recipe)
    for layer in _batch_norms(model.eval(), recipe):
        layer.reset_running_stats()
        layer.train()
    parts = np.array_split(np.arange(len(photos)), math.ceil(len(photos) / recipe.batch))
    with torch.no_grad():
        for part in parts:
            x = normalise(np.stack([photos[i] for i in part]), recipe.size)
            model(_after(frozen, x), start=len(frozen))
    model.eval()


def learning_rate(progress):
    """Share of the largest rate, after the share `progress` of the training (both 0 to 1)."""
    if progress < 0.2:
        return 0.04 + 0.96 * progress / 0.2
    return 0.5 * (1 + math.cos(math.pi * (progress - 0.2) / 0.8))


def _one_epoch(model, optimizer, photos, labels, recipe, epoch):
    # Chance depends on the seed and the epoch alone, so a resumed run draws the same numbers.
    generator = torch.Generator().manual_seed(1_000_003 * recipe.seed + epoch)
    order = torch.randperm(len(labels), generator=generator)
    batches = order.split(recipe.batch)
    frozen = _frozen(model, recipe)
    model.train()
    frozen.eval()  # the averages of their BatchNorm stay as well
    total = 0.0
    for step, chosen in enumerate(batches):
        rate = recipe.rate * learning_rate((epoch + step / len(batches)) / recipe.epochs)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        x = normalise(np.stack([photos[i] for i in chosen]))
        x = augment(x, generator, recipe.upright, recipe.size)
        x, begin = _after(frozen, x), len(frozen)
        if recipe.spare_memory:
            x, begin = _up_to_80(model, x, begin)
        scores = model(x, start=begin)
        loss = functional.cross_entropy(scores, labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(chosen)
    return total / len(labels)


def _validate(model, photos, labels, size):
    probabilities = predict_probabilities(model, photos, size=size)
    return {
        "validation_loss": log_loss(probabilities, labels),
        "validation_accuracy": float((probabilities.argmax(1) == labels).mean()),
    }


def _is_best(history):
    return history[-1]["validation_loss"] == min(row["validation_loss"] for row in history)


def _gave_up(history, patience):
    losses = [row["validation_loss"] for row in history if "validation_loss" in row]
    return len(losses) > patience and min(losses[-patience:]) > min(losses[:-patience])
