"""A small network with random weights, and pictures for it."""

import numpy as np
import torch

from lowres_kit.learn import EfficientNetLite0

NAMES = ("angular leaf spot", "bean rust", "healthy, çé")
SIZE = 48


def network():
    """Make the network; always the same one."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return EfficientNetLite0(3, "24").eval()


def pictures():
    """Make 120 pictures of noise, more and more red."""
    photos = np.random.default_rng(0).integers(0, 256, (120, SIZE, SIZE, 3), np.uint8)
    photos[:, :, :, 0] = photos[:, :, :, 0] // 4 + np.arange(120, dtype=np.uint8)[:, None, None]
    return photos
