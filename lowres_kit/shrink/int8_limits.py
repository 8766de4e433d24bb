"""What the int8 kernels can compute: a bias of 32 bits, and steps neither too fine nor too coarse."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from .writer import AlignedBuffer, pack

LARGEST = 2**30  # a bias has 32 bits; half of its range is left for the sum that it is added to
# One step of a layer's output, in steps of the sum (input step * weight step): the fast kernels
# refuse less than 1 / 256 and more than 2**32.
COARSEST, FINEST = 128, 2.0**-31
MOVING = ("PAD", "RESHAPE", "TRANSPOSE", "MAX_POOL_2D")  # keep the scale of their input
NARROWEST = 1e-3  # a range, where a tensor did not move at all


def within_limits(float_tflite, ranges):
    """Mend what the int8 kernels cannot compute: model and ranges, hardly changed.

    A bias counts in steps of (input step * weight step). In a channel of weights that are all
    nearly zero (ImageNet's network has some, and pruning makes more) these steps are so small
    that the bias overflows and is lost; so the largest weight of such a channel is lifted, still
    far below all that matters. And where a tensor hardly moved in calibration, its range is
    widened until one of its steps is not too fine for the sums that go into it.
    """
    model = parse(float_tflite)
    ranges = {name: (low, max(high, low + NARROWEST)) for name, (low, high) in ranges.items()}
    for kind, source, weight, bias, output in weighed(model):
        if weight.buffer == 0:
            continue
        buffer = model.buffers[weight.buffer]
        values = np.frombuffer(bytes(buffer.data), np.float32).reshape(weight.shape).copy()
        channels = np.moveaxis(values, 3 if kind == "DEPTHWISE_CONV_2D" else 0, 0)
        largest = np.abs(channels).max(axis=(1, 2, 3)[: values.ndim - 1])
        step_in, low, high = _step(ranges[source]), *ranges[output]
        ranges[output] = low, max(high, 255 * step_in * largest.max() / 127 / COARSEST + low)
        needed = np.full(len(channels), _step(ranges[output]) * FINEST)
        if bias is not None:
            biases = np.frombuffer(bytes(model.buffers[bias.buffer].data), np.float32)
            needed = np.maximum(needed, np.abs(biases) / LARGEST)
        for channel in np.flatnonzero(largest < 127 * needed / step_in):
            place = np.unravel_index(np.abs(channels[channel]).argmax(), channels.shape[1:])
            lifted = 127 * needed[channel] / step_in
            channels[channel][place] = np.copysign(lifted, channels[channel][place])
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    return packed(model), ranges


def _step(span):
    return max(max(span[1], 0.0) - min(span[0], 0.0), 1e-9) / 255


def weighed(model):
    """Give for each layer with weights: its kind, its input's name, weight, bias, output's name.

    What only moves numbers around has no range of its own: the name is that of what it moves.
    """
    kinds, moving = _codes("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"), _codes(*MOVING)
    moved = {}
    tensors = model.subgraphs[0].tensors
    for operator in model.subgraphs[0].operators:
        code = model.operatorCodes[operator.opcodeIndex].builtinCode
        source, *rest = (int(index) for index in operator.inputs)
        source = moved.get(source, source)
        if code in moving:
            moved[int(operator.outputs[0])] = source
        if code not in kinds:
            continue
        bias = tensors[rest[1]] if len(rest) > 1 and rest[1] >= 0 else None
        names = (tensors[index].name.decode() for index in (source, operator.outputs[0]))
        yield kinds[code], next(names), tensors[rest[0]], bias, next(names)


def _codes(*names):
    return {getattr(schema.BuiltinOperator, name): name for name in names}


def parse(tflite):
    """Read a file into the schema's objects; each buffer holds its own data."""
    model = schema.ModelT.InitFromPackedBuf(tflite, 0)
    for i, buffer in enumerate(model.buffers):
        data = buffer.data
        if buffer.size:  # the quantizer puts some behind the tables
            data = np.frombuffer(tflite, np.uint8, buffer.size, buffer.offset)
        model.buffers[i] = AlignedBuffer(data)
    return model


def packed(model):
    """Write what `parse` read."""
    return pack(model, flatbuffers.Builder(1 << 16))
