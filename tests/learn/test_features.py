"""Frozen features are the network's, are kept on disk, and survive a half-written file."""

import numpy as np
import pytest
import torch

from lowres_kit.errors import KitError
from lowres_kit.learn import features, frozen_features, imagenet_backbone, linear_probe, normalise
from lowres_kit.learn.backbone import predict_probabilities
from lowres_kit.learn.classifier import network_of_probe


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWRES_CACHE", str(tmp_path))
    return np.random.default_rng(0).integers(0, 256, (7, 48, 48, 3), dtype=np.uint8)


def test_features_are_the_networks_pooled_output(photos):
    model = imagenet_backbone(2, "80")
    with torch.inference_mode():
        expected = model.pool(model.features(normalise(photos))).flatten(1).numpy()
    np.testing.assert_allclose(frozen_features(photos, "80"), expected, atol=1e-4)


def test_the_second_time_they_are_read_from_disk(photos, monkeypatch):
    first = features.features_at_cuts(photos, ("24", "40"))
    monkeypatch.setattr(features, "_compute", lambda *_: pytest.fail("computed again"))
    again = features.features_at_cuts(photos, ("24", "40"))
    assert all(np.array_equal(first[cut], again[cut]) for cut in first)


def test_one_pixel_more_is_another_photo(photos):
    before = frozen_features(photos, "24")
    photos[3, 0, 0, 0] ^= 128
    after = frozen_features(photos, "24")
    assert np.array_equal(before[:3], after[:3])
    assert not np.array_equal(before[3], after[3])


def test_a_half_written_file_is_made_again(photos, tmp_path):
    first = frozen_features(photos, "24")
    (file,) = (tmp_path / "features").iterdir()
    file.write_bytes(file.read_bytes()[:150])
    assert np.array_equal(frozen_features(photos, "24"), first)


def test_a_cache_that_is_full_costs_time_and_no_more(photos, tmp_path):
    (tmp_path / "features").write_text("a file in its place")
    assert frozen_features(photos, "24").shape == (7, 24)


def test_no_photo_is_said_in_words(photos):
    with pytest.raises(KitError, match="no photo"):
        frozen_features(photos[:0])


@pytest.mark.parametrize(
    "labels", [[0, 1, 0, 1, 0, 1, 1], [0, 1, 2, 0, 1, 2, 2], [0, 2, 2, 0, 0, 2, 2]]
)
def test_probe_and_its_network_answer_the_same(photos, labels):
    """Also with two classes (one row of weights) and with a class that no photo has."""
    probe = linear_probe(frozen_features(photos, "40"), labels)
    network = network_of_probe(probe, 3, "40")
    answers = predict_probabilities(network, photos)
    expected = np.zeros((len(photos), 3))
    expected[:, np.unique(labels)] = probe.predict_proba(frozen_features(photos, "40"))
    np.testing.assert_allclose(answers, expected, atol=1e-3)


def test_a_probe_of_one_class_is_refused():
    with pytest.raises(KitError, match="at least two classes"):
        linear_probe(np.zeros((3, 2)), [1, 1, 1])
