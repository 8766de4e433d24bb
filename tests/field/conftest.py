"""What tests of this room share: a small network as a pack."""

import pytest
from small_network import NAMES, SIZE, network, pictures

from lowres_kit.field import make_pack
from lowres_kit.shrink import TfliteModel, to_int8, to_tflite


@pytest.fixture(scope="session")
def ingredients():
    """An int8 model, and pictures with the classes that it gives them itself."""
    photos = pictures()
    model = to_int8(to_tflite(network(), SIZE), photos)
    return model, photos, TfliteModel(model).probabilities(photos).argmax(1)


@pytest.fixture(scope="session")
def whole(ingredients, tmp_path_factory):
    """Path of a good pack."""
    model, photos, labels = ingredients
    path = tmp_path_factory.mktemp("pack") / "beans.zip"
    make_pack(path, "beans", model, NAMES, photos, labels, 0.05, scope="problem = 'x'\n")
    return path
