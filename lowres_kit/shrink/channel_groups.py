"""Which layers of an EfficientNet-Lite0 share channels, and what the channels cost.

In a block the wide channels belong to the layer that widens, to the depthwise layer and to the
one that narrows. Blocks whose results are added must have the same channels, so a whole stage
shares those that it gives on. Such a set is a *group* here, and it leaves together (Fang et al.,
"DepGraph", CVPR 2023, find them in any network; in this one they are known).
"""

from dataclasses import dataclass

from torch import nn

from ..errors import KitError
from ..learn.backbone import InvertedResidual

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
