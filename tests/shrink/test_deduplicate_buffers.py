"""A slim file lacks only what nobody reads (its answers: see test_two_runtimes)."""

import flatbuffers
import numpy as np
import pytest
import torch
from ai_edge_litert import schema_py_generated as schema

from lowres_kit.learn import EfficientNetLite0
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import deduplicate_buffers, to_int8, to_tflite
from lowres_kit.shrink.to_tflite.deduplicate_buffers import SharingBuilder
from lowres_kit.shrink.to_tflite.flatbuffer import pack


@pytest.fixture(scope="module")
def exact():
    torch.manual_seed(0)
    return to_tflite(EfficientNetLite0(3, "40").eval(), 32)


@pytest.fixture(scope="module")
def rounded(exact):
    photos = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    return to_int8(exact, photos)


def test_what_is_left_is_numbers(exact, rounded):
    """Weights (1 byte), bias and scale (4 each a channel), and not much more."""
    model = schema.ModelT.InitFromPackedBuf(rounded, 0)
    weights = sum(len(b.data) for b in model.buffers if b.data is not None)
    channels = {len(t.quantization.scale) for t in model.subgraphs[0].tensors if t.quantization}
    scales = sum(
        4 * len(tensor.quantization.scale)
        for tensor in model.subgraphs[0].tensors
        if tensor.quantization and len(tensor.quantization.scale) > 1 and len(tensor.shape) > 1
    )
    # One vector of zero points for each number of channels that occurs.
    zeros = sum(8 * count for count in channels)
    steps = len(model.subgraphs[0].operators)
    assert len(rounded) < weights + scales + zeros + 300 * steps
    assert len(rounded) < 75_000 < 222_000 < len(exact)


def test_inputs_and_outputs_keep_their_names(exact, rounded):
    for content in (deduplicate_buffers(exact), rounded):
        model = TfliteModel(content)
        assert [tensor.name for tensor in model.inputs + model.outputs] == ["image", "scores"]


def test_slim_twice_is_slim_once(exact, rounded):
    assert deduplicate_buffers(rounded) == rounded
    assert deduplicate_buffers(deduplicate_buffers(exact)) == deduplicate_buffers(exact) != exact


def test_numbers_lie_where_a_device_can_read_them(rounded):
    """At multiples of their size: some processors stop at any other place."""
    model = schema.Model.GetRootAs(rounded, 0)
    graph = model.Subgraphs(0)
    for number in range(graph.TensorsLength()):
        buffer = model.Buffers(graph.Tensors(number).Buffer())
        if buffer.DataLength():
            assert buffer._tab.Vector(buffer._tab.Offset(4)) % 4 == 0


def test_a_model_of_several_graphs_is_left_alone(exact):
    model = schema.ModelT.InitFromPackedBuf(exact, 0)
    model.subgraphs.append(model.subgraphs[0])
    two = pack(model, flatbuffers.Builder(1024))
    assert deduplicate_buffers(two) == two


def test_equal_parts_are_written_once():
    """What is read back is the same, though tables and vectors are shared."""
    sizes = np.array([1, 2, 3, 4], np.int32)
    tensors = [schema.TensorT(shape=sizes, name=name) for name in ("a", "b", "a")]
    model = schema.ModelT(subgraphs=[schema.SubGraphT(tensors=tensors)])
    thin, fat = pack(model, SharingBuilder(64)), pack(model, flatbuffers.Builder(64))
    assert thin.count(sizes.tobytes()) == 1 < fat.count(sizes.tobytes()) == 3
    for content in (thin, fat):
        found = schema.ModelT.InitFromPackedBuf(content, 0).subgraphs[0].tensors
        assert [tensor.name for tensor in found] == [b"a", b"b", b"a"]
        assert all(np.array_equal(tensor.shape, sizes) for tensor in found)
