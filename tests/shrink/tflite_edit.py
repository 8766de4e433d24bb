"""Change a ``.tflite`` file the way that other converters would have written it."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema


def edited(content, change):
    """Unpack a file, let `change` work on it, and pack it again."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    change(model)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def with_custom_operator(name):
    """Make the first operator one that no runtime knows."""

    def change(model):
        code = model.operatorCodes[model.subgraphs[0].operators[0].opcodeIndex]
        code.builtinCode, code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM, 32
        code.customCode = name.encode()
        model.subgraphs[0].operators[0].builtinOptions = None

    return change


def with_version(version):
    """Ask for a form of the operators that no runtime has yet."""

    def change(model):
        for code in model.operatorCodes:
            code.version = version

    return change


def with_any_batch(model):
    """Leave the batch open, as Keras does."""
    for tensor in model.subgraphs[0].tensors:
        shape = [int(length) for length in tensor.shape] if tensor.shape is not None else []
        if len(shape) > 1 and shape[0] == 1:
            tensor.shapeSignature = [-1, *shape[1:]]


def with_second_output(model):
    """Give out what the last layer reads as well."""
    graph = model.subgraphs[0]
    graph.outputs = [*map(int, graph.outputs), int(graph.operators[-1].inputs[0])]
    model.signatureDefs = None


def with_second_input(model):
    """Add a second input, which is added to the output."""
    graph = model.subgraphs[0]
    out = int(graph.outputs[0])
    for name in (b"bias", b"sum"):
        tensor = schema.TensorT()
        tensor.name, tensor.shape = name, list(map(int, graph.tensors[out].shape))
        tensor.type, tensor.buffer = graph.tensors[out].type, 0
        graph.tensors.append(tensor)
    second, total = len(graph.tensors) - 2, len(graph.tensors) - 1
    options = schema.AddOptionsT()
    _append(model, schema.BuiltinOperator.ADD, [out, second], total, options, "AddOptions")
    graph.inputs, graph.outputs = [*map(int, graph.inputs), second], [total]
    model.signatureDefs = None


def with_uint8_input(model):
    """Take uint8 and turn it into the model's int8 first, as TensorFlow's converter can."""
    graph = model.subgraphs[0]
    old = int(graph.inputs[0])
    tensor = schema.TensorT()
    tensor.name, tensor.shape = b"pixels", list(map(int, graph.tensors[old].shape))
    tensor.type, tensor.buffer = schema.TensorType.UINT8, 0
    scales = schema.QuantizationParametersT()
    scales.scale = [float(graph.tensors[old].quantization.scale[0])]
    scales.zeroPoint = [int(graph.tensors[old].quantization.zeroPoint[0]) + 128]
    tensor.quantization = scales
    graph.tensors.append(tensor)
    new = len(graph.tensors) - 1
    _append(model, schema.BuiltinOperator.QUANTIZE, [new], old, schema.QuantizeOptionsT(),
            "QuantizeOptions")  # fmt: skip
    graph.operators.insert(0, graph.operators.pop())
    graph.inputs = [new]
    model.signatureDefs = None


def _append(model, kind, inputs, output, options, union):
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = kind
    code.version = 1
    model.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = len(model.operatorCodes) - 1
    operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array([output], np.int32)
    operator.builtinOptionsType = getattr(schema.BuiltinOptions, union)
    operator.builtinOptions = options
    model.subgraphs[0].operators.append(operator)
