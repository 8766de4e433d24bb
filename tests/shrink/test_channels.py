"""To remove channels is to silence them, in any network of this kind; costs are counted right."""

import pytest

torch = pytest.importorskip("torch")

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier, EfficientNetLite0, Recipe, normalise
from lowres_kit.shrink.prune.channels import (
    channel_counts,
    choose_channels,
    cost_of,
    importance,
    layers_of,
    prune_channels,
    remove,
    silence,
)

CUTS = ("24", "40", "80", "full")
PHOTOS = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.uint8)
LABELS = np.arange(8) % 3


def network(cut="40", seed=0, widths=None):
    """A network that has seen pictures: BatchNorm's four numbers are not those it begins with."""
    torch.manual_seed(seed)
    model = EfficientNetLite0(3, cut, widths).eval()
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.normal_(norm.running_mean, 0, 0.3)
            nn.init.uniform_(norm.running_var, 0.3, 2)
            nn.init.uniform_(norm.weight, -1, 1.5)
            nn.init.normal_(norm.bias, 0, 0.5)
    return model


def some_channels(model, rng, share):
    keep = {}
    for group, n in channel_counts(model).items():
        kept = rng.random(n) < share
        kept[rng.integers(n)] = True
        keep[group] = np.flatnonzero(kept)
    return keep


def outputs(model, side=32, seed=0):
    x = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return model(x)


@given(st.sampled_from(CUTS), st.integers(0, 10**6), st.floats(0.02, 1), st.integers(32, 47))
@settings(max_examples=25, deadline=None)
def test_removing_is_silencing(cut, seed, share, side):
    model = network(cut, seed)
    keep = some_channels(model, np.random.default_rng(seed), share)
    thinner, silent = remove(model, keep), silence(model, keep)
    assert silent.widths == model.widths
    assert channel_counts(thinner) == {group: len(kept) for group, kept in keep.items()}
    expected = outputs(silent, side)
    scale = float(expected.abs().max()) + 1
    assert torch.allclose(outputs(thinner, side), expected, atol=1e-4 * scale, rtol=1e-4)


@given(st.sampled_from(CUTS), st.integers(0, 10**6), st.sampled_from([32, 45, 64]))
@settings(max_examples=20, deadline=None)
def test_costs_are_those_of_a_network_of_these_widths(cut, seed, side):
    model = network(cut)
    keep = some_channels(model, np.random.default_rng(seed), 0.4)
    counts = {group: len(kept) for group, kept in keep.items()}
    thinner = remove(model, keep)
    assert cost_of(model, counts) == sum(p.numel() for p in thinner.parameters())
    assert cost_of(model, counts, "macs", side) == macs(thinner, side)


def macs(model, side):
    """Count multiply-adds from what each layer really gives."""
    total = 0

    def add(layer, inputs, output):
        nonlocal total
        total += output.numel() * layer.weight[0].numel()

    layers = [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    handles = [layer.register_forward_hook(add) for layer in layers]
    with torch.no_grad():
        model(torch.zeros(1, 3, side, side))
    for handle in handles:
        handle.remove()
    return total


def test_keeping_everything_changes_nothing():
    model = network("80")
    same = remove(model, {})
    for name, value in model.state_dict().items():
        assert torch.equal(same.state_dict()[name], value)


def test_each_batchnorm_belongs_to_one_group_and_added_results_share_theirs():
    model = network("112")
    layers = layers_of(model)
    norms = [name for name, m in model.named_modules() if isinstance(m, nn.BatchNorm2d)]
    assert [layer.norm for layer in layers] == norms
    gives = [layer.gives for layer in layers]
    assert gives.count("stem") == 2  # the stem and the depthwise layer that nothing widens
    assert gives.count("stage 4") == 3 and gives.count("wide 7") == 2


def test_importance_is_the_squared_slope_of_a_gate():
    model = network("40")
    scores = importance(model, PHOTOS, LABELS, batch=8)

    def loss(norms, channel, gate):
        with torch.no_grad():
            for norm in norms:
                norm.weight[channel] *= gate
                norm.bias[channel] *= gate
            value = functional.cross_entropy(model.double()(normalise(PHOTOS).double()), labels)
            for norm in norms:
                norm.weight[channel] /= gate
                norm.bias[channel] /= gate
        return float(value)

    labels = torch.as_tensor(LABELS)
    model.double()
    for group in ("stem", "stage 2", "wide 3", "stage 3"):
        silenced = [one for one in layers_of(model) if one.gives == group]
        # Behind a depthwise layer the gate is in its BatchNorm alone: before it, ReLU6 bends it.
        silenced = [one for one in silenced if one.reads == group] or silenced
        norms = [model.get_submodule(one.norm) for one in silenced]
        slope = (loss(norms, 3, 1 + 1e-5) - loss(norms, 3, 1 - 1e-5)) / 2e-5
        assert scores[group][3] == pytest.approx(slope**2, rel=1e-2, abs=1e-10), group


def test_importance_leaves_the_network_as_it_was():
    model = network("24").requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    importance(model, PHOTOS, LABELS)
    assert not any(p.requires_grad or p.grad is not None for p in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@given(st.integers(0, 10**6), st.sampled_from(["parameters", "macs"]))
@settings(max_examples=8, deadline=None)
def test_channels_that_do_nothing_leave_first(seed, cost):
    whole = network("40", seed)
    for norm in whole.modules():
        if isinstance(norm, nn.BatchNorm2d):  # between the ends of ReLU6, so that all others work
            nn.init.uniform_(norm.weight, 0.2, 0.4)
            nn.init.uniform_(norm.bias, 1, 2)
    keep = some_channels(whole, np.random.default_rng(seed), 0.6)
    counts = {group: len(kept) for group, kept in keep.items()}
    model, to = silence(whole, keep), cost_of(whole, counts, cost, 32)
    thinner = prune_channels(model, PHOTOS, LABELS, to, cost, multiple=1, floor=1)
    assert cost_of(thinner, None, cost, 32) <= to
    assert channel_counts(thinner) == counts
    assert torch.allclose(outputs(thinner), outputs(model), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("cost", ["parameters", "macs"])
@pytest.mark.parametrize("rounds", [1, 3])
def test_thin_keeps_the_promise_in_bundles_of_eight(cost, rounds):
    model = network("80")
    to = cost_of(model, None, cost, 32) // 5
    heal = Recipe(epochs=1, batch=4)
    thinner = prune_channels(model, PHOTOS, LABELS, to, cost, rounds=rounds, heal=heal)
    assert 0.8 * to < cost_of(thinner, None, cost, 32) <= to
    assert all(n % 8 == 0 and n >= 8 for n in channel_counts(thinner).values())
    assert channel_counts(model) == channel_counts(network("80"))


def test_the_criterion_decides_within_a_group():
    model = network("24")
    scores = {group: np.arange(n)[::-1] + 1.0 for group, n in channel_counts(model).items()}
    keep = choose_channels(model, scores, cost_of(model) // 2, multiple=4, floor=4)
    assert all(np.array_equal(kept, np.arange(len(kept))) for kept in keep.values())


def test_a_thin_network_is_saved_and_read(tmp_path):
    model = network("40")
    thinner = prune_channels(model, PHOTOS, LABELS, 20_000)
    Classifier(thinner, ("a", "b", "c"), 32).save(tmp_path)
    again = Classifier.load(tmp_path)
    assert again.model.widths == thinner.widths
    assert torch.equal(outputs(again.model), outputs(thinner))


def test_refusals():
    model = network("24")
    least = cost_of(model, dict.fromkeys(channel_counts(model), 8))
    with pytest.raises(KitError, match=f"Fewer than {least:,} parameters are not possible"):
        prune_channels(model, PHOTOS, LABELS, least - 1)
    with pytest.raises(KitError, match="counted in parameters or macs, not 'time'"):
        prune_channels(model, PHOTOS, LABELS, 1000, cost="time")
