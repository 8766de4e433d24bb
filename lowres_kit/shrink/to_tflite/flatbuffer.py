"""Write a graph of operators as a ``.tflite`` file.

A ``.tflite`` file is a FlatBuffer: tables of tensors and operators, and one buffer of bytes for
each constant. The classes that know the tables' layout come with the runtime (package
``ai-edge-litert``, module ``schema_py_generated``, made from TensorFlow's ``schema.fbs``).
"""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ...runtime import FILE_IDENTIFIER

INPUT, OUTPUT = "image", "scores"
# Buffers start at multiples of this, as TensorFlow's own converter and its schema have it.
ALIGNMENT = 16

# The table that holds an operator's options; operators that are not named here have none.
OPTIONS = {
    "ADD": "AddOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MIRROR_PAD": "MirrorPadOptions",
    "MUL": "MulOptions",
    "PAD": "PadOptions",
    "RESHAPE": "ReshapeOptions",
    "SOFTMAX": "SoftmaxOptions",
    "TRANSPOSE": "TransposeOptions",
}


@dataclass(eq=False)
class Tensor:
    """What flows between operators, or, with `data`, a constant: weights, axes, paddings."""

    name: str
    shape: tuple
    data: np.ndarray | None = None

    @classmethod
    def constant(cls, name, data):
        """A tensor that holds an array of float32 or int32."""
        return cls(name, data.shape, data)


@dataclass(eq=False)
class Operator:
    """One step of the computation; `code` and `options` are named as in the schema."""

    code: str
    inputs: list
    output: Tensor
    options: dict = field(default_factory=dict)


@dataclass(eq=False)
class Graph:
    """A network as a list of operators, each after those whose results it reads."""

    input: Tensor
    operators: list = field(default_factory=list)
    output: Tensor | None = None

    def add(self, code, inputs, name, shape, **options):
        """Append an operator and return the tensor that it fills."""
        output = Tensor(name, tuple(shape))
        self.operators.append(Operator(code, inputs, output, options))
        return output


def write_graph(graph):
    """Turn a graph into the bytes of a ``.tflite`` file.

    Parameters
    ----------
    graph : Graph
        All its tensors are float32, save constants of whole numbers, which are int32.

    Returns
    -------
    bytes
        With one signature, "serving_default", from "image" to "scores".
    """
    graph.input.name, graph.output.name = INPUT, OUTPUT
    codes = sorted({(operator.code, _version(operator)) for operator in graph.operators})
    tensors = [graph.input]
    for operator in graph.operators:
        tensors += [*operator.inputs, operator.output]
    tensors = list(dict.fromkeys(tensors))
    index = {tensor: number for number, tensor in enumerate(tensors)}
    buffers = [AlignedBuffer()]  # number 0 means: no constant
    model = schema.ModelT(version=3, description="lowres-kit", buffers=buffers)
    model.operatorCodes = [_operator_code(*code) for code in codes]
    subgraph = schema.SubGraphT(
        name="main",
        tensors=[_tensor(tensor, number, buffers) for number, tensor in enumerate(tensors)],
        inputs=np.array([index[graph.input]], np.int32),
        outputs=np.array([index[graph.output]], np.int32),
        operators=[_operator(operator, codes, index) for operator in graph.operators],
    )
    model.subgraphs = [subgraph]
    model.signatureDefs = [
        schema.SignatureDefT(
            inputs=[schema.TensorMapT(INPUT, index[graph.input])],
            outputs=[schema.TensorMapT(OUTPUT, index[graph.output])],
            signatureKey="serving_default",
        )
    ]
    return pack(model, flatbuffers.Builder(1 << 16))


def pack(model, builder):
    """Write the root table with a builder and return the file's bytes."""
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


class AlignedBuffer(schema.BufferT):
    """A constant's bytes, placed so that the runtime can read numbers straight from the file.

    The schema asks for this, but the generated classes leave it out.
    """

    def __init__(self, data=None, alignment=ALIGNMENT):
        super().__init__(data=data)
        self.alignment = alignment

    def Pack(self, builder):
        """Write the bytes, then the table that points to them."""
        if self.data is not None:
            builder.StartVector(1, len(self.data), self.alignment)
            builder.head -= len(self.data)
            builder.Bytes[builder.head : builder.head + len(self.data)] = bytes(self.data)
            start = builder.EndVector()
        schema.BufferStart(builder)
        if self.data is not None:
            schema.BufferAddData(builder, start)
        return schema.BufferEnd(builder)


def _version(operator):
    # An old runtime refuses a dilated depthwise convolution under version 1.
    return (
        2
        if operator.options.get("dilationHFactor", 1) > 1
        or (operator.options.get("dilationWFactor", 1) > 1)
        else 1
    )


def _operator_code(name, version):
    code = getattr(schema.BuiltinOperator, name)
    # Runtimes before 2.4 read the code from a single byte.
    return schema.OperatorCodeT(
        deprecatedBuiltinCode=min(code, 127), version=version, builtinCode=code
    )


def _tensor(tensor, number, buffers):
    whole = tensor.data is not None and tensor.data.dtype == np.int32
    written = schema.TensorT(
        shape=np.array(tensor.shape, np.int32),
        type=schema.TensorType.INT32 if whole else schema.TensorType.FLOAT32,
        # The quantizer tells tensors apart by their names.
        name=tensor.name if tensor.name in (INPUT, OUTPUT) else f"{number}/{tensor.name}",
        hasRank=True,
    )
    if tensor.data is not None:
        data = np.ascontiguousarray(tensor.data, np.int32 if whole else np.float32)
        buffers.append(AlignedBuffer(data.tobytes()))
        written.buffer = len(buffers) - 1
    return written


def _operator(operator, codes, index):
    written = schema.OperatorT(
        opcodeIndex=codes.index((operator.code, _version(operator))),
        inputs=np.array([index[tensor] for tensor in operator.inputs], np.int32),
        outputs=np.array([index[operator.output]], np.int32),
    )
    table = OPTIONS.get(operator.code)
    if table:
        written.builtinOptionsType = getattr(schema.BuiltinOptions, table)
        written.builtinOptions = getattr(schema, f"{table}T")(**operator.options)
    return written
