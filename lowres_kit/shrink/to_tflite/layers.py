"""What each torch layer is in TFLite's operators.

torch keeps a picture as (channels, height, width), TFLite as (height, width, channels), so every
shape, axis and weight is turned here. Nothing is merged yet: padding is a step of its own, and so
is an activation; BatchNorm is a multiplication and an addition. The module `fuse` merges them
afterwards.

`LAYERS` says which function writes which layer. Each returns a `Value`, the layer's output, and
raises `Unsupported`, with the way out, where a setting has no operator. What they are given:

network : Network
    What is being written (`graph_builder`); the operators are added to it.
layer : torch.nn.Module
    In evaluation mode; its settings and weights are read.
x : Value
    The input, with its shape in torch's order: ``(1, channels, height, width)`` or ``(1, n)``.
"""

import math

import numpy as np
import torch
from torch import nn

from .graph_builder import TO_TFLITE, Unsupported, Value, numbers
from .windows import VALID, adaptive_average_pool, average_pool, max_pool, pad, windows, zero_pad


def convolution(network, layer, x):
    """nn.Conv2d: plain, or depthwise (a filter of its own, or several, for each channel)."""
    network.picture(x)
    if layer.padding_mode != "zeros":
        raise Unsupported(f"padding_mode='{layer.padding_mode}' is not there; use 'zeros'")
    depthwise = layer.groups == layer.in_channels and layer.groups > 1
    if layer.groups > 1 and not depthwise:
        raise Unsupported(f"groups={layer.groups} is neither 1 nor the number of channels")
    if x.shape[1] != layer.in_channels:
        raise Unsupported(f"it takes {layer.in_channels} channels and gets {x.shape[1]}")
    kernel, stride, dilation = layer.kernel_size, layer.stride, layer.dilation
    before, after = _padding_of(layer)
    x = pad(network, x, before, after)
    size = windows(x.shape[2:], kernel, stride, dilation)
    weight = numbers(layer.weight)
    if depthwise:
        weight = weight.transpose(1, 2, 3, 0)
        options = {"depthMultiplier": layer.out_channels // layer.groups}
    else:
        weight, options = weight.transpose(0, 2, 3, 1), {}
    bias = np.zeros(layer.out_channels) if layer.bias is None else numbers(layer.bias)
    return network.add(
        "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
        [network.picture(x), network.constant("weight", weight), network.constant("bias", bias)],
        (1, layer.out_channels, *size),
        padding=VALID,
        strideH=stride[0],
        strideW=stride[1],
        dilationHFactor=dilation[0],
        dilationWFactor=dilation[1],
        **options,
    )


def _padding_of(layer):
    if layer.padding == "valid":
        return (0, 0), (0, 0)
    if layer.padding == "same":
        total = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size)]
        before = tuple(t // 2 for t in total)
        return before, tuple(t - b for t, b in zip(total, before))
    return layer.padding, layer.padding


def batch_norm(network, layer, x):
    """nn.BatchNorm1d or 2d in evaluation: a factor and an offset for each channel."""
    if layer.running_var is None:
        raise Unsupported("it keeps no running averages; use track_running_stats=True")
    factor = 1 / np.sqrt(numbers(layer.running_var) + layer.eps)
    if layer.weight is not None:
        factor = factor * numbers(layer.weight)
    offset = -numbers(layer.running_mean) * factor
    if layer.bias is not None:
        offset = offset + numbers(layer.bias)
    if len(x.shape) == 4:
        factor, offset = factor.reshape(-1, 1, 1), offset.reshape(-1, 1, 1)
    return combine(network, "ADD", combine(network, "MUL", x, factor), offset)


def linear(network, layer, x):
    """nn.Linear on a vector."""
    if len(x.shape) != 2:
        raise Unsupported("it needs a vector; put nn.Flatten() before it")
    bias = np.zeros(layer.out_features) if layer.bias is None else numbers(layer.bias)
    weight = network.constant("weight", numbers(layer.weight))
    inputs = [x.tensor, weight, network.constant("bias", bias)]
    return network.add("FULLY_CONNECTED", inputs, (1, layer.out_features))


def activation(network, x, code, inplace=False):
    """Write what works on each number alone.

    Parameters
    ----------
    network, x
        As above.
    code : str
        RELU, RELU6, RELU_N1_TO_1, LOGISTIC or TANH.
    inplace : bool
        Whether `x` itself shall mean the output from now on, as in torch.
    """
    tensor = network.graph.add(code, [x.tensor], network.name, x.tensor.shape)
    if inplace:
        x.tensor = tensor
        return x
    return Value(tensor, x.shape)


def clamp(network, x, low, high, inplace=False):
    """nn.Hardtanh, nn.ReLU6 or torch.clamp, for the three ranges that runtimes know.

    Parameters
    ----------
    network, x, inplace
        As in `activation`.
    low, high : float or None
        The range: 0 to 6, -1 to 1, or 0 to infinity.
    """
    known = {(0, 6): "RELU6", (-1, 1): "RELU_N1_TO_1", (0, None): "RELU", (0, math.inf): "RELU"}
    if (low, high) not in known:
        raise Unsupported(f"the range {low} to {high} is not there; use nn.ReLU6 (0 to 6)")
    return activation(network, x, known[low, high], inplace)


def softmax(network, x, dim):
    """nn.Softmax over the scores, or over the channels of each pixel: `dim` must be 1."""
    if dim not in (1, 1 - len(x.shape)):
        raise Unsupported("it must work over the scores: dim=1")
    return network.add("SOFTMAX", [network.shaped(x)], x.shape, beta=1.0)


def combine(network, code, x, y):
    """Add or multiply two values, or a value and a constant.

    Parameters
    ----------
    network : Network
        As above.
    code : str
        ADD or MUL.
    x, y : Value, float, numpy.ndarray or torch.Tensor
        At least one is a `Value`; shapes in torch's order, broadcast as torch does.
    """
    if not isinstance(x, Value):
        x, y = y, x
    if isinstance(y, Value):
        if len(x.shape) != len(y.shape):
            raise Unsupported("a map and a vector do not fit together; flatten both or none")
        other, other_shape = network.shaped(y), y.shape
    else:
        data = numbers(y) if isinstance(y, torch.Tensor) else np.asarray(y, np.float64)
        if data.ndim > len(x.shape):
            raise Unsupported(f"a constant with {data.ndim} axes does not fit")
        other_shape = (1,) * (len(x.shape) - data.ndim) + data.shape
        data = data.reshape(other_shape)
        other = network.constant("constant", data.transpose(TO_TFLITE) if data.ndim == 4 else data)
    shape = np.broadcast_shapes(x.shape, other_shape)
    return network.add(code, [network.shaped(x), other], shape)


def concatenate(network, values, dim):
    """Write torch.cat.

    Parameters
    ----------
    network : Network
        As above.
    values : sequence of Value
        Maps only, or vectors only.
    dim : int
        The axis in torch's order, such as 1 for channels.
    """
    rank = len(values[0].shape)
    dim %= rank
    if dim == 0 or len({len(value.shape) for value in values}) > 1:
        raise Unsupported("use dim=1, and maps only or vectors only")
    axis = TO_TFLITE.index(dim) if rank == 4 else dim
    shape = list(values[0].shape)
    shape[dim] = sum(value.shape[dim] for value in values)
    tensors = [network.shaped(value) for value in values]
    return network.add("CONCATENATION", tensors, shape, axis=axis)


def reshape(network, x, target):
    """Flatten to a vector, or leave as is.

    Parameters
    ----------
    network, x
        As above.
    target : sequence of int
        The shape that torch would give, with the 1 of the batch.
    """
    if tuple(target) == x.shape:
        return x
    if tuple(target) == (1, math.prod(x.shape)):
        return network.flat(x)
    raise Unsupported(f"the shape {tuple(target)} is not there; use nn.Flatten() or flatten(1)")


# The layers that can be written. Settings come from the layer itself.
LAYERS = {
    nn.Conv2d: convolution,
    nn.ZeroPad2d: zero_pad,
    nn.BatchNorm1d: batch_norm,
    nn.BatchNorm2d: batch_norm,
    nn.Linear: linear,
    nn.ReLU: lambda net, layer, x: activation(net, x, "RELU", layer.inplace),
    nn.ReLU6: lambda net, layer, x: clamp(net, x, 0, 6, layer.inplace),
    nn.Hardtanh: lambda net, layer, x: clamp(net, x, layer.min_val, layer.max_val, layer.inplace),
    nn.Sigmoid: lambda net, layer, x: activation(net, x, "LOGISTIC"),
    nn.Tanh: lambda net, layer, x: activation(net, x, "TANH"),
    nn.Softmax: lambda net, layer, x: softmax(net, x, layer.dim),
    nn.MaxPool2d: max_pool,
    nn.AvgPool2d: average_pool,
    nn.AdaptiveAvgPool2d: lambda net, layer, x: adaptive_average_pool(net, x, layer.output_size),
    nn.Flatten: lambda net, layer, x: reshape(
        net, x, torch.empty(x.shape, device="meta").flatten(layer.start_dim, layer.end_dim).shape
    ),
    nn.Identity: lambda net, layer, x: x,
    nn.Dropout: lambda net, layer, x: x,
    nn.Dropout2d: lambda net, layer, x: x,
}
