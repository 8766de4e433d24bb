"""Quantization-aware fine-tuning: the network learns to live with its rounding.

While it trains, weights and what flows between the layers are rounded as the int8 file will round
them (Jacob et al., CVPR 2018, section 3). Rounding has no useful slope: it is flat nearly
everywhere. So the gradient passes as if nothing had been rounded, but for what was clipped (the
"straight-through estimator": Bengio, Léonard and Courville, "Estimating or propagating gradients
through stochastic neurons", 2013).

BatchNorm is folded into the convolutions first, as in the file. That leaves less to compute, so
this is no slower than plain fine-tuning.
"""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from ...errors import KitError
from ...learn.backbone import InvertedResidual, normalise
from ...learn.recipe import Recipe
from ...learn.training import cross_entropy, fine_tune
from .affine import least_error_clip
from .fold_batchnorm import convolutions, factor_and_bias, fold_batch_norm, following

# It knows the photos already and shall only give way a little: few epochs, small steps, and the
# first layers too, since their rounding is what all others see.
RECIPE = Recipe(epochs=6, rate=3e-4, frozen_layers=0)
STEPS = 255  # an int8 tensor has 256 numbers
KEEPS = 0.98  # share of the old range that a moving range keeps at each training step
# What an activation lets through.
ENDS = {nn.ReLU: (0.0, float("inf")), nn.ReLU6: (0.0, 6.0)}
PASSED_ON = (nn.ZeroPad2d, nn.Identity, nn.Dropout, nn.MaxPool2d)


def quantization_aware(
    model,
    photos,
    labels,
    recipe=None,
    validation=None,
    objective=None,
    checkpoint=None,
    after_step=None,
    weight_bits=8,
    title="Quantization-aware",
):
    """Go on training a network while everything in it is rounded.

    Parameters
    ----------
    model : EfficientNetLite0
        A trained network, of any cut and widths; it is left as it is.
    photos, labels : numpy.ndarray
        uint8 ``(n, size, size, 3)`` and int ``(n,)``; the ranges are first taken from these.
    recipe : Recipe, optional
        How to train; `RECIPE` if not given.
    validation : tuple, optional
        ``(photos, labels)`` to choose the best epoch with, by its accuracy *when rounded*.
    objective, checkpoint, after_step, title
        As for `fine_tune`. `after_step` gets the network in training, whose weights have the
        names of those of `model`.
    weight_bits : int
        2 to 8. With fewer than 8 bits the weights take only so many different values; the file
        still has a byte for each, which compresses well. Layers that hold few weights and cannot
        do with fewer keep 8 bits: the first one, the last one (as in Zhou et al., "DoReFa-Net",
        2016), and all depthwise ones. So does what flows between the layers.

    Returns
    -------
    Fitted
        Its model is a float network like `model`, with rounded weights, and BatchNorm that adds a
        bias and nothing else; `to_tflite` and `to_int8` make of it what was trained.

    Raises
    ------
    KitError
        If the network has a layer that is not known here.
    """
    recipe = recipe or RECIPE
    start = aware_copy(model, weight_bits)
    calibrate(start, photos, recipe)
    fitted = fine_tune(
        photos,
        labels,
        validation,
        recipe,
        model.classifier.out_features,
        checkpoint,
        title,
        start,
        objective or cross_entropy,
        after_step,
    )
    return replace(fitted, model=plain_copy(fitted.model, model))


def aware_copy(model, weight_bits=8):
    """Copy a network; the copy rounds its weights and what flows between its layers.

    Each layer keeps its place, so weights keep their names. BatchNorm and activations are taken
    into the convolution before them.
    """
    aware = copy.deepcopy(model).eval()
    first = next((layer for _, layer, _ in convolutions(aware)), None)
    sequences = [
        (name, part) for name, part in aware.named_modules() if isinstance(part, nn.Sequential)
    ]
    for name, sequence in sequences:
        _replace_layers(sequence, name, weight_bits, first)
    aware.pool = nn.Sequential(model.pool, Rounded())
    aware.classifier = AwareLinear(aware.classifier)
    return aware


def calibrate(aware, photos, recipe):
    """Set the ranges of all tensors to the smallest and largest number over some photos."""
    rounded = [layer for layer in aware.modules() if isinstance(layer, Rounded)]
    for layer in rounded:
        layer.keeps = None
    some = np.unique(np.linspace(0, len(photos) - 1, 128).astype(int))
    aware.train()
    with torch.no_grad():
        for part in np.array_split(some, -(-len(some) // recipe.batch)):
            aware(normalise(photos[part], recipe.size))
    for layer in rounded:
        layer.keeps = KEEPS


def plain_copy(aware, model):
    """Copy `model`, with the rounded weights that its aware copy has learned."""
    plain = fold_batch_norm(model)
    norms = {name: norm for name, _, norm in convolutions(plain)}
    with torch.no_grad():
        for name, layer in aware.named_modules():
            if isinstance(layer, (AwareConv, AwareLinear)):
                own = plain.get_submodule(name)
                own.weight.copy_(layer.rounded_weight())
                if norms.get(name) is not None:
                    norms[name].bias.copy_(layer.bias)
                else:
                    own.bias = nn.Parameter(layer.bias.detach().clone())
    return plain


class _Round(torch.autograd.Function):
    """Round to steps and clip; the gradient passes where nothing was clipped."""

    @staticmethod
    def forward(ctx, x, scale, lowest, highest):
        rounded = torch.mul(x, 1 / scale).round_().clamp_(lowest, highest).mul_(scale)
        ctx.save_for_backward(rounded)  # which the next layer keeps anyway: no memory lost
        ctx.ends = lowest * scale, highest * scale
        return rounded

    @staticmethod
    def backward(ctx, gradient):
        (rounded,) = ctx.saved_tensors
        return torch.ops.aten.hardtanh_backward(gradient, rounded, *ctx.ends), None, None, None


class _StraightThrough(torch.autograd.Function):
    """Go forward with the rounded weights, and hand their gradient to the weights."""

    @staticmethod
    def forward(ctx, weight, rounded):
        return rounded.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


class Rounded(nn.Module):
    """Round a tensor to 256 numbers; in training, its range follows what comes through.

    Parameters
    ----------
    floor, ceiling : float
        What the activation in this place lets through; -inf and inf for none. Clipping to the
        range then does the activation's work too.
    """

    def __init__(self, floor=-float("inf"), ceiling=float("inf")):
        super().__init__()
        self.floor, self.ceiling, self.keeps = floor, ceiling, KEEPS
        self.register_buffer("low", torch.tensor(float("nan")))
        self.register_buffer("high", torch.tensor(float("nan")))

    def forward(self, x):
        """Answer, as torch calls it."""
        if self.training:
            self._look(x.detach())
        if self.keeps is None:  # while calibrating, as in the float model that the file is made of
            return x.clamp(self.floor, self.ceiling)
        low, high = self.low.item(), self.high.item()
        scale = max(high - low, 1e-9) / STEPS
        lowest = round(low / scale)  # zero is a whole number of steps from the lowest
        return _Round.apply(x, scale, lowest, lowest + STEPS)

    def _look(self, x):
        # As it lies in memory: a walk through the channels would take five times as long.
        low, high = (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).reshape(-1).aminmax()
        low, high = low.clamp(self.floor, 0), high.clamp(0, self.ceiling)
        if torch.isnan(self.low):
            self.low.copy_(low), self.high.copy_(high)
        elif self.keeps is None:
            self.low.clamp_(max=low), self.high.clamp_(min=high)
        else:
            self.low.lerp_(low, 1 - self.keeps), self.high.lerp_(high, 1 - self.keeps)


class _RoundedWeight:
    """What convolutions and linear layers share: one scale for each output channel."""

    def _take(self, weight, factor, bias, bits, rounded):
        self.weight, self.bias = nn.Parameter(weight.detach().clone()), nn.Parameter(bias)
        self.highest, self.rounded = 2 ** (bits - 1) - 1, rounded
        # BatchNorm's factors stay apart: in training, a step of the folded weights would be far
        # too large for some channels and too small for others.
        self.register_buffer("factor", factor.reshape(-1, *[1] * (weight.dim() - 1)))
        # With few numbers it pays to clip the largest weights.
        folded = (self.weight * self.factor).detach().numpy()
        clip = least_error_clip(folded, bits, axis=0) if bits < 8 else 1.0
        self.register_buffer("clip", torch.as_tensor(clip, dtype=torch.float32))

    def rounded_weight(self):
        """The weights as the file will hold them; their gradient passes to the weights."""
        folded = self.weight * self.factor
        exact = folded.detach()
        others = tuple(range(1, exact.dim()))
        scale = self.clip * exact.abs().amax(others, keepdim=True) / self.highest
        scale = scale.clamp(min=1e-12)
        rounded = (exact / scale).round_().clamp_(-self.highest, self.highest).mul_(scale)
        return _StraightThrough.apply(folded, rounded)


class AwareConv(_RoundedWeight, nn.Conv2d):
    """A convolution with its bias and activation, rounded weights and rounded output."""

    def __init__(self, layer, norm, rounded, bits):
        super().__init__(
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,
            layer.stride,
            layer.padding,
            layer.dilation,
            layer.groups,
            True,
            layer.padding_mode,
        )
        self._take(layer.weight, *factor_and_bias(layer, norm), bits, rounded)

    def forward(self, x):
        """Answer, as torch calls it."""
        return self.rounded(self._conv_forward(x, self.rounded_weight(), self.bias))


class AwareLinear(_RoundedWeight, nn.Linear):
    """A linear layer with rounded weights and rounded output."""

    def __init__(self, layer):
        super().__init__(layer.in_features, layer.out_features)
        factor, bias = torch.ones(layer.out_features), torch.zeros(layer.out_features)
        bias = bias if layer.bias is None else layer.bias.detach().clone()
        self._take(layer.weight, factor, bias, 8, Rounded())

    def forward(self, x):
        """Answer, as torch calls it."""
        return self.rounded(nn.functional.linear(x, self.rounded_weight(), self.bias))


class AwareBlock(InvertedResidual):
    """A block whose sum with its input is rounded as well."""

    def __init__(self, block):
        nn.Module.__init__(self)
        self.layers, self.skip = block.layers, block.skip
        self.rounded = Rounded() if block.skip else nn.Identity()

    def forward(self, x):
        """Answer, as torch calls it."""
        return self.rounded(super().forward(x))


def _replace_layers(sequence, name, bits, first):
    """Put aware layers in the place of convolutions, and nothing in that of what they take in."""
    for i, layer in enumerate(sequence):
        if isinstance(layer, nn.Conv2d):
            norm = following(sequence, i, nn.BatchNorm2d)
            last = i if norm is None else i + 1
            activation = following(sequence, last, tuple(ENDS))
            own_bits = 8 if layer is first or layer.groups > 1 else bits
            ends = ENDS.get(type(activation), (-float("inf"), float("inf")))
            sequence[i] = AwareConv(layer, norm, Rounded(*ends), own_bits)
            for taken in range(i + 1, last + 1 + (activation is not None)):
                sequence[taken] = nn.Identity()
        elif isinstance(layer, InvertedResidual):
            sequence[i] = AwareBlock(layer)
        elif not isinstance(layer, (*PASSED_ON, nn.Sequential)):
            raise KitError(
                f"Quantization-aware training does not know the layer {name}.{i} "
                f"({type(layer).__name__}); use convolutions, each with BatchNorm and ReLU or "
                "ReLU6 after it or without."
            )
