"""Describe pictures by numbers that need no network: light, sharpness, colours and textures."""

import numpy as np

GREY = np.array([0.299, 0.587, 0.114], np.float32)  # how bright the eye finds red, green, blue


def brightness(pixels):
    """Mean brightness of each picture, from 0 (black) to 255 (white).

    Parameters
    ----------
    pixels : numpy.ndarray
        uint8, ``(n, height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        float32, ``(n,)``.
    """
    return pixels.mean(axis=(1, 2), dtype=np.float32) @ GREY


def sharpness(pixels):
    """Variance of the Laplacian: how much neighbouring pixels differ; low where it is blurred.

    Pech-Pacheco, Cristobal, Chamorro-Martinez and Fernandez-Valdivia, "Diatom autofocusing in
    brightfield microscopy: a comparative study", ICPR 2000. Comparable only between pictures of
    the same size.

    Parameters
    ----------
    pixels : numpy.ndarray
        uint8, ``(n, height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        float32, ``(n,)``.
    """
    return np.array([_laplacian(picture @ GREY).var() for picture in pixels], np.float32)


def simple_features(pixels):
    """Describe the colours and textures of each picture.

    Colours: a histogram of 5 x 5 x 5 colours and, in each field of a 3 x 3 grid, mean and spread.
    Textures: local binary patterns at two scales (Ojala, Pietikainen and Maenpaa, "Multiresolution
    gray-scale and rotation invariant texture classification with local binary patterns", 2002),
    and the strength of edges at three scales. Good enough to find some wrong labels when no
    pretrained network is at hand; that one's features find more.

    Parameters
    ----------
    pixels : numpy.ndarray
        uint8, ``(n, size, size, 3)``, `size` 64 or more; 128 is enough.

    Returns
    -------
    numpy.ndarray
        float32, ``(n, 202)``.
    """
    return np.stack([_features(picture) for picture in pixels])


def _features(picture):
    colours = (picture // 52).reshape(-1, 3) @ np.array([25, 5, 1])
    histogram = np.bincount(colours, minlength=125) / len(colours)
    parts = [np.sqrt(histogram)]  # roots bring rare colours, such as spots, within reach
    for band in np.array_split(picture / np.float32(255), 3):
        for field in np.array_split(band, 3, axis=1):
            parts += [field.mean(axis=(0, 1)), field.std(axis=(0, 1))]
    grey = picture @ GREY
    parts += [np.sqrt(_binary_patterns(grey, reach)) for reach in (1, 3)]
    for _ in range(3):
        parts.append([np.log1p(_laplacian(grey).var())])
        even = grey[: len(grey) // 2 * 2, : grey.shape[1] // 2 * 2]
        grey = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return np.concatenate(parts).astype(np.float32)


def _laplacian(grey):
    inner = grey[1:-1, 1:-1]
    return grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner


def _binary_patterns(grey, reach):
    """Share of pixels by how many of their eight neighbours are brighter; edges against noise."""
    height, width = grey.shape
    centre = grey[reach:-reach, reach:-reach]
    ring = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    brighter = np.stack(
        [
            grey[row * reach : height - (2 - row) * reach, col * reach : width - (2 - col) * reach]
            > centre
            for row, col in ring
        ]
    )
    changes = (brighter != np.roll(brighter, 1, axis=0)).sum(axis=0)
    pattern = np.where(changes <= 2, brighter.sum(axis=0), 9)  # 9: more than one bright arc
    return np.bincount(pattern.ravel(), minlength=10) / pattern.size
