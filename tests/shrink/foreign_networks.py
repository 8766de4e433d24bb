"""Small ``.tflite`` files as other makers write them: any shape of input, any end."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATOR, OPTIONS, TYPE = schema.BuiltinOperator, schema.BuiltinOptions, schema.TensorType


def brightest(weights, shape, end=None):
    """A linear layer on the mean of each colour, in a file.

    Parameters
    ----------
    weights : array_like
        ``(k, channels)``.
    shape : tuple of int
        Of the input; where the second length is that of the channels, these come first.
    end : str, optional
        "LOGISTIC" or "SOFTMAX".
    """
    weights = np.asarray(weights, np.float32)
    k, channels = weights.shape
    first = shape[1] == channels
    file, graph = schema.ModelT(), schema.SubGraphT()
    file.version, file.subgraphs, file.buffers, file.operatorCodes = 3, [graph], [], []
    graph.tensors, graph.operators = [], []

    def tensor(shape, data=None):
        one, buffer = schema.TensorT(), schema.BufferT()
        one.shape, one.name, one.type = list(shape), b"t", TYPE.FLOAT32
        one.buffer = len(file.buffers)
        if data is not None:
            one.type = TYPE.INT32 if data.dtype == np.int32 else TYPE.FLOAT32
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
        file.buffers.append(buffer)
        graph.tensors.append(one)
        return len(graph.tensors) - 1

    def operator(name, inputs, output, options=None, kind=0):
        code, one = schema.OperatorCodeT(), schema.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(OPERATOR, name)
        code.version, one.opcodeIndex = 1, len(file.operatorCodes)
        one.inputs, one.outputs = inputs, [output]
        one.builtinOptions, one.builtinOptionsType = options, kind
        file.operatorCodes.append(code)
        graph.operators.append(one)
        return output

    given = tensor(shape)
    axes = tensor((2,), np.array((2, 3) if first else (1, 2), np.int32))
    keep, linear, softmax = schema.ReducerOptionsT(), schema.FullyConnectedOptionsT(), None
    mean = operator("MEAN", [given, axes], tensor((1, channels)), keep, OPTIONS.ReducerOptions)
    inputs = [mean, tensor((k, channels), weights), tensor((k,), np.zeros(k, np.float32))]
    out = tensor((1, k))
    operator("FULLY_CONNECTED", inputs, out, linear, OPTIONS.FullyConnectedOptions)
    if end == "SOFTMAX":
        softmax = schema.SoftmaxOptionsT()
        softmax.beta = 1.0
    if end:
        kind = OPTIONS.SoftmaxOptions if softmax else 0
        out = operator(end, [out], tensor((1, k)), softmax, kind)
    graph.inputs, graph.outputs = [given], [out]
    builder = flatbuffers.Builder(1024)
    builder.Finish(file.Pack(builder), b"TFL3")
    return bytes(builder.Output())
