"""Exercises of the lesson Prune: the usual slips get their own hint, and right answers pass."""

import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from legible import assert_legible
from torch import nn
from verdicts import assert_says

from lowres_kit.errors import KitError
from lowres_kit.learn import EfficientNetLite0, Recipe
from lowres_lessons.prune import checks as check
from lowres_lessons.prune.magnitude import (
    apply_masks,
    cubic_sparsity,
    magnitude_masks,
    masked,
    prunable,
    prune,
    zeros_by_layer,
)
from lowres_lessons.prune.plots import class_bars, layer_shares, mask_view


def limit(weights, sparsity):
    return np.quantile(np.abs(weights), sparsity)


def by_rank(weights, sparsity):
    order = np.argsort(np.abs(weights), axis=None)
    mask = np.ones(weights.size, bool)
    mask[order[: round(sparsity * weights.size)]] = False
    return mask.reshape(weights.shape)


@pytest.mark.parametrize(
    "answer",
    [
        lambda weights, sparsity: np.abs(weights) > limit(weights, sparsity),
        lambda weights, sparsity: np.abs(weights) >= limit(weights, sparsity),
        lambda weights, sparsity: weights**2 > limit(weights, sparsity) ** 2,
        by_rank,
    ],
)
def test_magnitude_mask_passes(answer):
    assert check.magnitude_mask(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda weights, sparsity: ..., "not yet"),
        (lambda weights, sparsity: None, "return"),
        (lambda weights, sparsity: abs(weights) < limit(weights, sparsity), "large weights away"),
        (lambda weights, sparsity: weights > np.quantile(weights, sparsity), "np.abs"),
        (lambda weights, sparsity: by_rank(weights, sparsity).ravel(), "shape"),
        (lambda weights, sparsity: by_rank(weights, sparsity) * 1.0, "True and False"),
        (lambda weights, sparsity: by_rank(weights, 1 - sparsity), "6 of 20"),
        (lambda weights, sparsity: np.abs(weights) > sparsity, "quantile"),
        (
            lambda weights, sparsity: (
                np.abs(weights) > np.quantile(np.abs(weights), sparsity, axis=1, keepdims=True)
            ),
            "not one for each row",
        ),
        (lambda weights, sparsity: by_rank(weights, 0.3), "value of `sparsity`"),
        (lambda weights, sparsity: weights.nonsense, "nonsense"),
    ],
)
def test_magnitude_mask_slips(answer, sign):
    assert_says(check.magnitude_mask(answer), sign)


def test_without_channels_passes():
    assert check.without_channels(lambda a, b, keep: (a[keep], b[:, keep])).passed
    assert check.without_channels(lambda a, b, keep: [a.take(keep, 0), b.take(keep, 1)]).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda a, b, keep: ..., "not yet"),
        (lambda a, b, keep: None, "return"),
        (lambda a, b, keep: a[keep], "two layers"),
        (lambda a, b, keep: (a[keep], ...), "still gives back"),
        (lambda a, b, keep: (a * np.isin(np.arange(6), keep)[:, None], b), "Zeros take no memory"),
        (lambda a, b, keep: (a[:, keep[:2]], b), "Rows come first"),
        (lambda a, b, keep: (a[keep], b), "still expects all 6"),
        (lambda a, b, keep: (a[keep], b[keep % 3]), "second\\[:, keep\\]"),
        (lambda a, b, keep: (a[keep], b[:, :3]), "in this order"),
        (lambda a, b, keep: (a[keep], b[:, keep[::-1]]), "in this order"),
        (lambda a, b, keep: (a[keep[::-1]], b[:, keep]), "same channels in both"),
        (lambda a, b, keep: (a[:, keep], b[:, keep]), "Rows come first"),
        (lambda a, b, keep: (a[keep], b[keep]), "second\\[:, keep\\]"),
        (lambda a, b, keep: (np.delete(a, keep, 0), np.delete(b, keep, 1)), "that stay"),
    ],
)
def test_without_channels_slips(answer, sign):
    assert_says(check.without_channels(answer), sign)


def test_most_hurt_passes():
    def answer(before, after):
        return max(before, key=lambda name: before[name] - after[name])

    assert check.most_hurt(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda before, after: ..., "not yet"),
        (lambda before, after: None, "return"),
        (lambda before, after: min(after, key=after.get), "weak before"),
        (lambda before, after: max(b - after[n] for n, b in before.items()), "name of one class"),
        (lambda before, after: min(before, key=lambda n: before[n] - after[n]), "won 2 points"),
        (lambda before, after: "rust", "other numbers"),
        (lambda before, after: max(before, key=lambda n: abs(before[n] - after[n])), "names 'b'"),
        (lambda before, after: max(before, key=before.get), "names 'c'"),
        (lambda before, after: "bus", "not one of the classes"),
    ],
)
def test_most_hurt_slips(answer, sign):
    assert_says(check.most_hurt(answer), sign)


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


SHARES = [i / 10 for i in range(10)]
CURVES = {"by layer": {s: 1 - s for s in SHARES}, "globally": {s: 1 - s**2 for s in SHARES}}
WEIGHTS = np.random.default_rng(0).normal(size=(112, 672))
RECALLS = {
    name: {"angular_leaf_spot": 1.0, "bean_rust": 0.5, "healthy": 0.0}
    for name in ("whole", "80 % zeros", "80 % zeros, fine-tuned", "too thin")
}


FIGURES = {
    "mask": lambda: mask_view(CURVES, "globally", 0.5, WEIGHTS, np.abs(WEIGHTS) > 0.6, "simulated"),
    "nothing gone": lambda: mask_view(
        CURVES, "by layer", 0.0, WEIGHTS[:3, :8], WEIGHTS[:3, :8] < 99, "real"
    ),
    "layers": lambda: layer_shares(np.linspace(0, 1, 24), 0.6),
    "classes": lambda: class_bars(RECALLS, "simulated"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_the_mask_is_white_where_weights_are_gone():
    figure = FIGURES["mask"]()
    shown = figure.axes[1].images[0].get_array()
    gone = np.abs(WEIGHTS[:56, :56]) <= 0.6
    assert np.array_equal(np.ma.getmaskarray(shown) | np.isnan(np.ma.getdata(shown)), gone)
    share = 100 * (np.abs(WEIGHTS) <= 0.6).mean()
    assert f"{share:.0f} % zero" in figure.axes[1].get_title()
    ring = figure.axes[0].lines[-1]
    assert ring.get_xdata() == [50] and ring.get_ydata() == [75]


def test_bars_are_those_given():
    axis = FIGURES["classes"]().axes[0]
    assert [bar.get_width() for bar in axis.patches] == [100, 50, 0] * 4
    heights = [bar.get_height() for bar in FIGURES["layers"]().axes[0].patches]
    assert heights == pytest.approx(list(np.linspace(0, 100, 24)))


# Magnitude pruning: masks keep the largest weights, as many as asked for; zeros stay zeros.


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
DRAWN = st.lists(WEIGHT, min_size=12, max_size=12)


@given(DRAWN, st.floats(0, 0.99))
@settings(max_examples=60, deadline=None)
def test_the_network_keeps_its_largest_weights(values, sparsity):
    model = small(values)
    masks = magnitude_masks(model, sparsity, "network")
    kept = torch.cat([mask.flatten() for mask in masks.values()])
    size = torch.tensor(values).abs()
    assert int((~kept).sum()) == round(sparsity * 12)
    if (~kept).any() and kept.any():
        assert size[~kept].max() <= size[kept].min()


@given(DRAWN, st.floats(0, 0.99))
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
    from lowres_lessons.prune import magnitude as module

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
