"""The parts of the lesson Use the unlabelled: right answers, and the usual slips."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from legible import assert_legible
from torch.nn import functional
from verdicts import assert_says

from lowres_kit.errors import KitError
from lowres_kit.learn import Curve, frozen_features
from lowres_lessons.use_the_unlabelled import checks as check
from lowres_lessons.use_the_unlabelled.consistency import (
    consistency_loss,
    consistency_training,
    small_network,
    strong_view,
    view_features,
    weak_view,
)
from lowres_lessons.use_the_unlabelled.plots import curves_view, moons_view, taken_view


def sure_names(p, threshold):
    return p.argmax(axis=1), p.max(axis=1) >= threshold


def test_sure_names_passes():
    assert check.sure_names(sure_names).passed
    assert check.sure_names(lambda p, t: (np.argmax(p, 1), (p >= t).any(1))).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda p, t: ..., "not yet"),
        (lambda p, t: (..., ...), "still gives back"),
        (lambda p, t: None, "return"),
        (lambda p, t: p.argmax(1), "two things"),
        (lambda p, t: (p.argmax(0), p.max(0) >= t), "axis=1"),
        (lambda p, t: (p.max(1), p.max(1) >= t), "argmax"),
        (lambda p, t: (p.argmin(1), p.max(1) >= t), "likeliest"),
        (lambda p, t: (p.argmax(1), p.max(1)), "True and False"),
        (lambda p, t: (p.argmax(1), p.max(1) > t), ">="),
        (lambda p, t: (p.argmax(1), p.max(1) < t), "in doubt"),
        (lambda p, t: (p.argmax(1), p.max(1) >= 0.8), "value of `threshold`"),
        (lambda p, t: p.nonsense, "nonsense"),
    ],
)
def test_sure_names_slips(answer, sign):
    assert_says(check.sure_names(answer), sign)


def surprise(judged, names):
    return -np.log(judged[np.arange(len(judged)), names])


def loss(weak, strong, threshold):
    return (surprise(strong, weak.argmax(1)) * (weak.max(1) >= threshold)).mean()


def test_loss_of_views_passes():
    assert check.loss_of_views(loss).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda w, s, t: ..., "not yet"),
        (lambda w, s, t: None, "return"),
        (lambda w, s, t: surprise(s, w.argmax(1)) * (w.max(1) >= t), "one is wanted"),
        (lambda w, s, t: -loss(w, s, t), "negative"),
        (lambda w, s, t: surprise(s, w.argmax(1)).mean(), "in doubt count"),
        (lambda w, s, t: loss(s, w, t), "strong view gives the names"),
        (lambda w, s, t: loss(w, w, t), "plays no part"),
        (lambda w, s, t: surprise(s, w.argmax(1))[w.max(1) >= t].mean(), "all photos"),
        (lambda w, s, t: (surprise(s, s.argmax(1)) * (w.max(1) >= t)).mean(), "its own name"),
        (lambda w, s, t: 2 * loss(w, s, t), "is right"),
        (lambda w, s, t: loss(w, s, 0.8), "value of `threshold`"),
    ],
)
def test_loss_of_views_slips(answer, sign):
    assert_says(check.loss_of_views(answer), sign)


def eaten(counts, share=0.5, place=-1):
    last = {name: row[place] for name, row in counts.items()}
    smallest = min(last, key=last.get)
    return smallest if last[smallest] < share * np.mean(list(last.values())) else None


def test_eaten_class_passes():
    assert check.eaten_class(eaten).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda counts: ..., "not yet"),
        (lambda counts: None, "sees nothing"),
        (lambda counts: 6, "name of a class"),
        (lambda counts: max(counts, key=lambda name: counts[name][-1]), "'spot' has 6"),
        (lambda counts: eaten(counts, 2), "sounds the alarm"),
        (lambda counts: eaten(counts) if "spot" in counts else None, "falls from 26"),
    ],
)
def test_eaten_class_slips(answer, sign):
    assert_says(check.eaten_class(answer), sign)


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


TRUTH = np.array([0, 0, 1, 1, 2, 2])
GUESS = np.array([0, 1, 1, 1, 0, 2])
TAKEN = np.array([True, True, True, False, True, False])
POINTS = np.random.default_rng(0).normal(size=(30, 2))
SIDES = (POINTS[:, 0] > 0).astype(int)
WAYS = ("labels alone", "self-training at 0.8", "balanced self-training", "label spreading",
        "co-training", "consistency")  # fmt: skip


def curve(low):
    return Curve((2, 4, 8, 16, 32), low + np.linspace(0, 0.3, 5)[:, None] + [[0, 0.02, 0.05]])


def worlds():
    return {title: {way: curve(0.3 + 0.05 * i) for i, way in enumerate(WAYS)}
            for title in ("leaves (simulated)", "register (real digits)")}  # fmt: skip


FIGURES = {
    "taken": lambda: taken_view(("angular_leaf_spot", "bean_rust", "healthy"), GUESS, TRUTH,
                                TAKEN, "simulated"),
    "ten classes": lambda: taken_view(range(10), GUESS, TRUTH, TAKEN, "real digits"),
    "none taken": lambda: taken_view(range(3), GUESS, TRUTH, TAKEN & False, "real"),
    "moons": lambda: moons_view(POINTS, SIDES, np.array([0, 1]),
                                {"labels alone": SIDES, "spreading": 1 - SIDES}),
    "curves": lambda: curves_view(worlds(), dict.fromkeys(worlds(), 0.7)),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_bars_count_right_and_wrong_names_among_those_taken():
    axis = FIGURES["taken"]().axes[0]
    assert [bar.get_width() for bar in axis.patches] == [1, 1, 0, 1, 1, 0]
    assert axis.get_title() == "4 of 6 taken; 50 % of them right"
    assert "none to judge" in FIGURES["none taken"]().axes[0].get_title()


def test_the_share_that_is_right_stands_over_each_way():
    titles = [axis.get_title() for axis in FIGURES["moons"]().axes]
    assert titles == ["labels alone: 100 % right", "spreading: 0 % right"]


def test_each_way_has_its_curve_in_each_panel():
    short = Curve((2, 4), np.full((2, 3), 0.5))
    figure = curves_view({title: {**one, WAYS[-1]: short} for title, one in worlds().items()},
                         dict.fromkeys(worlds(), 0.7))  # fmt: skip
    for axis in figure.axes:
        assert [line.get_label() for line in axis.lines] == [*WAYS, "to be reached"]
        assert list(axis.lines[0].get_ydata())[0] == pytest.approx(32)
        assert [text.get_text() for text in axis.get_xticklabels()] == ["2", "4", "8", "16", "32"]


# Consistency: the loss is FixMatch's, views keep their form, an empty pool adds nothing.


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
