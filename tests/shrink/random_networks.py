"""Random networks of all layers that the writer knows, wired in ways that learners use.

`random_network` takes anything with the methods of `random.Random`: a seeded one, or Hypothesis's,
which searches for a network that fails and then makes it smaller.
"""

import torch
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """x + f(x); with a layer that works in place at the beginning of f, x changes too."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class Late(nn.Module):
    """f(x) + x, in place: the sum is computed into f's result."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        y = self.inner(x)
        y += x
        return y


class Beside(nn.Module):
    """x and f(x) beside each other, as channels."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return torch.cat([self.inner(x), x], dim=1)


class Gate(nn.Module):
    """Squeeze and excitation: each channel weighed by what all say together."""

    def __init__(self, channels):
        super().__init__()
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.mix(functional.adaptive_avg_pool2d(x, 1)))


class Twice(nn.Module):
    """One layer used two times, and what is in between used as well."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        y = self.inner(x)
        return functional.relu(y) + self.inner(functional.relu6(y))


class Scaled(nn.Module):
    """A learned factor for each channel, and constants."""

    def __init__(self, channels):
        super().__init__()
        self.factor = nn.Parameter(torch.rand(channels, 1, 1) + 0.5)

    def forward(self, x):
        return (x * self.factor - 0.25) / 2


def random_network(rng):
    """Return a network in evaluation mode and its input's shape (channels, height, width)."""
    torch.manual_seed(rng.randint(0, 999))
    shape = (rng.randint(1, 4), rng.randint(1, 13), rng.randint(1, 13))
    layers, c, (h, w) = [], shape[0], shape[1:]
    for _ in range(rng.randint(1, 5)):
        for layer in rng.choice(BLOCKS)(rng, c, h, w):
            try:
                with torch.no_grad():
                    _, c, h, w = layer.eval()(torch.zeros(1, c, h, w)).shape
            except RuntimeError:  # a window larger than the map
                continue
            layers.append(layer)
    layers += _head(rng, c, h, w)
    network = nn.Sequential(*layers)
    with torch.no_grad():
        for module in network.modules():
            _as_if_trained(module)
    return network.eval(), shape


def _as_if_trained(module):
    """Numbers that let the input through: after torch's own start, most outputs are the biases."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight)
        if module.bias is not None:
            module.bias.uniform_(-0.5, 0.5)
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        module.running_mean.uniform_(-0.5, 0.5)
        module.running_var.uniform_(0.5, 2)
        if module.affine:
            module.weight.uniform_(-1.5, 1.5)
            module.bias.uniform_(-0.5, 0.5)


def _activation(rng):
    inplace = rng.choice([False, True])
    return rng.choice(
        [
            nn.ReLU(inplace),
            nn.ReLU6(inplace),
            nn.Hardtanh(inplace=inplace),
            nn.Sigmoid(),
            nn.Tanh(),
            nn.Identity(),
        ]
    )


def _convolution(rng, c, h, w):
    kernel = (rng.randint(1, 5), rng.randint(1, 5))
    stride = (rng.randint(1, 3), rng.randint(1, 3))
    dilation = rng.randint(1, 2)
    padding = rng.choice(["same", "valid", 0, 1, 2, (kernel[0] // 2, kernel[1] // 2)])
    if padding == "same":
        stride = 1
    pads = [nn.ZeroPad2d([rng.randint(0, 3) for _ in range(4)])] if rng.randint(0, 1) else []
    depthwise = rng.choice([False, True])
    out = c * rng.randint(1, 2) if depthwise else rng.randint(1, 6)
    conv = nn.Conv2d(
        c, out, kernel, stride, padding, dilation, c if depthwise else 1, rng.choice([True, False])
    )
    norm = [nn.BatchNorm2d(out, affine=rng.choice([True, False]))] if rng.randint(0, 1) else []
    return [*pads, conv, *norm, _activation(rng)]


def _keeping(rng, c):
    """Layers that keep the shape, as the inner part of a residual block."""
    first = [_activation(rng)] if rng.randint(0, 1) else []
    conv = nn.Conv2d(c, c, rng.choice([1, 3]), padding="same", groups=rng.choice([1, c]))
    norm = [nn.BatchNorm2d(c)] if rng.randint(0, 1) else []
    return nn.Sequential(*first, conv, *norm, _activation(rng))


def _pool(rng, c, h, w):
    kernel, stride = rng.randint(1, 4), rng.randint(1, 3)
    padding = rng.randint(0, kernel // 2)
    return [rng.choice([nn.MaxPool2d, nn.AvgPool2d])(kernel, stride, padding)]


def _head(rng, c, h, w):
    if rng.choice([True, False]):
        layers, d = [nn.AdaptiveAvgPool2d(1), nn.Flatten()], c
    else:
        layers, d = [nn.Flatten()], c * h * w
    if rng.choice([True, False]):
        hidden = rng.randint(1, 5)
        layers += [nn.Linear(d, hidden, bias=rng.choice([True, False]))]
        layers += [nn.BatchNorm1d(hidden), _activation(rng), nn.Dropout(0.5)]
        d = hidden
    layers.append(nn.Linear(d, rng.randint(1, 5)))
    return [*layers, nn.Softmax(dim=1)] if rng.randint(0, 3) == 3 else layers


BLOCKS = [
    _convolution,
    _convolution,
    _convolution,
    _pool,
    lambda rng, c, h, w: [nn.BatchNorm2d(c), _activation(rng)],
    lambda rng, c, h, w: [rng.choice([Residual, Late, Beside, Twice])(_keeping(rng, c))],
    lambda rng, c, h, w: [rng.choice([Gate, Scaled])(c)],
    lambda rng, c, h, w: [_activation(rng)],
]
