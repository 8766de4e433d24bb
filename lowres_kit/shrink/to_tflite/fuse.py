"""Merge steps of a written network that one operator can do at once.

A convolution with BatchNorm, padding and ReLU6 is five steps as `layers` writes them and one
operator when this is done: fewer numbers to store, and the picture is read once, not five times.
BatchNorm is folded as in Jacob et al., "Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference" (CVPR 2018), section 3.2.

Every rule asks who else reads a result before it changes it: a network may use it twice.
"""

import numpy as np

from .flatbuffer import Tensor
from .windows import SAME, VALID, padding_is_same

# Which axis of a weight counts the outputs.
OUTPUT_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}
ACTIVATIONS = {"RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}
CAN_ACTIVATE = {*OUTPUT_AXIS, "ADD", "MUL", "AVERAGE_POOL_2D", "MAX_POOL_2D"}


def fuse(graph):
    """Merge all that can be merged, in place, and drop what nobody reads."""
    # Nothing may be merged into a step whose result is not used in the end.
    _drop_unused(graph)
    _merge_paddings(graph)
    _use_same_padding(graph)
    _drop_unused(graph)
    _fold_constants(graph)
    _fuse_activations(graph)
    _attach_lone_activations(graph)
    _reorder_weights_after_flatten(graph)
    _drop_unused(graph)


def _makers(graph):
    return {operator.output: operator for operator in graph.operators}


def _reads(graph):
    """How often each tensor is read."""
    count = {graph.output: 1}
    for operator in graph.operators:
        for tensor in operator.inputs:
            count[tensor] = count.get(tensor, 0) + 1
    return count


def _drop_unused(graph):
    needed, kept = {graph.output}, []
    for operator in reversed(graph.operators):
        if operator.output in needed:
            needed.update(operator.inputs)
            kept.append(operator)
    graph.operators = kept[::-1]


def _merge_paddings(graph):
    """Two paddings, one after the other, are one."""
    makers = _makers(graph)
    for operator in graph.operators:
        before = makers.get(operator.inputs[0])
        if operator.code == "PAD" and before and before.code == "PAD":
            edges = operator.inputs[1]
            both = edges.data + before.inputs[1].data
            operator.inputs = [before.inputs[0], Tensor.constant(edges.name, both)]


def _use_same_padding(graph):
    """A convolution pads by itself where the padding is the one that TFLite calls SAME."""
    makers = _makers(graph)
    for operator in graph.operators:
        before = makers.get(operator.inputs[0])
        if operator.code not in ("CONV_2D", "DEPTHWISE_CONV_2D") or not before:
            continue
        options = operator.options
        if before.code != "PAD" or options["padding"] != VALID:
            continue
        source, edges = before.inputs
        if padding_is_same(
            source.shape[1:3],
            operator.inputs[1].shape[1:3],
            (options["strideH"], options["strideW"]),
            edges.data[1:3, 0],
            edges.data[1:3, 1],
            (options["dilationHFactor"], options["dilationWFactor"]),
        ):
            operator.inputs[0], options["padding"] = source, SAME


def _fold_constants(graph):
    """A factor or offset for each output goes into the weights and the bias before it."""
    makers, reads = _makers(graph), _reads(graph)
    for operator in list(graph.operators):
        if operator.code not in ("MUL", "ADD"):
            continue
        source, constant = operator.inputs
        before = makers.get(source)
        if not before or before.code not in OUTPUT_AXIS or reads[source] > 1:
            continue
        values = _by_output(constant, source.shape[-1])
        if values is None:
            continue
        if operator.code == "MUL":
            axis = OUTPUT_AXIS[before.code]
            shape = [-1 if k == axis else 1 for k in range(before.inputs[1].data.ndim)]
            before.inputs[1].data = before.inputs[1].data * values.reshape(shape)
            before.inputs[2].data = before.inputs[2].data * values
        else:
            before.inputs[2].data = before.inputs[2].data + values
        _replace(graph, operator, before)
        makers[before.output] = before


def _by_output(tensor, outputs):
    """One constant for each output, or None if the tensor is something else."""
    if tensor.data is None or any(n > 1 for n in tensor.shape[:-1]):
        return None
    values = tensor.data.reshape(-1)
    return np.broadcast_to(values, outputs) if len(values) in (1, outputs) else None


def _fuse_activations(graph):
    makers, reads = _makers(graph), _reads(graph)
    for operator in list(graph.operators):
        before = makers.get(operator.inputs[0])
        if (
            operator.code in ACTIVATIONS
            and before
            and before.code in CAN_ACTIVATE
            and not before.options.get("fusedActivationFunction")
            and reads[operator.inputs[0]] == 1
        ):
            before.options["fusedActivationFunction"] = ACTIVATIONS[operator.code]
            _replace(graph, operator, before)
            makers[before.output] = before


def _attach_lone_activations(graph):
    """Let a multiplication by 1 do what no step before it can.

    The runtimes know RELU6 as a step of its own, the quantizer does not: it would leave it in
    floats, with a conversion before and after, in the middle of an int8 network.
    """
    for operator in graph.operators:
        if operator.code in ("RELU6", "RELU_N1_TO_1"):
            one = Tensor.constant(f"{operator.output.name}/one", np.ones(1, np.float32))
            operator.options["fusedActivationFunction"] = ACTIVATIONS[operator.code]
            operator.code = "MUL"
            operator.inputs.append(one)


def _reorder_weights_after_flatten(graph):
    """A linear layer on a flattened map: turn its weights once, not the map each time."""
    makers, reads = _makers(graph), _reads(graph)
    for operator in list(graph.operators):
        flatten = makers.get(operator.inputs[0])
        turn = flatten and makers.get(flatten.inputs[0])
        if operator.code != "FULLY_CONNECTED" or not turn or turn.code != "TRANSPOSE":
            continue
        if reads[flatten.output] > 1 or reads[turn.output] > 1:
            continue
        _, c, h, w = turn.output.shape
        weight = operator.inputs[1]
        weight.data = weight.data.reshape(-1, c, h, w).transpose(0, 2, 3, 1).reshape(weight.shape)
        flatten.inputs[0] = turn.inputs[0]


def _replace(graph, operator, before):
    """Let the step before fill the tensor that `operator` filled, and drop `operator`."""
    before.output = operator.output
    graph.operators.remove(operator)
