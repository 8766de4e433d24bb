"""What each function of torch is in TFLite's operators, for networks that call functions.

``F.relu(x)``, ``x.relu()`` and ``nn.ReLU()(x)`` are one thing: what takes settings is handed to
the function that writes the layer of the same name.
"""

import operator

import torch
from torch import nn
from torch.nn import functional

from . import layers, windows
from .graph_builder import Unsupported


def _add(net, x, y, alpha=1):
    if alpha != 1:
        raise Unsupported("alpha is not there; multiply first")
    return layers.combine(net, "ADD", x, y)


def _add_in_place(net, x, y):
    x.tensor = _add(net, x, y).tensor
    return x


def _multiply(net, x, y):
    return layers.combine(net, "MUL", x, y)


def _subtract(net, x, y):
    return layers.combine(net, "ADD", x, -_constant(y))


def _divide(net, x, y):
    return layers.combine(net, "MUL", x, 1 / _constant(y))


def _constant(y):
    if not isinstance(y, (int, float, torch.Tensor)):
        raise Unsupported("only a constant can be subtracted, or divide")
    return y


def _concatenate(net, tensors, dim=0):
    return layers.concatenate(net, tensors, dim)


def _clamp(net, x, min=None, max=None):
    return layers.clamp(net, x, min, max)


def _hardtanh(net, x, min_val=-1.0, max_val=1.0, inplace=False):
    return layers.clamp(net, x, min_val, max_val, inplace)


def _relu(net, x, inplace=False):
    return layers.activation(net, x, "RELU", inplace)


def _relu6(net, x, inplace=False):
    return layers.clamp(net, x, 0, 6, inplace)


def _sigmoid(net, x):
    return layers.activation(net, x, "LOGISTIC")


def _tanh(net, x):
    return layers.activation(net, x, "TANH")


def _softmax(net, x, dim=None, _stacklevel=3, dtype=None):
    return layers.softmax(net, x, dim)


def _max_pool(
    net, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    settings = (kernel_size, stride, padding, dilation, return_indices, ceil_mode)
    return windows.max_pool(net, nn.MaxPool2d(*settings), x)


def _average_pool(net, x, *settings, **named):
    return windows.average_pool(net, nn.AvgPool2d(*settings, **named), x)


def _pad(net, x, pad, mode="constant", value=None):
    if mode != "constant" or value or len(pad) != 4:
        raise Unsupported("only zeros around a map's height and width are there")
    return windows.zero_pad(net, nn.ZeroPad2d(tuple(pad)), x)


def _mean(net, x, dim=None, keepdim=False):
    if len(x.shape) != 4 or {axis % 4 for axis in windows.pair(dim or 0)} != {2, 3}:
        raise Unsupported("only the mean over height and width is there: mean(dim=(2, 3))")
    averaged = windows.average(net, x)
    return averaged if keepdim else net.flat(averaged)


def _dropout(net, x, p=0.5, training=True, inplace=False):
    if training:
        raise Unsupported("it drops values in use too; give training=self.training")
    return x


def _attribute(net, x, name):
    if name != "shape":
        raise Unsupported(f"the attribute {name} is not there")
    return x.shape


def _reshape(name):
    """A method of torch's tensors that only changes the shape."""

    def write(net, x, *args, **named):
        like = torch.empty(x.shape, device="meta")
        return layers.reshape(net, x, getattr(like, name)(*args, **named).shape)

    return write


METHODS = {
    "add": _add,
    "add_": _add_in_place,
    "clamp": _clamp,
    "contiguous": lambda net, x, **_: x,
    "flatten": _reshape("flatten"),
    "mean": _mean,
    "mul": _multiply,
    "relu": _relu,
    "reshape": _reshape("reshape"),
    "sigmoid": _sigmoid,
    "size": lambda net, x, dim=None: x.shape if dim is None else x.shape[dim],
    "softmax": _softmax,
    "squeeze": _reshape("squeeze"),
    "sub": _subtract,
    "tanh": _tanh,
    "view": _reshape("view"),
}

FUNCTIONS = {
    operator.add: _add,
    operator.iadd: _add_in_place,
    operator.mul: _multiply,
    operator.sub: _subtract,
    operator.truediv: _divide,
    torch.add: _add,
    torch.cat: _concatenate,
    torch.clamp: _clamp,
    torch.concat: _concatenate,
    torch.div: _divide,
    torch.flatten: _reshape("flatten"),
    torch.mean: _mean,
    torch.mul: _multiply,
    torch.relu: _relu,
    torch.reshape: _reshape("reshape"),
    torch.sigmoid: _sigmoid,
    torch.softmax: _softmax,
    torch.sub: _subtract,
    torch.tanh: _tanh,
    functional.adaptive_avg_pool2d: lambda net, x, output_size: windows.adaptive_average_pool(
        net, x, output_size
    ),
    functional.avg_pool2d: _average_pool,
    functional.dropout: _dropout,
    functional.hardtanh: _hardtanh,
    functional.max_pool2d: _max_pool,
    functional.pad: _pad,
    functional.relu: _relu,
    functional.relu6: _relu6,
    functional.sigmoid: _sigmoid,
    functional.softmax: _softmax,
    functional.tanh: _tanh,
    getattr: _attribute,
}
