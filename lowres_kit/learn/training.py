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

With a radius in the recipe, each step follows the slope at the worst place nearby, which leads to
a wide minimum (Foret et al., "Sharpness-aware minimization", ICLR 2021): see `gradient_nearby`.
"""

import contextlib
import copy
import ctypes
import math
import sys
import time
from dataclasses import asdict

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..progress import progress_bar
from .backbone import EfficientNetLite0, imagenet_backbone, normalise, predict_probabilities
from .checkpoint import fingerprint, read_checkpoint, write_checkpoint
from .evaluation import log_loss
from .recipe import Fitted, Recipe
from .transforms import augment


def cross_entropy(scores, x, labels):
    """Loss of a step: surprise at the right answer, with a tenth of doubt left everywhere."""
    return functional.cross_entropy(scores, labels, label_smoothing=0.1)


def fine_tune(
    photos,
    labels,
    validation=None,
    recipe=None,
    classes=None,
    checkpoint=None,
    title="Training",
    start=None,
    objective=cross_entropy,
    after_step=None,
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
        same recipe from the same photos, goes on from it to the same result. Where `objective` or
        `after_step` differ, name another file.
    title : str
        What the progress bar says.
    start : torch.nn.Module, optional
        A network with ``features`` and ``classifier``, such as an `EfficientNetLite0`, to go on
        from; a copy of it is trained. The recipe's cut then plays no part.
    objective : callable, optional
        ``objective(scores, x, labels)`` gives the loss of a step, from the network's scores, the
        changed photos as it saw them, float32 ``(n, 3, size, size)``, and the right answers.
    after_step : callable, optional
        ``after_step(model, progress)``, called after each step with the share of the training
        that is over, 0 to 1: what must hold for the weights is put in force again there.

    Returns
    -------
    Fitted
    """
    recipe = recipe or Recipe()
    labels = torch.as_tensor(np.asarray(labels), dtype=torch.long)
    classes = classes or int(labels.max()) + 1
    started = time.perf_counter()
    model, optimizer = _prepare(recipe, classes, start)
    identity = fingerprint(asdict(recipe), classes, photos, labels.numpy(), validation, start)
    state = read_checkpoint(checkpoint, identity) or {"epoch": 0, "history": [], "best": None}
    if state["epoch"]:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
    history, best = state["history"], state["best"]
    # Memory that lies between the pieces in use grows with the epochs. To hand it back costs as
    # much as a step of a small network, so that is done every 16 steps or so.
    epochs_between = max(1, 16 * recipe.batch // len(labels))
    for epoch in progress_bar(
        range(state["epoch"], recipe.epochs), title, unit="epoch", patience=0
    ):
        if _gave_up(history, recipe.patience):
            break
        loss = _one_epoch(model, optimizer, photos, labels, recipe, epoch, objective, after_step)
        if validation is not None or epoch + 1 == recipe.epochs:  # before the network is used
            _renew_averages(model, photos, recipe)
        row = {"epoch": epoch + 1, "loss": loss}
        if validation is not None:
            row |= _validate(model, *validation, recipe.size)
        if epoch % epochs_between == 0:
            hand_back_memory()
        history = [*history, row]
        if epoch + 1 == recipe.epochs if validation is None else _is_best(history):
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


def _prepare(recipe, classes, start):
    if start is not None:
        model = copy.deepcopy(start).requires_grad_(True)
    else:
        with torch.random.fork_rng():  # leaves the caller's random state alone
            torch.manual_seed(recipe.seed)
            make = imagenet_backbone if recipe.pretrained else EfficientNetLite0
            model = make(classes, recipe.cut)
    model = model.to(memory_format=torch.channels_last)
    _frozen(model, recipe).requires_grad_(False)
    for layer in _batch_norms(model, recipe):
        layer.momentum = None  # plain averages, see `_renew_averages`
    fresh = recipe.pretrained and start is None  # a new last layer begins with nothing
    groups = [
        {"params": [p for p in model.features.parameters() if p.requires_grad], "scale": 1.0},
        {"params": model.classifier.parameters(), "scale": 10.0 if fresh else 1.0},
    ]
    return model, torch.optim.AdamW(groups, lr=recipe.rate, weight_decay=0.01)


def _frozen(model, recipe):
    return model.features[: recipe.frozen_layers if recipe.pretrained else 0]


def _after(frozen, x):
    """Output of the frozen layers, two photos at a time: here the pictures are at their largest."""
    with torch.no_grad():
        return torch.cat([frozen(two) for two in x.split(2)])


def _batch_norms(model, recipe):
    trained = model.features[len(_frozen(model, recipe)) :]
    return [layer for layer in trained.modules() if isinstance(layer, nn.BatchNorm2d)]


def _renew_averages(model, photos, recipe):
    """Take the averages of BatchNorm again, over the photos as they are."""
    frozen, norms = _frozen(model, recipe), _batch_norms(model.eval(), recipe)
    if not norms:
        return
    for layer in norms:
        layer.reset_running_stats()
        layer.train()
    parts = np.array_split(np.arange(len(photos)), math.ceil(len(photos) / recipe.batch))
    with torch.no_grad():
        for part in parts:
            x = normalise(photos[part], recipe.size)
            model(_after(frozen, x), start=len(frozen))
    model.eval()


def learning_rate(progress):
    """Share of the largest rate, after the share `progress` of the training (both 0 to 1)."""
    if progress < 0.2:
        return 0.04 + 0.96 * progress / 0.2
    return 0.5 * (1 + math.cos(math.pi * (progress - 0.2) / 0.8))


def _one_epoch(model, optimizer, photos, labels, recipe, epoch, objective, after_step):
    # Chance depends on the seed and the epoch alone, so a resumed run draws the same numbers.
    generator = torch.Generator().manual_seed(1_000_003 * recipe.seed + epoch)
    order = torch.randperm(len(labels), generator=generator)
    batches = order.split(recipe.batch)
    frozen = _frozen(model, recipe)
    model.train()
    frozen.eval()  # the averages of their BatchNorm stay as well
    trained = [p for p in model.parameters() if p.requires_grad]
    total = 0.0
    for step, chosen in enumerate(batches):
        progress = (epoch + step / len(batches)) / recipe.epochs
        rate = recipe.rate * learning_rate(progress)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        x = normalise(photos[chosen.numpy()])
        seen = augment(x, generator, recipe.upright, recipe.size)
        x, right = _after(frozen, seen), labels[chosen]

        def loss_of():
            return objective(model(x, start=len(frozen)), seen, right)

        loss = gradient_nearby(loss_of, trained, recipe.radius)
        optimizer.step()
        if after_step:
            after_step(model, progress)
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


def gradient_nearby(loss_of, parameters, radius):
    """Leave in each parameter's ``grad`` the slope at the worst place within the radius.

    Parameters
    ----------
    loss_of : callable
        Computes the loss, a tensor with one number, with the parameters as they are.
    parameters : list of torch.nn.Parameter
        What is trained; they are as they were when it returns.
    radius : float
        How far away to look: length of the change of all parameters together. 0 gives the plain
        gradient.

    Returns
    -------
    torch.Tensor
        The loss at the parameters themselves.
    """
    loss = _backward(loss_of, parameters)
    if radius == 0:
        return loss
    with torch.no_grad():
        slopes = [p.grad for p in parameters]
        length = torch.sqrt(sum((slope**2).sum() for slope in slopes))
        steps = [slope * (radius / (length + 1e-12)) for slope in slopes]
        before = [p.clone() for p in parameters]
        for p, step in zip(parameters, steps):
            p.add_(step)
    _backward(loss_of, parameters)
    with torch.no_grad():
        for p, value in zip(parameters, before):
            p.copy_(value)
    return loss


def _backward(loss_of, parameters):
    for p in parameters:
        p.grad = None
    loss = loss_of()
    loss.backward()
    return loss.detach()


def hand_back_memory():
    """Let go of freed memory: Linux's C library keeps it, in pieces too small for larger steps."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
