"""The plots of the lesson *Prune*."""

import matplotlib.pyplot as plt
import numpy as np

from lowres_kit.plotting import HATCHES, LINES, MARKERS, PALETTE
from lowres_kit.words import Words

words = Words(__package__)

WINDOW = 56  # rows and columns of a layer that are shown: single weights can still be seen


def mask_view(curves, across, sparsity, weights, mask, kind):
    """Draw accuracy against sparsity, and beside it a layer with the weights that are left.

    Parameters
    ----------
    curves : dict of str to (dict of float to float)
        For each way to compare weights the accuracy (0 to 1) at each sparsity (0 to 1).
    across : str
        The way that is shown at the right.
    sparsity : float
        Of the network that is shown at the right; a key of the curves.
    weights, mask : array
        Of one layer, ``(channels out, channels in)``; the mask is True for what is kept.
    kind : str
        "simulated" or "real".

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(8.4, 3.6), gridspec_kw={"width_ratios": [1.25, 1]}
    )
    for number, (way, curve) in enumerate(curves.items()):
        scores = [100 * score for score in curve.values()]
        look = {"color": PALETTE[number], "marker": MARKERS[number], "ls": LINES[number]}
        left.plot([100 * share for share in curve], scores, label=way, **look)
    here = 100 * curves[across][sparsity]
    left.plot([100 * sparsity], [here], "o", ms=15, mfc="none", mec="black", mew=2)
    left.set(xlabel=words("mask_view.across"), ylabel=words("mask_view.up", kind=kind))
    left.set(xlim=(-5, 100), ylim=(0, 105))
    left.legend(loc="lower left", fontsize=9)
    mask = np.asarray(mask)
    size = np.abs(np.asarray(weights)[:WINDOW, :WINDOW])
    shown = np.where(mask[:WINDOW, :WINDOW], size, np.nan)
    right.set_facecolor("white")
    image = right.imshow(shown, vmin=0, vmax=np.quantile(size, 0.99), cmap="cividis_r")
    figure.colorbar(image, ax=right, label=words("mask_view.size"), shrink=0.85)
    right.set(xticks=[], yticks=[])
    right.set(xlabel=words("mask_view.channels_in"), ylabel=words("mask_view.channels_out"))
    right.grid(False)
    zero = 100 * (1 - np.mean(mask))
    right.set_title(words("mask_view.layer", zero=zero), fontsize=10)
    return figure


def layer_shares(shares, level):
    """Draw the share of zeros in each layer.

    Parameters
    ----------
    shares : sequence of float
        For each layer, in the order of the network, 0 to 1.
    level : float
        The share where each layer loses the same.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6.8, 2.6))
    numbers = np.arange(1, len(shares) + 1)
    axis.bar(numbers, 100 * np.array(shares), color=PALETTE[4], edgecolor="black")
    same = words("layer_shares.level")
    axis.axhline(100 * level, color="black", ls="--", marker="", label=same)
    axis.set(xlabel=words("layer_shares.across"), ylabel=words("layer_shares.up"))
    axis.set(ylim=(0, 100), xlim=(0.3, len(shares) + 0.7))
    axis.set_axisbelow(True)
    figure.legend(loc="outside upper center", fontsize=9)
    return figure


def class_bars(recalls, kind):
    """Draw what share of each class is found, by several networks.

    Parameters
    ----------
    recalls : dict of str to (dict of str to float)
        For each network the share that it finds of each class, 0 to 1.
    kind : str
        "simulated" or "real".

    Returns
    -------
    matplotlib.figure.Figure
    """
    classes = list(next(iter(recalls.values())))
    figure, axis = plt.subplots(figsize=(6.8, 0.9 + 0.3 * len(recalls) * len(classes)))
    high = 0.8 / len(recalls)
    for number, (network, found) in enumerate(recalls.items()):
        places = np.arange(len(classes)) + high * (number - (len(recalls) - 1) / 2)
        shares = [100 * found[name] for name in classes]
        look = {"color": PALETTE[number], "hatch": HATCHES[number], "edgecolor": "black"}
        bars = axis.barh(places, shares, high, label=network, **look)
        texts = [words("class_bars.share", share=share) for share in shares]
        axis.bar_label(bars, texts, padding=4, fontsize=9)
    axis.set_yticks(range(len(classes)), [name.replace("_", "\n") for name in classes])
    axis.invert_yaxis()
    axis.set_axisbelow(True)
    axis.set(xlim=(0, 112), xlabel=words("class_bars.across", kind=kind))
    figure.legend(loc="outside upper center", ncols=2, fontsize=9)
    return figure
