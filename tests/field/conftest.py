"""What tests of this room share: a small network as a pack."""

import numpy as np
import pytest

from lowres_kit.field import make_pack

NAMES = ("angular leaf spot", "bean rust", "healthy, çé")
SIZE = 48


@pytest.fixture(scope="session")
def ingredients():
    """A small network with random weights, and photos whose classes it was told by itself."""
    import torch

    from lowres_kit.learn import EfficientNetLite0
    from lowres_kit.shrink import TfliteModel, to_int8, to_tflite

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = EfficientNetLite0(3, "24").eval()
    photos = np.random.default_rng(0).integers(0, 256, (120, SIZE, SIZE, 3), np.uint8)
    photos[:, :, :, 0] = photos[:, :, :, 0] // 4 + np.arange(120, dtype=np.uint8)[:, None, None]
    model = to_int8(to_tflite(network, SIZE), photos)
    labels = TfliteModel(model).probabilities(photos).argmax(1)
    return model, photos, labels


@pytest.fixture(scope="session")
def whole(ingredients, tmp_path_factory):
    """Path of a good pack."""
    model, photos, labels = ingredients
    path = tmp_path_factory.mktemp("pack") / "beans.zip"
    make_pack(path, "beans", model, NAMES, photos, labels, 0.05, scope="problem = 'x'\n")
    return path
