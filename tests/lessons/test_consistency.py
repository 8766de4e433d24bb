"""Consistency: the loss is FixMatch's, views keep their form, and an empty pool adds nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from lowres_kit.errors import KitError
from lowres_kit.learn import frozen_features
from lowres_lessons.use_the_unlabelled.consistency import (
    consistency_loss,
    consistency_training,
    small_network,
    strong_view,
    view_features,
    weak_view,
)


def scores(seed, n=30, classes=4):
    return 3 * torch.randn(2, n, classes, generator=torch.Generator().manual_seed(seed))


@given(st.integers(0, 10_000), st.floats(0.3, 0.99))
@settings(max_examples=30, deadline=None)
def test_the_loss_is_the_mean_surprise_of_the_sure(seed, threshold):
    weak, strong = scores(seed)
    p, q = weak.softmax(1).numpy(), strong.softmax(1).numpy()
    rows = [-np.log(s[w.argmax()]) if w.max() >= threshold else 0 for w, s in zip(p, q)]
    found = consistency_loss(weak, strong, threshold).item()
    assert found == pytest.approx(np.mean(rows), abs=1e-4)


def test_no_gradient_goes_through_the_name():
    weak, strong = (part.requires_grad_() for part in scores(0).unbind())
    consistency_loss(weak, strong, 0.5).backward()
    assert weak.grad is None and strong.grad.abs().sum() > 0


def test_nobody_sure_costs_nothing_and_all_sure_is_cross_entropy():
    weak, strong = scores(1)
    assert consistency_loss(weak, strong, 1.1).item() == 0
    every = functional.cross_entropy(strong, weak.argmax(1))
    assert consistency_loss(weak, strong, 0.0).item() == pytest.approx(every.item(), rel=1e-5)


@pytest.mark.parametrize("view", [weak_view, strong_view])
@pytest.mark.parametrize("shape", [(5, 1, 8, 8), (3, 3, 48, 48)])
def test_views_keep_the_form_and_come_again_from_the_same_seed(view, shape):
    x = torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    before = x.clone()
    one, other = (view(x, torch.Generator().manual_seed(3), upright=True) for _ in range(2))
    assert one.shape == x.shape and torch.equal(one, other) and torch.equal(x, before)
    assert not torch.equal(one, x)


def test_a_strong_view_covers_a_square_somewhere_in_the_picture():
    x = torch.full((50, 1, 16, 16), 0.9)
    covered = strong_view(x, torch.Generator().manual_seed(0))[:, 0] == 0
    assert (covered.sum((1, 2)) == 36).all()  # 6 by 6, three eighths of 16
    assert len({tuple(one.nonzero()[0].tolist()) for one in covered}) > 20


def test_features_of_views_are_frozen_features_of_changed_photos(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWRES_CACHE", str(tmp_path))
    photos = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    same = view_features(photos, lambda x, generator, upright: x, 2, cut="24")
    assert same.shape == (3, 2, 24)
    np.testing.assert_allclose(same[:, 1], frozen_features(photos, "24"), atol=1e-5)


def crosses(seed, n):
    """Small pictures of two classes, an upright and a slanting cross, with noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=n)
    upright, slanting = np.zeros((8, 8)), np.maximum(np.eye(8), np.eye(8)[::-1])
    upright[3:5], upright[:, 3:5] = 1, 1
    pictures = np.where(labels[:, None, None] == 0, upright, slanting)
    return (2 * pictures - 1 + 0.5 * rng.normal(size=(n, 8, 8)))[:, None].astype(np.float32), labels


def views_of(x, view, count):
    chance = torch.Generator().manual_seed(0)
    return torch.stack([view(torch.as_tensor(x), chance, True) for _ in range(count)], 1)


def test_a_pool_of_nothing_is_the_labels_alone_bit_for_bit():
    x, y = crosses(0, 12)
    views = views_of(x, weak_view, 2)
    alone = consistency_training(views, y, network=small_network, steps=10)
    nothing = (views[:0], views[:0])
    with_it = consistency_training(views, y, nothing, network=small_network, steps=10)
    assert np.array_equal(alone.predict_proba(x), with_it.predict_proba(x))
    assert len(with_it.taken) == 0


def test_a_pool_without_weight_changes_nothing_and_the_seed_is_all_the_chance():
    x, y = crosses(0, 12)
    weak, strong = views_of(x, weak_view, 2), views_of(x, strong_view, 2)
    settings = {"network": small_network, "steps": 10, "seed": 4}
    before = torch.random.get_rng_state()
    alone = consistency_training(weak, y, **settings).predict_proba(x)
    beside = consistency_training(weak, y, (weak, strong), weight=0.0, **settings).predict_proba(x)
    np.testing.assert_allclose(beside, alone, atol=1e-6)
    with_it = consistency_training(weak, y, (weak, strong), threshold=0.5, **settings)
    assert not np.allclose(with_it.predict_proba(x), alone, atol=1e-4)
    assert with_it.taken.shape == (10,) and (with_it.taken <= 1).all()
    assert torch.equal(before, torch.random.get_rng_state())


def test_strong_views_teach_what_the_labels_cannot():
    """The labels tell one feature alone; views that hide it make the network learn the other."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    one, other = sign + 0.1 * rng.normal(size=(120, 1)), sign + 0.1 * rng.normal(size=(120, 1))
    nothing = np.zeros((120, 1))
    named = np.concatenate([one, nothing], axis=1)[::20, None]
    weak, strong = (
        np.concatenate(both, axis=1)[:, None] for both in ((one, other), (nothing, other))
    )
    settings = {"steps": 150, "rate": 3e-2}
    alone = consistency_training(named, y[::20], **settings)
    taught = consistency_training(named, y[::20], (weak, strong), **settings)
    assert alone.score(strong[:, 0], y) < 0.7 and taught.score(strong[:, 0], y) > 0.95
    assert taught.taken[0] < taught.taken[-1]  # it becomes surer


def test_a_linear_head_takes_features_whatever_their_scale():
    rng = np.random.default_rng(0)
    y = np.repeat([3, 8], 20)  # labels need not begin at 0
    x = rng.normal(size=(40, 6)) + 2 * (y == 8)[:, None]
    fitted = consistency_training(1000 * x[:, None] + 7e4, y, steps=60, rate=1e-2)
    assert fitted.score(1000 * x + 7e4, y) > 0.9 and list(fitted.classes_) == [3, 8]


def test_what_cannot_be_is_said_in_words():
    views = np.zeros((4, 1, 5))
    with pytest.raises(KitError, match="4 photos with a label but 3 labels"):
        consistency_training(views, [0, 1, 1])
    with pytest.raises(KitError, match="two classes"):
        consistency_training(views, [1, 1, 1, 1])
