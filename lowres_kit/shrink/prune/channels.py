"""Structured pruning: whole channels leave an EfficientNet-Lite0, so that file and time shrink.

Layers share channels (`layers_of` names the groups), and what shares goes together: DepGraph
(Fang et al., CVPR 2023) finds such groups in any network; here they follow from how this one is
built. What a channel costs is counted layer by layer (`cost_terms`). What it is worth is told by
the first-order Taylor criterion on a gate behind BatchNorm (Molchanov et al., "Importance
estimation for neural network pruning", CVPR 2019): how much the loss would change if the channel
were silent, squared. Those go first that are worth least for what they cost.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ...errors import KitError
from ...learn import EfficientNetLite0, fine_tune, normalise
from ...learn.backbone import InvertedResidual

COSTS = ("parameters", "macs")
COLOURS = 3


@dataclass(frozen=True)
class Layer:
    """A convolution with its BatchNorm, by name, and the groups of channels at its two ends."""

    conv: str
    norm: str
    reads: str
    gives: str


def layers_of(model):
    """List the convolutions of a network with the groups of channels that they share.

    Parameters
    ----------
    model : EfficientNetLite0
        The network.

    Returns
    -------
    list of Layer
        In the order of use. Equal names of groups mean the same channels; ``"image"`` are the
        three colours. The classifier reads what the last layer gives.
    """
    found, reads, stage = [], "image", 0
    for position, part in enumerate(model.features):
        if isinstance(part, nn.Conv2d):
            gives = "head" if found else "stem"
            found.append(Layer(f"features.{position}", f"features.{position + 1}", reads, gives))
            reads = gives
        elif isinstance(part, InvertedResidual):
            stage += not part.skip
            places = [i for i, one in enumerate(part.layers) if isinstance(one, nn.Conv2d)]
            # Without a layer that widens, the depthwise one works on the channels that come in.
            wide = f"wide {position - 3}" if len(places) == 3 else reads
            ends = [(reads, wide), (wide, wide), (wide, f"stage {stage}")][-len(places) :]
            for place, (one, other) in zip(places, ends):
                name = f"features.{position}.layers."
                found.append(Layer(f"{name}{place}", f"{name}{place + 1}", one, other))
            reads = f"stage {stage}"
    return found


def channel_counts(model):
    """Count the channels of each group; a dict of str to int."""
    return {one.gives: model.get_submodule(one.conv).out_channels for one in layers_of(model)}


def cost_of(model, counts=None, cost="parameters", size=None):
    """Count what the network costs, or would cost with other counts of channels.

    Parameters
    ----------
    model : EfficientNetLite0
        Gives the layers.
    counts : dict of str to int, optional
        Channels of each group; those of the network if not given.
    cost : str
        ``"parameters"``, or ``"macs"``: multiply-adds for one photo.
    size : int, optional
        Width and height of the photo, for multiply-adds.

    Returns
    -------
    int
    """
    counts = counts or channel_counts(model)
    return sum(term.of(counts) for term in cost_terms(model, cost, size))


@dataclass(frozen=True)
class Term:
    """What one layer costs: ``pair`` for each pair of channels, ``single`` for each it gives."""

    reads: str | None  # None: each channel that it gives reads one
    gives: str | None  # None: the classifier, whose outputs stay as they are
    pair: int
    single: int

    def of(self, counts):
        """Cost with so many channels in each group."""
        reads = 1 if self.reads is None else counts.get(self.reads, COLOURS)
        return (1 if self.gives is None else counts[self.gives]) * (reads * self.pair + self.single)


def cost_terms(model, cost="parameters", size=None):
    """Give a `Term` for each layer; see `cost_of`."""
    if cost not in COSTS:
        raise KitError(f"What channels cost is counted in {' or '.join(COSTS)}, not {cost!r}.")
    parameters, terms = cost == "parameters", []
    for layer in layers_of(model):
        conv = model.get_submodule(layer.conv)
        pair = conv.kernel_size[0] ** 2
        if not parameters:
            size = size // conv.stride[0]  # as the stem and the blocks pad
            pair *= size**2
        reads = None if layer.reads == layer.gives else layer.reads
        terms.append(Term(reads, layer.gives, pair, 2 if parameters else 0))  # 2 of BatchNorm
    classes = model.classifier.out_features
    return [*terms, Term(layer.gives, None, classes, classes if parameters else 0)]


def importance(model, photos, labels, batch=8):
    """Estimate for each channel how much the loss would change without it.

    Parameters
    ----------
    model : EfficientNetLite0
        A trained network.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.
    labels : numpy.ndarray
        int, ``(n,)``.
    batch : int
        Photos of which the change is averaged before it is squared.

    Returns
    -------
    dict of str to numpy.ndarray
        For each group one number a channel; they can be compared between groups.
    """
    gates = {}  # the last BatchNorm of a chain silences it; those that are added, all together
    for layer in layers_of(model):
        norm = model.get_submodule(layer.norm)
        depthwise = layer.reads == layer.gives
        gates[layer.gives] = [norm] if depthwise else [*gates.get(layer.gives, []), norm]
    scores = dict.fromkeys(gates, 0.0)
    labels = torch.as_tensor(np.asarray(labels), dtype=torch.long)
    wanted = [p for norms in gates.values() for norm in norms for p in (norm.weight, norm.bias)]
    were = [p.requires_grad for p in wanted]
    for p in wanted:
        p.requires_grad_(True)
    model.eval()
    for part in np.array_split(np.arange(len(photos)), math.ceil(len(photos) / batch)):
        loss = functional.cross_entropy(model(normalise(photos[part])), labels[part])
        slopes = dict(zip(wanted, torch.autograd.grad(loss, wanted)))
        for group, norms in gates.items():
            # A gate z = 1 behind BatchNorm: dloss/dz = scale * dloss/dscale + shift * dloss/dshift.
            slope = sum(p.detach() * slopes[p] for n in norms for p in (n.weight, n.bias))
            scores[group] = scores[group] + len(part) * slope.double().numpy() ** 2
    for p, before in zip(wanted, were):
        p.requires_grad_(before)
    return {group: score / len(photos) for group, score in scores.items()}


def silence(model, keep):
    """Make a copy of the network in which the other channels are zero, but still computed.

    Parameters
    ----------
    model : EfficientNetLite0
        The network.
    keep : dict of str to numpy.ndarray
        For each group the positions of the channels to keep; a group that is not named is kept.

    Returns
    -------
    EfficientNetLite0
        Of the same widths; its outputs are those of ``remove(model, keep)``.
    """
    silent = _copy_with(model, model.widths)
    silent.load_state_dict(model.state_dict())
    with torch.no_grad():
        for layer in layers_of(silent):
            norm = silent.get_submodule(layer.norm)
            everything = np.arange(norm.num_features)
            gone = np.setdiff1d(everything, keep.get(layer.gives, everything))
            norm.weight[gone] = 0.0
            norm.bias[gone] = 0.0
    return silent


def remove(model, keep):
    """Make a thinner network of the channels to keep.

    Parameters
    ----------
    model : EfficientNetLite0
        The network; it is not changed.
    keep : dict of str to numpy.ndarray
        As in `silence`.

    Returns
    -------
    EfficientNetLite0
        In evaluation mode, with smaller ``widths``.
    """
    layers, old = layers_of(model), model.state_dict()
    keep = {"image": range(3), **{g: range(n) for g, n in channel_counts(model).items()}, **keep}
    keep = {group: torch.as_tensor(np.asarray(kept)).long() for group, kept in keep.items()}
    new = {}
    for layer in layers:
        weight = old[f"{layer.conv}.weight"][keep[layer.gives]]
        depthwise = layer.reads == layer.gives
        new[f"{layer.conv}.weight"] = weight if depthwise else weight[:, keep[layer.reads]]
        for name in ("weight", "bias", "running_mean", "running_var"):
            new[f"{layer.norm}.{name}"] = old[f"{layer.norm}.{name}"][keep[layer.gives]]
        new[f"{layer.norm}.num_batches_tracked"] = old[f"{layer.norm}.num_batches_tracked"]
    new["classifier.weight"] = old["classifier.weight"][:, keep[layers[-1].gives]]
    new["classifier.bias"] = old["classifier.bias"]
    thinner = _copy_with(model, _widths(layers, {group: len(kept) for group, kept in keep.items()}))
    thinner.load_state_dict(new)
    return thinner.eval()


def _copy_with(model, widths):
    with torch.random.fork_rng():  # leaves the caller's random state alone
        return EfficientNetLite0(model.classifier.out_features, model.cut, widths).eval()


def _widths(layers, counts):
    """List the widths as `EfficientNetLite0` takes them."""
    narrow = [layer for layer in layers if layer.gives.startswith("stage")]
    blocks = [(counts[layer.reads], counts[layer.gives]) for layer in narrow]
    return (counts["stem"], *blocks, *([counts["head"]] if "head" in counts else []))


def choose_channels(model, scores, to, cost="parameters", size=None, multiple=8, floor=8):
    """Choose the channels to keep: those go that are worth least for what they cost.

    Parameters
    ----------
    model : EfficientNetLite0
        The network.
    scores : dict of str to numpy.ndarray
        From `importance`.
    to : int
        What the thinner network may cost.
    cost, size
        As in `cost_of`.
    multiple : int
        Channels go in bundles of so many: processors calculate with 8 or 16 at a time, so a
        ninth channel costs as much as eight.
    floor : int
        Channels that each group keeps at least, and never less than a bundle.

    Returns
    -------
    dict of str to numpy.ndarray
        For each group the positions to keep, in order.

    Raises
    ------
    KitError
        If it cannot be made so small.
    """
    terms = cost_terms(model, cost, size)
    counts = channel_counts(model)
    order = {group: np.argsort(-scores[group], kind="stable") for group in counts}  # best first

    def total(counts):
        return sum(term.of(counts) for term in terms)

    now = total(counts)
    while now > to:
        best, lowest = None, math.inf
        for group, n in counts.items():
            if n - multiple < max(floor, multiple):
                continue
            saved = now - total({**counts, group: n - multiple})
            worth = scores[group][order[group][n - multiple : n]].sum() / saved
            if worth < lowest:
                best, lowest, after = group, worth, now - saved
        if best is None:
            raise KitError(
                f"Fewer than {now:,} {cost} are not possible where each layer keeps {floor} "
                "channels; allow more, keep fewer, or begin with an earlier cut."
            )
        counts[best] -= multiple
        now = after
    return {group: np.sort(order[group][:n]) for group, n in counts.items()}


def prune_channels(
    model,
    photos,
    labels,
    to,
    cost="parameters",
    multiple=8,
    floor=8,
    rounds=1,
    heal=None,
    title="Thinning",
):
    """Take channels out of a network until it costs no more than it may.

    Parameters
    ----------
    model : EfficientNetLite0
        A trained network; it is not changed.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``: they tell what a channel is worth.
    labels : numpy.ndarray
        int, ``(n,)``.
    to : int
        What the thinner network may cost.
    cost : str
        ``"parameters"``, or ``"macs"``: multiply-adds for a photo of the size of these.
    multiple, floor
        As in `choose_channels`.
    rounds : int
        In how many equal factors to go there; what is worth what is asked anew in each.
    heal : Recipe, optional
        Fine-tunes between two rounds. Without it the weights stay as they are.
    title : str
        What the progress bar says.

    Returns
    -------
    EfficientNetLite0
        Not fine-tuned after the last round: go on with `fine_tune(..., start=...)`.

    Raises
    ------
    KitError
        If it cannot be made so small, or such a cost is not known.
    """
    size = photos.shape[1]
    begin = cost_of(model, None, cost, size)
    for done in range(1, rounds + 1):
        target = max(to, round(begin * (to / begin) ** (done / rounds)))
        scores = importance(model, photos, labels)
        keep = choose_channels(model, scores, target, cost, size, multiple, floor)
        model = remove(model, keep)
        if heal and done < rounds:
            classes = model.classifier.out_features
            model = fine_tune(photos, labels, None, heal, classes, title=title, start=model).model
    return model
