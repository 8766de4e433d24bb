"""The network while it is written: values that flow, and the steps that many layers share.

torch keeps a picture as (channels, height, width), TFLite as (height, width, channels). Shapes
are kept in torch's order here and turned where an operator is added.
"""

import math
from dataclasses import dataclass

import numpy as np

from .flatbuffer import Graph, Tensor

TO_TFLITE, TO_TORCH = (0, 2, 3, 1), (0, 3, 1, 2)


class Unsupported(Exception):
    """A setting that the writer lacks, with what to use instead; `export` names the layer."""


@dataclass(eq=False)
class Value:
    """A tensor with the shape that torch gives it.

    Several names in the network may share one value; a layer that works in place changes it for
    all of them. A map of one pixel may be kept as a vector.
    """

    tensor: Tensor
    shape: tuple


class Network:
    """The graph being written, and the few steps that many layers need."""

    def __init__(self, input_shape):
        shape = (1, *input_shape)
        self.graph = Graph(Tensor("image", _turned(shape)))
        self.input = Value(self.graph.input, shape)
        self.name = "image"  # of the layer being written

    def add(self, code, inputs, shape, **options):
        """Append an operator whose output has `shape` in torch's order."""
        tensor = self.graph.add(code, inputs, self.name, _turned(shape), **options)
        return Value(tensor, tuple(shape))

    def constant(self, kind, data, dtype=np.float32):
        """Make a constant named after the current layer."""
        return Tensor.constant(f"{self.name}/{kind}", np.asarray(data, dtype))

    def shaped(self, x):
        """Tensor of a value, in its full shape even if a map of one pixel is kept as a vector."""
        if len(x.tensor.shape) != len(x.shape):
            x.tensor = self._reshape(x.tensor, _turned(x.shape))
        return x.tensor

    def picture(self, x):
        """Tensor of a value that must be a map of channels."""
        if len(x.shape) != 4:
            raise Unsupported("it needs a picture, (channels, height, width), not a vector")
        return self.shaped(x)

    def flat(self, x):
        """Make a vector of a value, in torch's order of numbers."""
        shape = (1, math.prod(x.shape))
        tensor = x.tensor
        if len(tensor.shape) == 4:
            if x.shape[1] > 1 and math.prod(x.shape[2:]) > 1:
                order = self.constant("order", TO_TORCH, np.int32)
                tensor = self.graph.add("TRANSPOSE", [tensor, order], self.name, x.shape)
            tensor = self._reshape(tensor, shape)
        return Value(tensor, shape)

    def _reshape(self, tensor, shape):
        target = self.constant("shape", shape, np.int32)
        options = {"newShape": np.array(shape, np.int32)}
        return self.graph.add("RESHAPE", [tensor, target], self.name, shape, **options)


def _turned(shape):
    return tuple(shape[axis] for axis in TO_TFLITE) if len(shape) == 4 else tuple(shape)


def numbers(tensor):
    """Array of a torch tensor's values, in double precision for what is computed from them."""
    return tensor.detach().cpu().double().numpy()
