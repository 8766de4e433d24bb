"""What is written computes what torch computes; what cannot be written is named."""

import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_network
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrize

from lowres_kit.errors import KitError
from lowres_kit.learn import EfficientNetLite0
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_tflite
from lowres_kit.shrink.to_tflite import fuse, windows

# float32 has about seven digits. Sums in another order, and BatchNorm folded into the weights,
# change the last one or two of them (2e-6 was the worst of 3,500 random networks); a wrong order,
# padding or weight changes the first. Relative to the largest output.
TOLERANCE = 2e-5


def operators(content):
    """Names of a file's operators in order."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    graph = model.subgraphs[0]
    return [names[model.operatorCodes[step.opcodeIndex].builtinCode] for step in graph.operators]


def run_both(network, content, shape, reference=False, seed=0):
    """Outputs of torch and of the file for one random input."""
    x = torch.randn((1, *shape), generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        expected = network(x.clone()).numpy()
    array = (x.permute(0, 2, 3, 1) if len(shape) == 3 else x).contiguous().numpy()
    return expected, TfliteModel(content, reference=reference).run(array)


def assert_same(network, shape):
    content = to_tflite(network, shape=shape)
    for reference in (False, True):
        expected, found = run_both(network, content, shape, reference, seed=1)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < TOLERANCE * max(1, np.abs(expected).max())
    return content


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_network_of_known_layers_is_written_rightly(rng):
    network, shape = random_network(rng)
    assert_same(network, shape)


@pytest.mark.parametrize(
    "break_it",
    [
        (fuse, "padding_is_same", lambda *_: True),
        (fuse, "_reorder_weights_after_flatten", lambda graph: _skip_turn(graph)),
        (fuse, "_by_output", lambda tensor, outputs: np.full(outputs, 0.9)),
        (
            windows,
            "_mirror",
            lambda network, tensor, padding: windows.pad(network, tensor, padding),
        ),
        (fuse, "_reads", lambda graph: dict.fromkeys(_tensors(graph), 1)),
    ],
)
def test_a_defect_would_be_found(break_it, monkeypatch):
    """Random networks are rich enough: with a rule of the writer broken, some come out wrong."""
    monkeypatch.setattr(*break_it)
    failed = 0
    for seed in range(60):
        network, shape = random_network(random.Random(seed))
        try:
            to_tflite(network, shape=shape)
        except KitError:
            failed += 1
    assert failed


def _skip_turn(graph):
    for step in graph.operators:
        makers = {other.output: other for other in graph.operators}
        if step.code == "RESHAPE" and makers.get(step.inputs[0], step).code == "TRANSPOSE":
            step.inputs[0] = makers[step.inputs[0]].inputs[0]


def _tensors(graph):
    return [tensor for step in graph.operators for tensor in (*step.inputs, step.output)]


@pytest.mark.parametrize("cut, size", [("24", 33), ("40", 64), ("40", 75), ("full", 65)])
def test_the_kits_network(cut, size):
    torch.manual_seed(0)
    network = EfficientNetLite0(3, cut).train()
    network(torch.randn(4, 3, 65, 65))
    content = assert_same(network.eval(), (3, size, size))
    names = operators(content)
    assert set(names) <= {"CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "MEAN", "FULLY_CONNECTED", "PAD"}
    # Only an odd size needs padding as steps of its own, one for each layer with stride 2.
    assert ("PAD" in names) == (size % 2 == 1)
    parameters = sum(p.numel() for p in network.parameters())
    assert len(content) < 4 * parameters + 400 * len(names)


def test_steps_are_merged():
    network = nn.Sequential(
        nn.ZeroPad2d((0, 1, 0, 1)),
        nn.Conv2d(3, 4, 3, stride=2, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU6(),
        nn.Flatten(),
        nn.Linear(64, 2),
        nn.BatchNorm1d(2),
        nn.ReLU(),
    ).eval()
    assert operators(assert_same(network, (3, 8, 8))) == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]


def test_input_and_output_have_their_names():
    model = TfliteModel(to_tflite(nn.Sequential(nn.Flatten(), nn.Linear(36, 2)), shape=(2, 6, 3)))
    assert [(t.name, t.shape) for t in model.inputs] == [("image", (1, 6, 3, 2))]
    assert [(t.name, t.shape) for t in model.outputs] == [("scores", (1, 2))]


def test_a_vector_goes_in_as_it_is():
    assert_same(nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 2)).eval(), (7,))
    assert_same(nn.Linear(3, 2).eval(), (3,))


def test_the_same_network_gives_the_same_bytes():
    network, shape = random_network(random.Random(5))
    assert to_tflite(network, shape=shape) == to_tflite(network, shape=shape)


def test_the_network_is_left_as_it_was():
    network = EfficientNetLite0(3, "24").train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    to_tflite(network, 32)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


class Rounded(nn.Module):
    """Weights as quantization-aware training sees them: rounded to few steps."""

    def forward(self, weight):
        return torch.round(weight * 4) / 4


def test_parametrized_weights_are_written_as_what_they_compute_to():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 2)).eval()
    plain = to_tflite(network, shape=(3, 5, 5))
    for layer in (network[0], network[3]):
        parametrize.register_parametrization(layer, "weight", Rounded())
    content = assert_same(network, (3, 5, 5))
    assert content != plain
    for layer in (network[0], network[3]):
        parametrize.remove_parametrizations(layer, "weight")
    assert to_tflite(network, shape=(3, 5, 5)) == content


class Functions(nn.Module):
    """Steps written as functions and methods, as in many tutorials."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, padding=1)
        self.last = nn.Linear(4 * 3 * 2, 2)

    def forward(self, x, scale=2.0):
        x = functional.max_pool2d(functional.relu(self.first((x - 0.5) / scale)), 2)
        x = torch.clamp(x + self.second(x).relu(), 0, 6)
        x = functional.avg_pool2d(functional.pad(x, (1, 0, 0, 1)), 2, 1)
        x = functional.dropout(x, training=self.training)
        x = self.last(x.view(x.size(0), -1))
        return functional.softmax(torch.sigmoid(x), dim=1) * x.shape[1]


def test_functions_and_methods():
    assert_same(Functions().eval(), (3, 8, 7))


def test_a_mean_beside_a_flattened_map():
    class Mean(nn.Module):
        def forward(self, x):
            return torch.cat([x.mean((-1, -2)), torch.flatten(x, 1)], 1)

    assert_same(Mean(), (3, 4, 5))


REFUSED = [
    (nn.SiLU(), r"layer '1' \(SiLU\).*use nn.ReLU6 instead"),
    (nn.GroupNorm(1, 4), r"layer '1' \(GroupNorm\).*use nn.BatchNorm2d"),
    (nn.ConvTranspose2d(4, 4, 2), r"layer '1' \(ConvTranspose2d\)"),
    (nn.Conv2d(4, 4, 1, groups=2), "groups=2 is neither 1 nor the number of channels"),
    (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), "padding_mode='reflect'.*use 'zeros'"),
    (nn.Conv2d(4, 4, 7), r"window is larger than the map of 4 x 4"),
    (nn.MaxPool2d(3, 2, ceil_mode=True), "ceil_mode=True"),
    (nn.AvgPool2d(3, 2, 1, count_include_pad=False), "count_include_pad=True"),
    (nn.AdaptiveAvgPool2d(3), r"use nn.AdaptiveAvgPool2d\(1\)"),
    (nn.Hardtanh(-2, 2), "the range -2 to 2 is not there; use nn.ReLU6"),
    (nn.Linear(4, 2), r"layer '1' \(Linear\).*put nn.Flatten\(\) before it"),
    (nn.BatchNorm2d(4, track_running_stats=False), "track_running_stats=True"),
    (nn.ZeroPad2d(-1), "negative padding"),
    (nn.Softmax(dim=2), "dim=1"),
    (nn.LSTM(4, 4), r"LSTM.*use nn.Conv2d"),
    (nn.PixelShuffle(2), "use what is there instead: Conv2d, ZeroPad2d"),
]


@pytest.mark.parametrize("layer, told", REFUSED)
def test_a_layer_that_cannot_be_written_is_named(layer, told):
    network = nn.Sequential(nn.Conv2d(3, 4, 1), layer, nn.Flatten())
    with pytest.raises(KitError, match=told):
        to_tflite(network, shape=(3, 4, 4))


class Deep(nn.Module):
    def __init__(self, step):
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(3, 3, 1), Step(step))

    def forward(self, x):
        return self.block(x).flatten(1)


class Step(nn.Module):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def forward(self, x):
        return self.step(x)


@pytest.mark.parametrize(
    "step, told",
    [
        (functional.silu, r"step silu\(\) in 'block.1' cannot.*use nn.ReLU6"),
        (lambda x: x if x.sum() > 0 else -x, r"layer 'block.1' \(Step\) cannot be followed"),
        (lambda x: x.permute(0, 2, 3, 1), r"step permute\(\) in 'block.1' cannot"),
        (lambda x: x.view(1, 3, 2, 8), r"step view\(\) in 'block.1'.*use nn.Flatten"),
        (lambda x: 1 / x, "only a constant can be subtracted, or divide"),
        (lambda x: functional.dropout(x), "training=self.training"),
    ],
)
def test_a_step_that_cannot_be_written_is_named_with_its_place(step, told):
    with pytest.raises(KitError, match=told):
        to_tflite(Deep(step), shape=(3, 4, 4))


@pytest.mark.parametrize(
    "network, shape, told",
    [
        (nn.Conv2d(3, 2, 1), (3, 4, 4), r"ends in a map of shape \(2, 4, 4\).*nn.Flatten"),
        (nn.Identity(), (4,), "no layer that computes something"),
        (nn.Conv2d(3, 2, 1), (1, 4, 4), "takes 3 channels and gets 1"),
        (nn.Linear(4, 2), (3, 4), r"shape \(3, 4\) is neither"),
        (nn.Linear(4, 2), None, "either size=160 or shape="),
    ],
)
def test_what_does_not_fit_is_refused_in_words(network, shape, told):
    with pytest.raises(KitError, match=told):
        to_tflite(network, shape=shape)


def test_a_network_that_answers_nonsense_is_refused():
    network = nn.Linear(2, 2)
    nn.init.constant_(network.weight, float("nan"))
    with pytest.raises(KitError, match="not numbers; train it again"):
        to_tflite(network, shape=(2,))
