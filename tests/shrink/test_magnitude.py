"""Masks keep the largest weights, exactly as many as asked for, and zeros stay zeros."""

import zlib

import pytest

torch = pytest.importorskip("torch")

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lowres_kit.errors import KitError
from lowres_kit.learn import EfficientNetLite0, Recipe
from lowres_kit.shrink.prune.magnitude import (
    apply_masks,
    cubic_sparsity,
    magnitude_masks,
    masked,
    prunable,
    prune,
    zeros_by_layer,
)

RNG = np.random.default_rng(0)
PHOTOS = RNG.integers(0, 256, (12, 32, 32, 3)).astype(np.uint8)
LABELS = np.arange(12) % 3


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return EfficientNetLite0(3, "24").eval()


def small(values):
    """Two linear layers with the given weights."""
    model = nn.Sequential(nn.Linear(4, 2, bias=False), nn.ReLU(), nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor(values[:8]).view(2, 4))
        model[2].weight.copy_(torch.tensor(values[8:]).view(2, 2))
    return model


WEIGHT = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])
WEIGHTS = st.lists(WEIGHT, min_size=12, max_size=12)


@given(WEIGHTS, st.floats(0, 0.99))
@settings(max_examples=60, deadline=None)
def test_the_network_keeps_its_largest_weights(values, sparsity):
    model = small(values)
    masks = magnitude_masks(model, sparsity, "network")
    kept = torch.cat([mask.flatten() for mask in masks.values()])
    size = torch.tensor(values).abs()
    assert int((~kept).sum()) == round(sparsity * 12)
    if (~kept).any() and kept.any():
        assert size[~kept].max() <= size[kept].min()


@given(WEIGHTS, st.floats(0, 0.99))
@settings(max_examples=60, deadline=None)
def test_by_layer_each_layer_loses_its_share(values, sparsity):
    model = small(values)
    for name, mask in magnitude_masks(model, sparsity, "layer").items():
        size = prunable(model)[name].abs()
        assert mask.shape == size.shape
        assert int((~mask).sum()) == round(sparsity * size.numel())
        if (~mask).any() and mask.any():
            assert size[~mask].max() <= size[mask].min()


def test_a_layer_of_small_weights_loses_more_where_all_are_compared():
    model = small([0.1] * 8 + [1.0] * 4)
    masks = magnitude_masks(model, 0.5, "network")
    assert [int((~mask).sum()) for mask in masks.values()] == [6, 0]


def test_depthwise_layers_and_batchnorm_are_left_alone(network):
    names = set(prunable(network))
    assert "features.0.weight" not in names and "classifier.weight" in names
    layers = dict(network.named_modules())
    assert all(getattr(layers[name.removesuffix(".weight")], "groups", 1) == 1 for name in names)
    assert len(names) == 7  # stem, project; twice expand and project; classifier


def test_masking_makes_a_copy_and_applying_does_not(network):
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    masks = magnitude_masks(network, 0.7)
    pruned = masked(network, masks)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
        expected = before[name] * masks[name] if name in masks else before[name]
        assert torch.equal(pruned.state_dict()[name], expected)
    apply_masks(pruned, {"classifier.weight": torch.zeros(3, 24, dtype=torch.bool)})
    assert not pruned.classifier.weight.any()


def test_the_schedule_is_cubic():
    values = [cubic_sparsity(progress / 20, 0.8, until=0.5) for progress in range(21)]
    assert values == sorted(values)
    assert values[0] == 0 and values[10:] == [0.8] * 11
    assert values[5] == pytest.approx(0.8 * (1 - 0.5**3))


@pytest.mark.parametrize("across", ["layer", "network"])
def test_zeros_stay_zero_through_fine_tuning(network, across, monkeypatch):
    from lowres_kit.shrink.prune import magnitude as module

    gone = []
    original = module.magnitude_masks

    def remember(model, sparsity, how):
        masks = original(model, sparsity, how)
        gone.append(torch.cat([~mask.flatten() for mask in masks.values()]))
        return masks

    monkeypatch.setattr(module, "magnitude_masks", remember)
    fitted = prune(network, PHOTOS, LABELS, 0.8, Recipe(epochs=4, batch=4), across)
    for earlier, later in zip(gone[1:], gone[2:]):
        assert not (earlier & ~later).any(), "a weight came back"
    rows = zeros_by_layer(fitted.model)
    total = sum(row.weights for row in rows)
    share = sum(row.zeros for row in rows) / total
    assert share == pytest.approx(0.8, abs=len(rows) / total)
    if across == "layer":
        assert all(row.zeros == round(0.8 * row.weights) for row in rows)
    moved = [
        not torch.equal(a[a != 0], b[a != 0])
        for a, b in zip(prunable(fitted.model).values(), prunable(network).values())
    ]
    assert any(moved), "the others did not learn"


def test_zeros_shrink_the_compressed_weights_and_not_the_raw_ones(network):
    def sizes(model):
        raw = b"".join(weight.detach().numpy().tobytes() for weight in prunable(model).values())
        return len(raw), len(zlib.compress(raw, 9))

    raw, packed = sizes(network)
    raw_pruned, packed_pruned = sizes(masked(network, magnitude_masks(network, 0.8)))
    assert raw == raw_pruned and packed > 0.85 * raw
    assert packed_pruned < 0.35 * packed
    rows = zeros_by_layer(masked(network, magnitude_masks(network, 0.8)))
    assert sum(row.packed for row in rows) < 0.35 * packed


@pytest.mark.parametrize(
    "sparsity, across, sign",
    [(1.0, "layer", "below 1"), (-0.1, "layer", "not -0.1"), (0.5, "row", "not 'row'")],
)
def test_refusals(network, sparsity, across, sign):
    with pytest.raises(KitError, match=sign):
        magnitude_masks(network, sparsity, across)


def test_nothing_to_prune():
    with pytest.raises(KitError, match="no convolution"):
        magnitude_masks(nn.Sequential(nn.ReLU()), 0.5)
