"""Layers that look through a window: padding, pooling, and how TFLite places windows.

What `network`, `layer` and `x` are, and what comes back, is said in `layers`. Sizes, kernels and
strides are pairs (height, width) in pixels.
"""

import numpy as np

from .graph_builder import Unsupported, Value

SAME, VALID = 0, 1
SYMMETRIC = 1


def pair(value):
    """Height and width of a setting that torch takes as one number or as two."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def windows(size, kernel, stride, dilation=(1, 1)):
    """How many windows fit into a map, along each axis.

    Parameters
    ----------
    size, kernel, stride, dilation : tuple of int
        Of the map, padding included, and of the window.

    Returns
    -------
    tuple of int
        Height and width of the output.

    Raises
    ------
    Unsupported
        If the window is larger than the map.
    """
    found = tuple(
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(size, kernel, stride, dilation)
    )
    if min(found) < 1:
        raise Unsupported(
            f"its window is larger than the map of {size[0]} x {size[1]} that reaches it; use "
            "larger pictures or fewer strides"
        )
    return found


def padding_is_same(size, kernel, stride, before, after, dilation=(1, 1)):
    """Whether a padding is the one that TFLite calls SAME, for a map of this size.

    SAME gives one output for each `stride` inputs, rounded up, and puts an odd padding's larger
    half after the map; torch pads both sides alike. So it depends on whether sizes are odd.

    Parameters
    ----------
    size, kernel, stride, dilation : tuple of int
        As in `windows`, but `size` without padding.
    before, after : tuple of int
        Pixels of padding at the top and left, and at the bottom and right.
    """
    for n, k, s, b, a, d in zip(size, kernel, stride, before, after, dilation):
        outputs, reach = -(-n // s), d * (k - 1) + 1
        total = max((outputs - 1) * s + reach - n, 0)
        if (b, a) != (total // 2, total - total // 2) or (n + total - reach) // s + 1 != outputs:
            return False
    return True


def pad(network, x, before, after):
    """Surround a map with zeros: `before` at the top and left, `after` at the bottom and right."""
    if min(*before, *after) < 0:
        raise Unsupported("a negative padding cuts pixels off; cut the picture before the network")
    if not any((*before, *after)):
        return x
    _, c, h, w = x.shape
    shape = (1, c, h + before[0] + after[0], w + before[1] + after[1])
    edges = network.constant("padding", [(0, 0), *zip(before, after), (0, 0)], np.int32)
    return network.add("PAD", [network.picture(x), edges], shape)


def zero_pad(network, layer, x):
    """nn.ZeroPad2d, whose settings are (left, right, top, bottom)."""
    left, right, top, bottom = layer.padding
    return pad(network, x, (top, left), (bottom, right))


def max_pool(network, layer, x):
    """nn.MaxPool2d; where TFLite's padding is another, the edge is mirrored: same maximum.

    Padding is at most half the window, so a mirrored pixel lies in the window already.
    """
    kernel, stride, padding = _pool_settings(layer)
    if pair(layer.dilation) != (1, 1) or layer.return_indices:
        raise Unsupported("dilation and return_indices are not there; leave them out")
    tensor, (_, c, h, w) = network.picture(x), x.shape
    padded = (h + 2 * padding[0], w + 2 * padding[1])
    _refuse_partial_windows(layer, padded, kernel, stride)
    size = windows(padded, kernel, stride)
    same = any(padding) and padding_is_same((h, w), kernel, stride, padding, padding)
    if not same:
        tensor = _mirror(network, tensor, padding)
    return _pool(network, "MAX_POOL_2D", tensor, (1, c, *size), kernel, stride, same)


def _mirror(network, tensor, padding):
    """Repeat a map's edge outwards; no more at once than the map itself is large."""
    while any(padding):
        _, h, w, c = tensor.shape
        now = min(padding[0], h), min(padding[1], w)
        edges = network.constant("padding", [(0, 0), *zip(now, now), (0, 0)], np.int32)
        shape = (1, h + 2 * now[0], w + 2 * now[1], c)
        add = network.graph.add
        tensor = add("MIRROR_PAD", [tensor, edges], network.name, shape, mode=SYMMETRIC)
        padding = padding[0] - now[0], padding[1] - now[1]
    return tensor


def average_pool(network, layer, x):
    """nn.AvgPool2d; zeros of the padding count, unless count_include_pad is False."""
    kernel, stride, padding = _pool_settings(layer)
    if layer.divisor_override is not None:
        raise Unsupported("divisor_override is not there; leave it out")
    size = (x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1])
    _refuse_partial_windows(layer, size, kernel, stride)
    same = any(padding) and not layer.count_include_pad
    if same and not padding_is_same(x.shape[2:], kernel, stride, padding, padding):
        raise Unsupported(
            "its padding cannot be left out of the average here; use count_include_pad=True"
        )
    if not same:
        x = pad(network, x, padding, padding)
    shape = (1, x.shape[1], *windows(size, kernel, stride))
    tensor = network.picture(x)
    return _pool(network, "AVERAGE_POOL_2D", tensor, shape, kernel, stride, same)


def _pool_settings(layer):
    kernel = pair(layer.kernel_size)
    stride = pair(layer.stride) if layer.stride else kernel
    return kernel, stride, pair(layer.padding)


def _refuse_partial_windows(layer, size, kernel, stride):
    left_over = any((n - k) % s for n, k, s in zip(size, kernel, stride))
    if layer.ceil_mode and left_over:
        raise Unsupported("ceil_mode=True makes windows that hang over the edge; leave it out")


def _pool(network, code, tensor, shape, kernel, stride, same):
    return network.add(
        code,
        [tensor],
        shape,
        padding=SAME if same else VALID,
        filterHeight=kernel[0],
        filterWidth=kernel[1],
        strideH=stride[0],
        strideW=stride[1],
    )


def adaptive_average_pool(network, x, size):
    """nn.AdaptiveAvgPool2d: over the whole map, or over equal parts of it.

    Parameters
    ----------
    network, x
        As in `layers`.
    size : int or tuple of int or None
        Height and width of the output; None keeps that of the map.
    """
    network.picture(x)
    wanted = tuple(w or n for w, n in zip(pair(size), x.shape[2:]))
    if wanted == (1, 1):
        return average(network, x)
    if any(n % w for n, w in zip(x.shape[2:], wanted)):
        raise Unsupported(
            f"a map of {x.shape[2]} x {x.shape[3]} cannot be cut into {wanted[0]} x {wanted[1]} "
            "equal parts; use nn.AdaptiveAvgPool2d(1)"
        )
    kernel = tuple(n // w for n, w in zip(x.shape[2:], wanted))
    tensor, shape = network.picture(x), (*x.shape[:2], *wanted)
    return _pool(network, "AVERAGE_POOL_2D", tensor, shape, kernel, kernel, False)


def average(network, x):
    """Average of each channel, as a map of one pixel (kept as a vector until a map is needed)."""
    axes = network.constant("axes", (1, 2), np.int32)
    shape = x.shape[:2]
    vector = network.add("MEAN", [network.picture(x), axes], shape, keepDims=False)
    return Value(vector.tensor, (*shape, 1, 1))
