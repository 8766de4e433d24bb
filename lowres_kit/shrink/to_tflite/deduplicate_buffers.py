"""Drop from a ``.tflite`` file what the runtimes do not read.

In a small int8 file the weights are half of it. The rest is bookkeeping, most of it one entry a
channel: for each of a convolution's filters its scale (4 bytes), its zero point (8 bytes, always
0), its bias (4 bytes), and the scale and zero point of that bias (12 bytes, which follow from the
others). What of it can go was tried on ai-edge-litert 2.3 and tflite-runtime 2.14:

- A zero point must be there for each scale, but a file may point to the same zeros many times.
- A convolution's bias must have as many scales as the filters, or the fast kernels refuse it;
  their values are not read. So they point to the filters' own scales.
- Names of inner tensors, descriptions, signatures and measured ranges are not read.
- Equal tables (sizes, paddings, strides) can be one table.
- Numbers must start at multiples of 4, not of 16.

A tool that shows a slim file will show wrong scales for biases. And the quantizer needs names: so
this is the last step.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from .flatbuffer import AlignedBuffer, pack

CONVOLUTIONS = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D)


def deduplicate_buffers(tflite):
    """Make a ``.tflite`` file smaller; its outputs stay the same, bit for bit.

    Parameters
    ----------
    tflite : bytes
        A file with one graph, int8 or float32.

    Returns
    -------
    bytes
        A file for running, not for further conversion. Inputs and outputs keep their names.
    """
    model = schema.ModelT.InitFromPackedBuf(tflite, 0)
    if len(model.subgraphs) > 1:  # its signatures say which graph is which
        return bytes(tflite)
    graph = model.subgraphs[0]
    _share_buffers(model, graph, tflite)
    for operator in graph.operators:
        if model.operatorCodes[operator.opcodeIndex].builtinCode in CONVOLUTIONS:
            _scale_bias_like_weights(graph, operator)
    ends = {*map(int, graph.inputs), *map(int, graph.outputs)}
    for number, tensor in enumerate(graph.tensors):
        _drop_remarks(tensor, keep_name=number in ends)
    graph.name = None
    model.description = model.metadata = model.metadataBuffer = model.signatureDefs = None
    return pack(model, SharingBuilder(1 << 16))


def _share_buffers(model, graph, tflite):
    """Keep each constant once, and none that is not used."""
    kept, number_of = [AlignedBuffer()], {b"": 0}
    for tensor in graph.tensors:
        buffer = model.buffers[tensor.buffer]
        data = b"" if buffer.data is None else bytes(buffer.data)
        if buffer.size:  # a large file keeps its constants behind the tables
            data = tflite[buffer.offset : buffer.offset + buffer.size]
        if data not in number_of:
            number_of[data] = len(kept)
            # A vector of bytes starts at a multiple of 4 anyway, because of its length in front.
            kept.append(AlignedBuffer(np.frombuffer(data, np.uint8), alignment=4))
        tensor.buffer = number_of[data]
    model.buffers = kept


def _scale_bias_like_weights(graph, operator):
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return
    weight, bias = (graph.tensors[number].quantization for number in operator.inputs[1:3])
    if _count(weight) > 1 and _count(weight) == _count(bias):
        bias.scale = weight.scale


def _count(quantization):
    if quantization is None or quantization.scale is None:
        return 0
    return len(quantization.scale)


def _drop_remarks(tensor, keep_name):
    if not keep_name:
        tensor.name = None
    tensor.hasRank = False  # it only matters for tensors without axes
    if tensor.quantization is not None:
        tensor.quantization.min = tensor.quantization.max = None
        if not _count(tensor.quantization) and not tensor.quantization.detailsType:
            tensor.quantization = None


class SharingBuilder(flatbuffers.Builder):
    """Writes equal strings, vectors and tables once, and points to them from everywhere.

    A part is written as usual; when it is complete and equals an earlier one, it is taken back.
    Parts that point to others are equal if they point to the same places.
    """

    def __init__(self, size):
        super().__init__(size)
        self._known = {}
        self._part = None  # where the open part began, and what went into it

    def CreateString(self, s, encoding="utf-8", errors="strict"):
        """Write a text once."""
        if s not in self._known:
            self._known[s] = super().CreateString(s, encoding, errors)
        return self._known[s]

    def StartVector(self, elemSize, numElems, alignment):
        """Begin a vector."""
        self._part = (self.Offset(), [elemSize * numElems, elemSize, max(alignment, 4)])
        return super().StartVector(elemSize, numElems, alignment)

    def EndVector(self, *count):
        """End a vector, or take it back."""
        if self._part is None:  # a text
            return super().EndVector(*count)
        start, content = self._part
        if len(content) == 3:  # numbers: compared by their bytes
            content.append(bytes(self.Bytes[self.head : self.head + content[0]]))
        return self._kept_or_known(start, content, super().EndVector, *count)

    def StartObject(self, numfields):
        """Begin a table."""
        super().StartObject(numfields)
        self._part = (self.Offset(), ["table"])

    def EndObject(self):
        """End a table, or take it back."""
        start, content = self._part
        known = self._kept_or_known(start, content, super().EndObject)
        self.current_vtable = None
        return known

    def PrependSlot(self, flags, o, x, d):
        """Write a number into the open table."""
        super().PrependSlot(flags, o, x, d)
        if x != d:
            self._part[1].append((o, flags, x))

    def PrependUOffsetTRelative(self, off):
        """Write a pointer into the open table or vector."""
        super().PrependUOffsetTRelative(off)
        if self._part is not None:
            self._part[1].append((len(self._part[1]), off))

    def PrependUOffsetTRelativeSlot(self, o, x, d):
        """Write a pointer into the open table, at a place of its own."""
        super().PrependUOffsetTRelativeSlot(o, x, d)
        if x != d:
            self._part[1].append(o)

    def _kept_or_known(self, start, content, end, *count):
        key, self._part = tuple(content), None
        if key in self._known:
            self.head = len(self.Bytes) - start
            self.nested = False
        else:
            self._known[key] = end(*count)
        return self._known[key]
