"""The VAE: its loss is that of the paper, it learns to draw, and a seed gives the same pictures."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.svm import SVC
from torch.distributions import Normal, kl_divergence

from lowres_kit.errors import KitError
from lowres_lessons.simulate_and_augment.vae import VAE, draw_from, one_hot, train_vae, vae_loss

DIGITS = load_digits()
X, Y = DIGITS.data / 16, DIGITS.target


@pytest.fixture(scope="module")
def trained():
    return train_vae(X[:800], Y[:800], classes=10, steps=500, seed=1)


def test_the_loss_is_surprise_and_divergence_as_torch_counts_them():
    torch.manual_seed(0)
    model, x, one_hot_labels = VAE(64, 10), torch.rand(7, 64), one_hot(Y[:7], 10, 7)
    found = vae_loss(model, x, one_hot_labels, torch.Generator().manual_seed(3))
    mean, log_variance = model.encode(x, one_hot_labels)
    deviation = (log_variance / 2).exp()
    z = mean + deviation * torch.randn(mean.shape, generator=torch.Generator().manual_seed(3))
    ink = model.decode(z, one_hot_labels).sigmoid()
    surprise = -(x * ink.log() + (1 - x) * (1 - ink).log()).sum(1)
    stray = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0)).sum(1)
    assert found.item() == pytest.approx((surprise + stray).mean().item(), rel=1e-4)


def test_what_it_draws_is_the_digit_that_it_was_told(trained):
    of = np.repeat(np.arange(10), 20)
    drawn = draw_from(trained, of, seed=2)
    assert drawn.shape == (200, 64) and 0 <= drawn.min() and drawn.max() <= 1
    assert SVC().fit(X[800:], Y[800:]).score(drawn, of) > 0.8


def test_the_same_seed_gives_the_same_and_another_gives_others():
    short = {"classes": 10, "steps": 20}
    one, again, other = (train_vae(X[:50], Y[:50], seed=seed, **short) for seed in (1, 1, 2))
    of = np.arange(10)
    assert np.array_equal(draw_from(one, of), draw_from(again, of))
    assert not np.allclose(draw_from(one, of), draw_from(other, of))
    assert not np.allclose(draw_from(one, of, seed=0), draw_from(one, of, seed=1))


def test_it_leaves_the_callers_chance_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_vae(X[:20], steps=2)
    assert torch.equal(torch.rand(3), expected)


def test_without_classes_it_draws_as_many_as_wished():
    assert draw_from(train_vae(X[:50], steps=5), count=7).shape == (7, 64)


def test_less_spread_stays_nearer_to_the_middle(trained):
    of = np.full(100, 4)
    middle = draw_from(trained, [4], spread=0)
    strays = [np.abs(draw_from(trained, of, spread=s) - middle).mean() for s in (0, 0.5, 1)]
    assert strays[0] == pytest.approx(0, abs=1e-6) and strays[1] < strays[2]


@pytest.mark.parametrize("pictures", [X[:9] * 16, -X[:9], X[:0]])
def test_what_it_cannot_learn_from_is_refused_in_words(pictures):
    with pytest.raises(KitError, match="from 0 to 1"):
        train_vae(pictures, steps=1)
