"""A network for which the fast kernels of a runtime are off: twenty residual blocks.

Each addition rounds once more, and the fast kernels round otherwise each time. What a ResNet of the
benchmark MLPerf Tiny shows with tflite-runtime (32 steps of 255), this one shows as well (23), and
the kit wrote it. Its weights are random, so it makes much of a step.
"""

import numpy as np
import torch
from torch import nn

from lowres_kit.field.pack.pack import shown_small
from lowres_kit.shrink import to_int8, to_tflite

NAMES, SIZE, DEPTH = ("one", "two", "three"), 32, 20


class Block(nn.Module):
    """x and two convolutions of it, added."""

    def __init__(self, channels):
        super().__init__()
        self.one = nn.Conv2d(channels, channels, 3, padding=1)
        self.two = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return torch.relu(x + self.two(torch.relu(self.one(x))))


def pictures(n=24):
    """Make smooth random pictures, as small as a pack keeps them: uint8 ``(n, 32, 32, 3)``."""
    coarse = torch.rand((n, 3, 6, 6), generator=torch.Generator().manual_seed(0))
    fine = nn.functional.interpolate(coarse, (SIZE, SIZE), mode="bilinear")
    photos = (fine * 255).byte().permute(0, 2, 3, 1).numpy()
    return np.stack([shown_small(photo) for photo in photos])


def model(photos, seed=2):
    """Write the network as int8, always the same for a seed."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        layers = [nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), *(Block(8) for _ in range(DEPTH))]
        network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight)
                module.bias.uniform_(-0.2, 0.2)
        # The last layer tells the pictures apart, or all kernels would agree.
        x = (torch.from_numpy(photos).permute(0, 3, 1, 2).float() - 127) / 128
        network[-1].weight *= 3 / network(x).std(0).mean()
        network[-1].bias -= network(x).mean(0)
    return to_int8(to_tflite(network.eval(), SIZE), photos)
