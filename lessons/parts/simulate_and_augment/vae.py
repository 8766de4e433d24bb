"""A small generative model: a variational autoencoder that can be told which class to draw.

The method is Kingma and Welling, "Auto-encoding variational Bayes" (ICLR 2014); the class as a
second input of both halves is from Kingma et al., "Semi-supervised learning with deep generative
models" (NeurIPS 2014, model M2).
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from lowres_kit.errors import KitError
from lowres_kit.words import Words

words = Words(__package__)


class VAE(nn.Module):
    """Two small networks: one squeezes a picture into a few numbers, one draws it from them.

    Parameters
    ----------
    pixels : int
        Numbers of a picture.
    classes : int
        How many classes it can be told; 0: none, it draws whatever it has seen.
    latent : int
        Numbers that a picture is squeezed into.
    width : int
        Units of the layer in between.

    Notes
    -----
    The encoder gives, for each picture, the mean and the log variance of a normal distribution
    over the latent numbers. The decoder gives one score a pixel; its sigmoid is the ink.
    """

    def __init__(self, pixels, classes=0, latent=2, width=128):
        super().__init__()
        self.classes, self.latent = classes, latent
        self.encoder = nn.Sequential(
            nn.Linear(pixels + classes, width), nn.ReLU(), nn.Linear(width, 2 * latent)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent + classes, width), nn.ReLU(), nn.Linear(width, pixels)
        )

    def encode(self, x, one_hot_labels):
        """Mean and log variance of the latent numbers, each ``(n, latent)``."""
        return self.encoder(torch.cat([x, one_hot_labels], 1)).chunk(2, dim=1)

    def decode(self, z, one_hot_labels):
        """Scores of the pixels, ``(n, pixels)``."""
        return self.decoder(torch.cat([z, one_hot_labels], 1))


def vae_loss(model, x, one_hot_labels, generator):
    """Surprise at the pixels, plus how far the latent numbers stray from the standard normal.

    Parameters
    ----------
    model : VAE
        The two networks.
    x : torch.Tensor
        float32, ``(n, pixels)``, from 0 to 1.
    one_hot_labels : torch.Tensor
        float32, ``(n, classes)``: 1 at the class, else 0.
    generator : torch.Generator
        The source of chance.

    Returns
    -------
    torch.Tensor
        The mean over the pictures of the negative evidence lower bound, in nats (Kingma and
        Welling, equation 10, with appendix B for the second term).
    """
    mean, log_variance = model.encode(x, one_hot_labels)
    z = mean + (log_variance / 2).exp() * torch.randn(mean.shape, generator=generator)
    drawn = functional.binary_cross_entropy_with_logits(
        model.decode(z, one_hot_labels), x, reduction="sum"
    )
    stray = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()
    return (drawn + stray) / len(x)


def train_vae(pictures, labels=None, classes=0, latent=2, steps=1500, seed=0):
    """Train one on pictures.

    Parameters
    ----------
    pictures : numpy.ndarray
        float, ``(n, pixels)``, from 0 to 1.
    labels : numpy.ndarray, optional
        int, ``(n,)``, from 0 to ``classes - 1``, if it shall be told the class.
    classes : int
        How many classes there are; 0: it is not told.
    latent : int
        Numbers that a picture is squeezed into.
    steps : int
        Steps of 64 pictures each.
    seed : int
        Of the first weights and all that is drawn.

    Returns
    -------
    VAE
        In evaluation mode.

    Raises
    ------
    KitError
        If the pictures are not from 0 to 1.
    """
    x = torch.as_tensor(np.asarray(pictures), dtype=torch.float32)
    if not len(x) or x.min() < 0 or x.max() > 1:
        raise KitError(words("vae.pictures"))
    one_hot_labels = one_hot(labels, classes, len(x))
    with torch.random.fork_rng():  # leaves the caller's random state alone
        torch.manual_seed(seed)
        model = VAE(x.shape[1], classes, latent)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        some = torch.randint(len(x), (64,), generator=generator)
        optimizer.zero_grad()
        vae_loss(model, x[some], one_hot_labels[some], generator).backward()
        optimizer.step()
    return model.eval()


def draw_from(model, labels=None, count=None, seed=0, spread=1.0):
    """Draw new pictures.

    Parameters
    ----------
    model : VAE
        Trained.
    labels : numpy.ndarray, optional
        int, ``(n,)``: a picture of each, where the model was told classes.
    count : int, optional
        How many, where it was not.
    seed : int
        Of the latent numbers.
    spread : float
        1 draws the latent numbers as in training; less stays nearer to the middle: the pictures
        look cleaner, and what is rare gets rarer.

    Returns
    -------
    numpy.ndarray
        float32, ``(n, pixels)``, from 0 to 1.
    """
    n = len(labels) if labels is not None else count
    one_hot_labels = one_hot(labels, model.classes, n)
    generator = torch.Generator().manual_seed(seed)
    z = spread * torch.randn((n, model.latent), generator=generator)
    with torch.no_grad():
        return model.decode(z, one_hot_labels).sigmoid().numpy()


def one_hot(labels, classes, n):
    """1 at the class, else 0: float32, ``(n, classes)``; without classes ``(n, 0)``."""
    if not classes:
        return torch.zeros(n, 0)
    return functional.one_hot(torch.as_tensor(np.asarray(labels)).long(), classes).float()
