"""Changes of photos that keep their labels: one by one with a strength, or several at random.

Each of `TRANSFORMS` stands alone, so that one can look at it, ask whether it keeps the label, and
measure what it is worth. A set of changes with their strengths is a *policy*; Cubuk et al.,
"AutoAugment" (CVPR 2019), look for the best one by trying, and `views` is what such a search
needs. `augment` does several at once, with fixed strengths, inside a training.

All changes have the same parameters, which `transformed` checks, and give photos of the same shape:

photos : numpy.ndarray
    uint8, ``(n, height, width, channels)``.
amounts : numpy.ndarray
    float, ``(n,)``: how much each photo is changed, from -1 to 1, as a share of what the change
    says of itself; 0 changes nothing.
"""

import numpy as np
import torch
from torch.nn import functional

from ..errors import KitError

RED, GREEN, BLUE = 0.299, 0.587, 0.114  # how bright each colour looks (ITU-R BT.601)


def turn(photos, amounts):
    """Turn by up to half a circle to either side."""
    return _warp(photos, angle=np.pi * amounts)


def tilt(photos, amounts):
    """Turn by up to 20 degrees to either side: what a hand does to a phone."""
    return _warp(photos, angle=np.pi / 9 * amounts)


def shift(photos, amounts):
    """Move along by up to an eighth of the width; up or down by the same or less, by turns."""
    # The second direction follows from the first, so that one amount tells the whole change.
    return _warp(photos, across=amounts / 4, along=np.sin(7 * amounts) / 4)


def zoom(photos, amounts):
    """Come up to a half closer, or go up to a half farther away."""
    return _warp(photos, scale=1 / (1 + 0.5 * np.abs(amounts)) ** np.sign(amounts))


def mirror(photos, amounts):
    """Swap left and right where the amount is above 0."""
    return np.where(_wide(amounts) > 0, photos[:, :, ::-1], photos)


def upside_down(photos, amounts):
    """Turn by half a circle where the amount is above 0."""
    return np.where(_wide(amounts) > 0, photos[:, ::-1, ::-1], photos)


def light(photos, amounts):
    """Make lighter or darker, by a factor of up to two."""
    return _whole(photos * 2.0 ** _wide(amounts))


def contrast(photos, amounts):
    """Move all values away from the photo's mean, or towards it, by up to a half."""
    mean = photos.mean(axis=(1, 2, 3), keepdims=True)
    return _whole(mean + (photos - mean) * (1 + 0.5 * _wide(amounts)))


def colour(photos, amounts):
    """Make colours up to twice as strong, or take them away."""
    grey = _brightness(photos)
    return _whole(grey + (photos - grey) * (1 + _wide(amounts)))


def hue(photos, amounts):
    """Turn all colours around the grey axis by up to half a circle: green to red to blue."""
    grey = _brightness(photos)
    angle = np.pi * np.asarray(amounts, float)
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    # Rotation of a vector around the axis (1, 1, 1) (Rodrigues' formula); brightness is kept.
    axis, one = np.full((3, 3), 1 / 3), np.eye(3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    matrix = cos * one + (1 - cos) * axis + sin * cross
    turned = np.einsum("nhwc,ndc->nhwd", photos.astype(float), matrix)
    return _whole(turned + grey - _brightness(turned))


def blur(photos, amounts):
    """Mix each point with its neighbours, up to the mean of nine, on either side of 0."""
    x = torch.tensor(photos).permute(0, 3, 1, 2).float()
    mean = functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    share = torch.as_tensor(np.abs(np.asarray(amounts, np.float32))).view(-1, 1, 1, 1)
    return _whole((x + share * (mean - x)).permute(0, 2, 3, 1).numpy())


TRANSFORMS = {
    one.__name__: one
    for one in (turn, tilt, shift, zoom, mirror, upside_down, light, contrast, colour, hue, blur)
}
NEED_COLOUR = ("colour", "hue")


def transformed(photos, name, amounts):
    """Apply one change.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, height, width, channels)``.
    name : str
        One of `TRANSFORMS`.
    amounts : float or numpy.ndarray
        From -1 to 1, one for all photos or ``(n,)``; 0 gives the photo back as it is.

    Returns
    -------
    numpy.ndarray
        uint8, of the same shape.

    Raises
    ------
    KitError
        If there is no such change, an amount is too large, or grey pictures shall change colour.
    """
    photos = np.asarray(photos)
    if name not in TRANSFORMS:
        raise KitError(f"There is no change {name!r}; choose one of {', '.join(TRANSFORMS)}.")
    if photos.ndim != 4 or photos.dtype != np.uint8:
        raise KitError("Photos must be uint8 with the shape (n, height, width, channels).")
    if name in NEED_COLOUR and photos.shape[3] != 3:
        raise KitError(f"'{name}' needs photos with three colours; these have {photos.shape[3]}.")
    amounts = np.broadcast_to(np.asarray(amounts, float), len(photos))
    if not (np.abs(amounts) <= 1).all():
        raise KitError(f"The amount of '{name}' must lie between -1 and 1.")
    return TRANSFORMS[name](photos, amounts)


def views(photos, policy, seed=0):
    """Make one changed copy of each photo.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, height, width, channels)``.
    policy : dict of str to float
        For each change its strength, 0 to 1: the amount is drawn between minus and plus that.
    seed : int or tuple of int
        The source of chance; another one gives other copies.

    Returns
    -------
    numpy.ndarray
        uint8, of the same shape; the labels are those of the photos, if the policy keeps them.
    """
    rng = np.random.default_rng(seed)
    for name, strength in policy.items():
        photos = transformed(photos, name, strength * rng.uniform(-1, 1, len(photos)))
    return photos


def with_views(photos, labels, policy, copies, seed=0):
    """Put changed copies beside the photos.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, height, width, channels)``.
    labels : numpy.ndarray
        int, ``(n,)``.
    policy : dict of str to float
        As for `views`.
    copies : int
        How many of each photo.
    seed : int
        The source of chance.

    Returns
    -------
    photos, labels : numpy.ndarray
        ``(n * (1 + copies), …)`` and ``(n * (1 + copies),)``: first the photos as they are.
    """
    made = [views(photos, policy, (seed, copy)) for copy in range(copies)]
    return np.concatenate([photos, *made]), np.tile(labels, 1 + copies)


def _warp(photos, angle=0.0, scale=1.0, across=0.0, along=0.0):
    """Look each point up at a turned, scaled and shifted place; beyond the edge lies a mirror."""
    terms = (scale * np.cos(angle), scale * np.sin(angle), across, along)
    terms = (torch.tensor(np.broadcast_to(term, len(photos))) for term in terms)
    x = torch.tensor(photos).permute(0, 3, 1, 2).float()
    return _whole(_look_up(x, x.shape, *terms).permute(0, 2, 3, 1).numpy())


def _look_up(x, shape, cos, sin, across, along, mirror=1.0):
    """Look each output point up at matrix @ (x, y, 1) of the input, both from -1 to 1."""
    rows = [
        torch.stack([cos * mirror, -sin, across], 1),
        torch.stack([sin * mirror, cos, along], 1),
    ]
    grid = functional.affine_grid(torch.stack(rows, 1).float(), shape, align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def _brightness(photos):
    return (photos @ np.array([RED, GREEN, BLUE]))[..., None]


def _wide(amounts):
    return np.asarray(amounts, float)[:, None, None, None]


def _whole(values):
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def augment(x, generator, upright=False, size=None):
    """Change each picture at random: turn, mirror, zoom, shift, light and contrast.

    Parameters
    ----------
    x : torch.Tensor
        float32, ``(n, 3, height, width)``, from `normalise`.
    generator : torch.Generator
        The source of chance.
    upright : bool
        True for things that have an up and a down (a meter, a face, a page): these are tilted
        by up to 15 degrees but never mirrored. A leaf has neither.
    size : int, optional
        Width and height of the views; those of `x` if not given. To turn a picture is to blur
        it a little, so views cut out of larger pictures are sharper.

    Returns
    -------
    torch.Tensor
        float32, ``(n, 3, size, size)``.
    """
    return random_light(random_view(x, generator, upright, size), generator)


def random_view(x, generator, upright=False, size=None):
    """Turn, mirror, zoom (to 75 … 105 % of the width) and shift each picture by chance.

    Parameters
    ----------
    x, generator, upright, size
        As in `augment`.

    Returns
    -------
    torch.Tensor
        float32, ``(n, 3, size, size)``.
    """
    n = len(x)
    shape = (n, 3, size, size) if size else x.shape
    angle = _between(-1, 1, n, generator) * (torch.pi / 12 if upright else torch.pi)
    zoom = _between(0.75, 1.05, n, generator)
    mirror = 1.0 if upright else torch.sign(_between(-1, 1, n, generator))
    shift = _between(-0.1, 0.1, (n, 2), generator)
    cos, sin = zoom * torch.cos(angle), zoom * torch.sin(angle)
    return _look_up(x, shape, cos, sin, shift[:, 0], shift[:, 1], mirror)


def random_light(x, generator):
    """Change contrast by up to a fifth and brightness by up to a tenth of the whole range.

    Parameters
    ----------
    x : torch.Tensor
        float32, ``(n, channels, height, width)``, from -1 to 1 as `normalise` gives it.
    generator : torch.Generator
        The source of chance.

    Returns
    -------
    torch.Tensor
        Of the same shape; a little beyond -1 and 1 where light was added.
    """
    contrast = _between(0.8, 1.2, (len(x), 1, 1, 1), generator)
    brightness = _between(-0.2, 0.2, (len(x), 1, 1, 1), generator)
    return x * contrast + brightness


def _between(low, high, shape, generator):
    return low + (high - low) * torch.rand(shape, generator=generator)
