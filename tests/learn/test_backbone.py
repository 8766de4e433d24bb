"""The network is the published one, whole or cut, and its weights are the real ones."""

import numpy as np
import pytest
import torch

from lowres_kit.errors import KitError
from lowres_kit.learn import CUTS, EfficientNetLite0, backbone, imagenet_backbone, normalise
from lowres_kit.learn.backbone import default_widths

# Position of "palace" in ImageNet's list of 1,000 classes.
PALACE = 698


def sample_photo(size=224):
    from PIL import Image
    from sklearn.datasets import load_sample_image

    china = Image.fromarray(load_sample_image("china.jpg")[:, 106:533])
    return np.asarray(china.resize((size, size)))[None]


def test_knows_a_palace_when_it_sees_one():
    """With ImageNet's own last layer, the real photo of a Chinese palace is named rightly."""
    model = imagenet_backbone(1000)
    weight, bias = list(backbone._imagenet_weights().values())[-2:]
    model.classifier.load_state_dict({"weight": weight, "bias": bias})
    with torch.inference_mode():
        scores = model(normalise(sample_photo())).softmax(1)[0]
    assert scores.argmax() == PALACE
    assert scores[PALACE] > 0.3


def test_whole_network_has_the_published_size():
    """4.65 million parameters (Lite0, with 1,000 classes), as its authors state."""
    parameters = sum(p.numel() for p in EfficientNetLite0(1000).parameters())
    assert parameters == 4_652_008


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_network_is_the_beginning_of_the_whole(cut):
    whole, part = imagenet_backbone(3), imagenet_backbone(3, cut)
    x = normalise(sample_photo(64))
    with torch.inference_mode():
        expected = whole.features[: whole.ends[cut] + 1](x.clone())
        assert torch.allclose(part.features(x.clone()), expected, atol=1e-5)
        assert part(x).shape == (1, 3)
    assert part.classifier.in_features == expected.shape[1]
    assert cut == "full" or part.classifier.in_features == int(cut)


def test_a_network_can_start_at_what_its_first_layers_gave():
    network = imagenet_backbone(3, "40").eval()
    x = normalise(sample_photo(64))
    with torch.inference_mode():
        assert torch.equal(network(network.features[:5](x), start=5), network(x))


def test_normalise_keeps_the_order_of_pixels_and_channels():
    photos = np.zeros((2, 4, 5, 3), np.uint8)
    photos[1, 2, 3, 0] = 255
    x = normalise(photos)
    assert x.shape == (2, 3, 4, 5)
    assert x[1, 0, 2, 3] == 1.0
    assert x[0, 0, 0, 0] == pytest.approx(-127 / 128)


def test_an_unknown_cut_is_refused_in_words():
    with pytest.raises(KitError, match="cannot be cut at '100'; choose one of 24, 40"):
        EfficientNetLite0(3, "100")


THIN = (8, (8, 4), (16, 8), (24, 8))


def test_widths_make_a_thinner_network_and_the_usual_ones_the_usual():
    thin = EfficientNetLite0(3, "24", THIN).eval()
    assert thin.widths == THIN and thin.features[5].layers[0].out_channels == 16
    assert thin(torch.zeros(1, 3, 32, 32)).shape == (1, 3)
    for cut in CUTS:
        usual = EfficientNetLite0(3, cut)
        same = EfficientNetLite0(3, cut, default_widths(cut))
        assert usual.widths == same.widths
        assert [p.shape for p in usual.parameters()] == [p.shape for p in same.parameters()]


@pytest.mark.parametrize(
    "widths, why",
    [
        ((8, (8, 4), (16, 8)), "must look like"),
        ((8, (8, 4), (16, 8), (24, 0)), "must look like"),
        ((8, (8, 4), (16, 8), (24, 7)), "what is added together"),
        ((8, (6, 4), (16, 8), (24, 8)), "the stem and its first block"),
    ],
)
def test_widths_that_no_network_can_have_are_refused(widths, why):
    with pytest.raises(KitError, match=why):
        EfficientNetLite0(3, "24", widths)


def test_other_weights_than_the_expected_are_refused(monkeypatch):
    monkeypatch.setattr(backbone, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(KitError, match="damaged or not the expected.*start.py setup"):
        imagenet_backbone(3)
