"""Networks of our own with the inputs and layers of the four reference models of MLPerf Tiny.

After Banbury et al., "MLPerf Tiny Benchmark" (NeurIPS 2021), table 1 and section 4; the weights
are random, so only what does not depend on them can be tested. Multiply-adds are written out by
hand, layer by layer, to hold the counting to.
"""

import torch
from torch import nn


def separable(channels_in, channels_out, stride=1):
    """Filter each channel, then mix them (Howard et al., "MobileNets", 2017)."""
    return [
        nn.Conv2d(channels_in, channels_in, 3, stride, 1, groups=channels_in, bias=False),
        nn.BatchNorm2d(channels_in),
        nn.ReLU(),
        nn.Conv2d(channels_in, channels_out, 1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]


def keyword_spotting():
    """DS-CNN: 49 x 10 numbers of sound, 12 words."""
    layers = [nn.ZeroPad2d((1, 1, 4, 5)), nn.Conv2d(1, 64, (10, 4), 2), nn.ReLU()]
    for _ in range(4):
        layers += separable(64, 64)
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 12), nn.Softmax(1)
    )


def visual_wake_words():
    """MobileNet v1, a quarter as wide: 96 x 96 pixels, person or none."""
    layers = [nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
    widths = [(8, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1), (64, 128, 2)]
    widths += [(128, 128, 1)] * 5 + [(128, 256, 2), (256, 256, 1)]
    for one in widths:
        layers += separable(*one)
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 2), nn.Softmax(1)
    )


class Residual(nn.Module):
    """Two convolutions beside a way around them (He et al., 2016)."""

    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_out, 3, stride, 1)
        self.second = nn.Conv2d(channels_out, channels_out, 3, 1, 1)
        same = channels_in == channels_out
        self.around = nn.Identity() if same else nn.Conv2d(channels_in, channels_out, 1, stride)

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))) + self.around(x))


def image_classification():
    """ResNet of eight layers: 32 x 32 pixels, ten classes; here without the softmax."""
    blocks = [Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2)]
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1),
        nn.ReLU(),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def anomaly_detection():
    """An autoencoder: 640 numbers of sound in, 640 out."""
    widths = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640]
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


# name -> network, shape of one input as torch has it, multiply-adds by hand
NETWORKS = {
    "keyword spotting": (
        keyword_spotting,
        (1, 49, 10),
        25 * 5 * 64 * 10 * 4 + 4 * 25 * 5 * (64 * 9 + 64 * 64) + 64 * 12,
    ),
    "visual wake words": (
        visual_wake_words,
        (3, 96, 96),
        # the first layer, then side, channels in and out of each pair, and the last layer
        48 * 48 * 27 * 8
        + sum(
            side * side * (9 * a + a * b)
            for side, a, b in [(48, 8, 16), (24, 16, 32), (24, 32, 32), (12, 32, 64), (12, 64, 64),
                               (6, 64, 128), *[(6, 128, 128)] * 5, (3, 128, 256), (3, 256, 256)]
        )
        + 256 * 2,
    ),
    "image classification": (
        image_classification,
        (3, 32, 32),
        1024 * (27 * 16 + 2 * 9 * 16 * 16)
        + 256 * (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32)
        + 64 * (9 * 32 * 64 + 9 * 64 * 64 + 32 * 64)
        + 64 * 10,
    ),
    "anomaly detection": (
        anomaly_detection,
        (640,),
        2 * (640 * 128 + 3 * 128 * 128 + 128 * 8),
    ),
}  # fmt: skip
