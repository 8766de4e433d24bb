"""Augmentation: new views of a photo that keep its label.

Each change stands for something that happens in the field: the phone is held closer or turned,
the leaf lies left or right, the sun goes behind a cloud.
"""

import torch
from torch.nn import functional


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
    """Turn, mirror, zoom (to 75 … 105 % of the width) and shift each picture."""
    n = len(x)
    shape = (n, 3, size, size) if size else x.shape
    angle = _between(-1, 1, n, generator) * (torch.pi / 12 if upright else torch.pi)
    zoom = _between(0.75, 1.05, n, generator)
    mirror = 1.0 if upright else torch.sign(_between(-1, 1, n, generator))
    shift = _between(-0.1, 0.1, (n, 2), generator)
    cos, sin = zoom * torch.cos(angle), zoom * torch.sin(angle)
    # Each output point is looked up at matrix @ (x, y, 1) of the input (both from -1 to 1).
    matrix = torch.stack(
        [
            torch.stack([cos * mirror, -sin, shift[:, 0]], 1),
            torch.stack([sin * mirror, cos, shift[:, 1]], 1),
        ],
        1,
    )
    grid = functional.affine_grid(matrix, shape, align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def random_light(x, generator):
    """Change contrast by up to a fifth and brightness by up to a tenth of the whole range."""
    contrast = _between(0.8, 1.2, (len(x), 1, 1, 1), generator)
    brightness = _between(-0.2, 0.2, (len(x), 1, 1, 1), generator)
    return x * contrast + brightness


def _between(low, high, shape, generator):
    return low + (high - low) * torch.rand(shape, generator=generator)
