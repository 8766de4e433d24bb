"""Consistency: what a network says of a photo must hold when the photo is changed.

FixMatch (Sohn et al., "FixMatch: simplifying semi-supervised learning with consistency and
confidence", NeurIPS 2020, section 2): a photo without a label is seen in two ways. From the weak
view (turned, shifted) the network guesses its name; where it is sure, the guess becomes the label
of the strong view (darker, a part covered), and the network learns from that. The views are made
once, beforehand, so the same code trains a linear layer on frozen features of views, in a second,
and a small network on the views themselves.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from lowres_kit.errors import KitError
from lowres_kit.learn import frozen_features, normalise
from lowres_kit.learn.transforms import random_light, random_view
from lowres_kit.words import Words

words = Words(__package__)


def weak_view(x, generator, upright=False):
    """Turn, zoom and shift each picture (see `random_view`): its label is as plain as before.

    Parameters
    ----------
    x : torch.Tensor
        float32, ``(n, channels, height, width)``, from about -1 to 1.
    generator : torch.Generator
        The source of chance.
    upright : bool
        True for things that have an up and a down, such as digits.

    Returns
    -------
    torch.Tensor
        Like `x`.
    """
    return random_view(x, generator, upright)


def strong_view(x, generator, upright=False):
    """Turn, zoom and shift it twice, change its light, and cover a square.

    The square is three eighths as wide as the picture (the idea: DeVries and Taylor, "Improved
    regularization of convolutional neural networks with cutout", 2017).

    Parameters
    ----------
    x, generator, upright
        As in `weak_view`.

    Returns
    -------
    torch.Tensor
        Like `x`.
    """
    x = random_view(random_view(x, generator, upright), generator, upright)
    x = random_light(x, generator)
    n, _, height, width = x.shape
    side = max(1, 3 * width // 8)
    top = torch.randint(height - side + 1, (n, 1), generator=generator)
    left = torch.randint(width - side + 1, (n, 1), generator=generator)
    rows, columns = torch.arange(height), torch.arange(width)
    covered = ((rows >= top) & (rows < top + side))[:, :, None]
    covered = covered & ((columns >= left) & (columns < left + side))[:, None]
    return x.masked_fill(covered[:, None], 0.0)


def view_features(photos, view, count, cut="112", seed=0, upright=False):
    """Describe changed views of photos by frozen features.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.
    view : callable
        `weak_view` or `strong_view`.
    count : int
        How many views of each photo.
    cut : str
        Stage of the network, see `frozen_features`.
    seed : int
        Of the changes.
    upright : bool
        As in `weak_view`.

    Returns
    -------
    numpy.ndarray
        float32, ``(n, count, channels)``.
    """
    generator, x = torch.Generator().manual_seed(seed), normalise(photos)
    found = []
    for _ in range(count):
        changed = view(x, generator, upright).mul(128).add(127).clamp(0, 255).round().byte()
        found.append(frozen_features(changed.permute(0, 2, 3, 1).numpy(), cut))
    return np.stack(found, axis=1)


def consistency_loss(weak_scores, strong_scores, threshold):
    """Surprise of the strong views at the names that sure weak views give them.

    Sohn et al., equation 4.

    Parameters
    ----------
    weak_scores, strong_scores : torch.Tensor
        float32, ``(n, classes)``, before softmax, of two views of the same photos.
    threshold : float
        How sure the network must be of the weak view, between 0 and 1.

    Returns
    -------
    torch.Tensor
        One number: the mean over all n photos, those that are not sure counting as 0.
    """
    sure, name = weak_scores.detach().softmax(1).max(1)
    surprise = functional.cross_entropy(strong_scores, name, reduction="none")
    return ((sure >= threshold) * surprise).mean()


def linear_head(seen, classes):
    """Make a linear layer for features, scaled to mean 0 and deviation 1.

    Parameters
    ----------
    seen : torch.Tensor
        float32, ``(n, features)``: what the scale is taken from.
    classes : int
        How many.

    Returns
    -------
    torch.nn.Module
    """
    scale = nn.BatchNorm1d(seen.shape[1], affine=False).eval()
    scale.running_mean, scale.running_var = seen.mean(0), seen.var(0)
    layer = nn.Linear(seen.shape[1], classes)
    nn.init.zeros_(layer.weight)
    return nn.Sequential(scale, layer)


def small_network(seen, classes):
    """Make a network of three convolutions for small pictures, with random weights.

    Parameters
    ----------
    seen : torch.Tensor
        float32, ``(n, channels, height, width)``, height and width 4 or more.
    classes : int
        How many.

    Returns
    -------
    torch.nn.Module
        About 14,000 weights, and a few more with each class.
    """
    return nn.Sequential(
        nn.Conv2d(seen.shape[1], 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(128, classes),
    )  # fmt: skip


class Consistent:
    """A network trained by `consistency_training`.

    Attributes
    ----------
    network : torch.nn.Module
        Gives scores.
    classes_ : numpy.ndarray
        int, ``(k,)``: the labels, sorted.
    taken : numpy.ndarray
        float, ``(steps,)``: share of the weak views of which it was sure enough; empty without a
        pool.
    """

    def __init__(self, network, classes, taken):
        self.network, self.classes_, self.taken = network.eval(), classes, np.asarray(taken)

    def predict_proba(self, x):
        """Probability of each class for photos as they are: features or pictures, no views."""
        with torch.inference_mode():
            return self.network(torch.as_tensor(x, dtype=torch.float32)).softmax(1).numpy()

    def predict(self, x):
        """Likeliest class of each photo, ``(n,)``."""
        return self.classes_[self.predict_proba(x).argmax(1)]

    def score(self, x, labels):
        """Share of right answers, 0 to 1."""
        return float((self.predict(x) == labels).mean())


def consistency_training(
    views, labels, pool=None, network=linear_head, threshold=0.8, weight=1.0, steps=300,
    rate=3e-3, batch=16, seed=0,
):  # fmt: skip
    """Train on a few photos with a label, and on the consistency of many without.

    Parameters
    ----------
    views : numpy.ndarray or torch.Tensor
        float, ``(n, v, …)``: v weak views of each photo with a label, as features or as pictures.
    labels : numpy.ndarray
        int, ``(n,)``.
    pool : pair, optional
        Weak and strong views of the photos without a label: ``(m, v, …)`` and ``(m, w, …)``.
        Without it, or with m = 0, the same steps with labels alone.
    network : callable
        ``network(seen, classes)`` makes what is trained, such as `linear_head` or `small_network`.
    threshold : float
        See `consistency_loss`.
    weight : float
        Of that loss, beside that of the labels.
    steps : int
        Each sees `batch` photos with a label and three times as many without.
    rate : float
        Size of the first steps; it falls to nothing along half a cosine.
    batch : int
        Photos with a label in a step.
    seed : int
        Of the first weights and of the order of photos and views.

    Returns
    -------
    Consistent

    Raises
    ------
    KitError
        If there are fewer than two classes, or views and labels do not fit together.
    """
    classes, names = _numbered(views, labels)
    views, weak, strong = (
        torch.as_tensor(part, dtype=torch.float32) for part in (views, *(pool or ((), ())))
    )
    seen = torch.cat([part.flatten(0, 1) for part in (views, weak) if len(part)])
    with torch.random.fork_rng():  # leaves the caller's random state alone
        torch.manual_seed(seed)
        model = network(seen, len(classes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    # Two sources of chance: the photos with a label come in the same order with and without a pool.
    for_labels, for_pool = (torch.Generator().manual_seed(2 * seed + i) for i in (0, 1))
    taken = []
    for _ in _on_one_thread(steps):
        chosen, (x,) = _draw(batch, for_labels, views)
        loss = functional.cross_entropy(model(x), names[chosen])
        if len(weak):
            _, (easy, hard) = _draw(3 * batch, for_pool, weak, strong)
            with torch.no_grad():
                guess = model(easy)
            taken.append(float((guess.softmax(1).amax(1) >= threshold).float().mean()))
            loss = loss + weight * consistency_loss(guess, model(hard), threshold)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        falling.step()
    return Consistent(model, classes, taken)


def _on_one_thread(steps):
    """Count steps; arrays this small take longer on two threads, which wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield from range(steps)
    finally:
        torch.set_num_threads(threads)


def _numbered(views, labels):
    """Give the classes, and for each photo the position of its own among them."""
    classes, names = np.unique(labels, return_inverse=True)
    if len(views) != len(names):
        raise KitError(words("consistency.counts", photos=len(views), labels=len(names)))
    if len(classes) < 2:
        raise KitError(words("consistency.one_class"))
    return classes, torch.as_tensor(names)


def _draw(count, generator, *views_of_photos):
    """Draw photos, and one of the views of each; of several kinds of view, the same photos."""
    photos = torch.randint(len(views_of_photos[0]), (count,), generator=generator)
    drawn = []
    for views in views_of_photos:
        which = torch.randint(views.shape[1], (count,), generator=generator)
        drawn.append(views[photos, which])
    return photos, drawn
