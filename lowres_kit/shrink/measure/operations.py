"""Count what a model is made of: parameters, and multiply-adds for one answer."""

import struct
from dataclasses import dataclass

# Operators that multiply as well but are not counted; a table that shows the count names them.
OTHERS = (
    "TRANSPOSE_CONV",
    "CONV_3D",
    "CONV_3D_TRANSPOSE",
    "BATCH_MATMUL",
    "LSTM",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "BIDIRECTIONAL_SEQUENCE_LSTM",
    "UNIDIRECTIONAL_SEQUENCE_RNN",
    "BIDIRECTIONAL_SEQUENCE_RNN",
    "RNN",
    "SVDF",
)
WEIGHED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# These pass numbers on without changing which class is ahead or what the numbers mean.
PASSING = ("QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE")


@dataclass(frozen=True)
class Counts:
    """What a model is made of.

    Attributes
    ----------
    parameters : int
        Numbers that were learned: the elements of all constants that an operator computes with
        (shapes, axes and paddings are none). BatchNorm counts only where it was not folded.
    multiply_adds : int
        Multiplications, each with its addition, of the convolutions and linear layers for one
        answer. Additions of biases, pooling and activations are not counted.
    operators : tuple of str
        Names of the operators, in the order in which they run, or of torch's layers.
    softmax : bool
        Whether the first output comes out of a softmax, so that it is probabilities already.
    sigmoid : bool
        Whether it comes out of a sigmoid: each number is a probability by itself.
    """

    parameters: int
    multiply_adds: int
    operators: tuple = ()
    softmax: bool = False
    sigmoid: bool = False

    @property
    def uncounted(self):
        """Names of operators that multiply but are not in `multiply_adds`."""
        return tuple(sorted({name for name in self.operators if name in OTHERS}))


def count_tflite(content):
    """Count a ``.tflite`` file.

    Parameters
    ----------
    content : bytes
        A whole file that the runtime opens.

    Returns
    -------
    Counts
        Of the main graph; a dimension of any length counts as 1.

    Raises
    ------
    ValueError
        If the file contradicts itself in what the runtime did not look at.
    """
    try:
        return _count_tflite(content)
    except (LookupError, TypeError, struct.error) as error:
        raise ValueError(str(error)) from None


def _count_tflite(content):
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(content)
    graph = model.Subgraphs(0)
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    # Old files hold the code in a byte of its own, the field for more than 127 came later.
    codes = [names[max(one.BuiltinCode(), one.DeprecatedBuiltinCode())] for one in codes]
    operators = [graph.Operators(i) for i in range(graph.OperatorsLength())]
    multiply_adds, weights, made_by = 0, {}, {}
    for operator in operators:
        name = codes[operator.OpcodeIndex()]
        inputs = [operator.Inputs(i) for i in range(operator.InputsLength())]
        outputs = [operator.Outputs(i) for i in range(operator.OutputsLength())]
        made_by |= dict.fromkeys(outputs, (name, inputs))
        if name in WEIGHED:
            weight, output = (_shape(graph, index) for index in (inputs[1], outputs[0]))
            multiply_adds += _multiply_adds(name, weight, output)
        for place, index in enumerate(inputs):
            bias = name in WEIGHED and place == 2
            if index >= 0 and _is_learned(schema, model, graph.Tensors(index), bias):
                weights[index] = _product(_shape(graph, index))
    end = _end(graph.Outputs(0), made_by)
    return Counts(
        sum(weights.values()),
        multiply_adds,
        tuple(codes[operator.OpcodeIndex()] for operator in operators),
        softmax=end == "SOFTMAX",
        sigmoid=end == "LOGISTIC",
    )


def _multiply_adds(name, weight, output):
    """Each output number costs as many as the part of the weights that it is made with."""
    if name == "FULLY_CONNECTED":
        return _product(output) * weight[-1]
    if name == "CONV_2D":  # weight: channels out, height, width, channels in (of its group)
        return _product(output) * _product(weight[1:])
    return _product(output) * weight[1] * weight[2]  # weight: 1, height, width, channels


def _shape(graph, index):
    tensor = graph.Tensors(index)
    return [max(1, tensor.Shape(i)) for i in range(tensor.ShapeLength())]


def _product(lengths):
    total = 1
    for length in lengths:
        total *= length
    return total


def _is_learned(schema, model, tensor, bias):
    buffer = model.Buffers(tensor.Buffer())
    if not (buffer.DataLength() or buffer.Size()):
        return False  # computed, not constant
    kind = schema.TensorType
    whole = (kind.INT32, kind.INT64, kind.BOOL, kind.STRING, kind.UINT32, kind.UINT64)
    # Whole numbers of 32 and 64 bits are shapes and axes, but for the biases of an int8 model.
    return bias or tensor.Type() not in whole


def _end(index, made_by):
    """Name of the last operator that does more than pass numbers on; "" if there is none."""
    while index in made_by:
        name, inputs = made_by[index]
        if name not in PASSING:
            return name
        index = inputs[0]
    return ""


def count_torch(model, x):
    """Count a torch network.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode.
    x : torch.Tensor
        One input; the network answers it once.

    Returns
    -------
    Counts
        Multiply-adds of the layers of classes ``Conv1d`` to ``Conv3d`` and ``Linear``.
    """
    import torch
    from torch import nn

    total, layers = 0, []

    def add(layer, _, output):
        nonlocal total
        layers.append(type(layer).__name__)
        if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
            total += output.numel() * layer.weight[0].numel()
        elif isinstance(layer, nn.Linear):
            total += output.numel() * layer.in_features

    leaves = [layer for layer in model.modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(add) for layer in leaves]
    try:
        with torch.inference_mode():
            model(x)
    finally:
        for hook in hooks:
            hook.remove()
    parameters = sum(weight.numel() for weight in model.parameters())
    softmax = bool(layers) and layers[-1] == "Softmax"
    return Counts(parameters, total, tuple(layers), softmax)
