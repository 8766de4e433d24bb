"""Write a trained torch network as a float32 ``.tflite`` file.

The network is run once with placeholders in place of numbers (``torch.fx``), which gives the list
of its layers in the order in which they are used; each is written as TFLite's operators
(`layers`, `functions`), steps are merged (`fuse`), and the result is compared with torch's on
one random input before anybody gets it.
"""

import copy

import numpy as np
import torch
from torch import fx, nn

from ...errors import KitError
from .flatbuffer import write_graph
from .functions import FUNCTIONS, METHODS
from .fuse import fuse
from .graph_builder import Network, Unsupported, Value
from .layers import LAYERS

# What to use in place of a layer that a small device's runtimes lack, by its torch name.
INSTEAD = {
    ("SiLU", "GELU", "ELU", "SELU", "Hardswish", "Mish", "LeakyReLU", "PReLU", "silu", "gelu",
     "leaky_relu", "hardswish"): "use nn.ReLU6",
    ("GroupNorm", "LayerNorm", "InstanceNorm2d", "layer_norm", "group_norm"): "use nn.BatchNorm2d",
    ("ReflectionPad2d", "ReplicationPad2d", "ConstantPad2d"): "use nn.ZeroPad2d",
    ("AdaptiveMaxPool2d", "LPPool2d"): "use nn.AdaptiveAvgPool2d(1)",
    ("ConvTranspose2d", "Upsample", "interpolate"): "use a network that ends in one vector",
    ("RNN", "LSTM", "GRU", "Conv1d", "Conv3d"): "use nn.Conv2d, on sound as on pictures",
    ("LogSoftmax", "log_softmax"): "leave it out, or use nn.Softmax(dim=1)",
}  # fmt: skip


def to_tflite(model, size=None, shape=None):
    """Write a network as a float32 ``.tflite`` file.

    Parameters
    ----------
    model : torch.nn.Module
        Takes one batch and gives ``(n, k)`` scores. It is not changed.
    size : int, optional
        Width and height of its pictures, which have three channels.
    shape : tuple of int, optional
        In place of `size`: ``(channels, height, width)``, or ``(d,)`` for a vector.

    Returns
    -------
    bytes
        The file. Input "image", float32, ``(1, height, width, channels)``; output "scores",
        float32, ``(1, k)``. BatchNorm is folded into the weights.

    Raises
    ------
    KitError
        If a layer cannot be written: its name, and what to use instead.
    """
    if (size is None) == (shape is None):
        raise KitError("Give to_tflite either size=160 or shape=(channels, height, width).")
    shape = (3, size, size) if shape is None else tuple(shape)
    if len(shape) not in (1, 3):
        raise KitError(f"The shape {shape} is neither (channels, height, width) nor (d,).")
    wrapped = _OneInput(copy.deepcopy(model).cpu().float()).eval()
    network = Network(shape)
    with torch.no_grad():
        network.graph.output = _write_steps(wrapped, network).tensor
    fuse(network.graph)
    if not network.graph.operators:
        raise KitError("The network has no layer that computes something; there is no file.")
    content = write_graph(network.graph)
    _compare(wrapped, content, shape)
    return content


class _OneInput(nn.Module):
    """The network with the defaults of all its other parameters."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)


class _Tracer(fx.Tracer):
    """Records the steps down to the layers that can be written."""

    def is_leaf_module(self, module, name):
        return _layer_class(module) is not None or super().is_leaf_module(module, name)

    def call_module(self, module, forward, args, kwargs):
        try:
            name = self.path_of_module(module)
        except NameError:  # made on the way, such as a slice of nn.Sequential
            return forward(*args, **kwargs)
        try:
            return super().call_module(module, forward, args, kwargs)
        except (fx.proxy.TraceError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            raise KitError(
                f"{_described(name, module)} cannot be followed step by step ({error}); write its "
                "forward() without `if`, `for` or NumPy on the numbers that flow through it."
            ) from error


def _layer_class(module):
    """The class in `LAYERS` whose `forward` a module uses, or None.

    A layer with parametrized weights, as in quantization-aware training, is of a class of its
    own made from the layer's, and its `weight` is what the parametrization computes.
    """
    for known in type(module).__mro__:
        if known in LAYERS and type(module).forward is known.forward:
            return known
    return None


def _write_steps(wrapped, network):
    """Write all steps in order and return the value that the network ends in."""
    found = {}
    for node in _Tracer().trace(wrapped).nodes:
        if node.op == "placeholder":
            found[node] = network.input
            continue
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), found.__getitem__)
        if node.op == "output":
            return _checked_output(args[0])
        network.name = node.name.removeprefix("network_")
        found[node] = _write(node, args, kwargs, wrapped, network)


def _write(node, args, kwargs, wrapped, network):
    module = wrapped.get_submodule(node.target) if node.op == "call_module" else None
    if node.op == "get_attr":
        return _attribute(wrapped, node.target)
    try:
        if not _has_value((args, kwargs)):  # depends on no picture: computed here, once
            if module:
                return module(*args, **kwargs)
            if node.op == "call_method":
                return getattr(args[0], node.target)(*args[1:], **kwargs)
            return node.target(*args, **kwargs)
        if module:
            network.name = node.target.removeprefix("network.")
            write = LAYERS.get(_layer_class(module))
            args = (module, *args)
        else:
            write = (METHODS if node.op == "call_method" else FUNCTIONS).get(node.target)
        if write is None:
            raise Unsupported(_instead(module or node.target))
        return write(network, *args, **kwargs)
    except (Unsupported, TypeError, ValueError, RuntimeError) as error:
        what = _described(node.target, module) if module else _described_step(node)
        raise KitError(f"{what} cannot be written as .tflite: {error}.") from error


def _has_value(item):
    if isinstance(item, (tuple, list)):
        return any(map(_has_value, item))
    return (
        any(map(_has_value, item.values())) if isinstance(item, dict) else isinstance(item, Value)
    )


def _attribute(module, name):
    *parts, last = name.split(".")
    return getattr(module.get_submodule(".".join(parts)), last)


def _described(name, module):
    kind = type(module).__name__
    name = name.removeprefix("network").removeprefix(".")
    return f"The layer '{name}' ({kind})" if name else f"The network ({kind})"


def _described_step(node):
    step = node.target if isinstance(node.target, str) else node.target.__name__
    places = list((node.meta.get("nn_module_stack") or {}).values())
    name = places[-1][0] if places and isinstance(places[-1], tuple) else ""
    name = name.removeprefix("network").removeprefix(".")
    return f"The step {step}() in '{name}'" if name else f"The step {step}() of the network"


def _instead(target):
    if isinstance(target, nn.Module):
        names = [kind.__name__ for kind in type(target).__mro__]
    else:
        names = [target if isinstance(target, str) else target.__name__]
    for kinds, advice in INSTEAD.items():
        if set(names) & set(kinds):
            return f"small devices lack it; {advice} instead"
    known = ", ".join(kind.__name__ for kind in LAYERS)
    return f"small devices or this writer lack it; use what is there instead: {known}"


def _checked_output(value):
    if isinstance(value, Value) and len(value.shape) == 2:
        return value
    what = f"a map of shape {value.shape[1:]}" if isinstance(value, Value) else "several things"
    raise KitError(
        f"The network ends in {what}, not in one vector of scores; end it with nn.Flatten(), or "
        "with nn.AdaptiveAvgPool2d(1), nn.Flatten() and nn.Linear."
    )


def _compare(wrapped, content, shape):
    """Refuse to hand out a file that computes something else than the network.

    One random input is enough to see a wrong order or padding: these change every output.
    """
    from ...runtime import TfliteModel

    x = torch.randn((1, *shape), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = wrapped(x).numpy()
    written = x.permute(0, 2, 3, 1) if len(shape) == 3 else x
    found = TfliteModel(content).run(np.ascontiguousarray(written.numpy()))
    if not np.isfinite(expected).all():
        raise KitError(
            "The network answers with numbers that are infinite or not numbers; train it again, "
            "with a smaller learning rate."
        )
    # Sums in another order differ in the last of about seven digits; a defect differs in the
    # first. A network that swells what it is given by a lot may lose some digits in between.
    largest = max(np.abs(expected).max(), 1e-3)
    if found.shape != expected.shape or np.abs(found - expected).max() > 0.01 * largest:
        raise KitError(
            "The written file does not compute what the network computes; this is a defect of "
            f"the writer: please report it with the network ({type(wrapped.network).__name__})."
        )
