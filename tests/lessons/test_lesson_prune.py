"""Exercises of the lesson Prune: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from legible import assert_legible
from verdicts import assert_says

from lowres_lessons.prune import checks as check
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
