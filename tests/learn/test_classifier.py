"""A classifier is the same after saving and loading, and a damaged one is refused in words."""

import json

import numpy as np
import pytest
import torch

from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier, frozen_features, linear_probe, network_of_probe
from lowres_kit.learn.backbone import EfficientNetLite0


@pytest.fixture
def photos():
    return np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), dtype=np.uint8)


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    classifier = Classifier(EfficientNetLite0(2, "24").eval(), ("ja", "nein"), 40, {"seed": 0})
    classifier.save(tmp_path / "model")
    return tmp_path / "model", classifier


def test_what_is_loaded_answers_as_what_was_saved(saved, photos):
    folder, classifier = saved
    loaded = Classifier.load(folder)
    assert (loaded.class_names, loaded.size, loaded.facts) == (("ja", "nein"), 40, {"seed": 0})
    assert np.array_equal(loaded.predict(photos), classifier.predict(photos))


def test_thin_network_keeps_its_widths(tmp_path, photos):
    thin = EfficientNetLite0(2, "24", (8, (8, 4), (16, 8), (24, 8))).eval()
    Classifier(thin, ("ja", "nein"), 40).save(tmp_path)
    loaded = Classifier.load(tmp_path)
    assert loaded.model.widths == thin.widths
    assert np.array_equal(loaded.predict(photos), Classifier(thin, ("a", "b"), 40).predict(photos))


def test_saving_twice_gives_the_same_files(saved, tmp_path):
    folder, classifier = saved
    classifier.save(tmp_path / "again")
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def test_folder_without_a_classifier(tmp_path):
    with pytest.raises(KitError, match=r"no trained classifier .*\(classifier.json is missing\)"):
        Classifier.load(tmp_path)


@pytest.mark.parametrize(
    "damage, sign",
    [
        (lambda card: card[: len(card) // 2], "cannot be read"),
        (lambda card: card.replace(b'"cut": "24"', b'"cut": "25"'), "damaged"),
        (lambda card: card.replace(b'"nein"', b'"nein", "vielleicht"'), "damaged"),
        (lambda card: b"[]", "damaged"),
        (lambda card: b"\xff\xfe", "cannot be read"),
    ],
)
def test_damaged_card(saved, damage, sign):
    card = saved[0] / "classifier.json"
    card.write_bytes(damage(card.read_bytes()))
    with pytest.raises(KitError, match=sign) as told:
        Classifier.load(saved[0])
    assert "lowres train" in str(told.value)


def test_altered_weights_are_refused_before_they_are_read(saved):
    weights = saved[0] / "weights.pt"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(KitError, match="weights.pt is damaged or of another run"):
        Classifier.load(saved[0])


class Trap:
    """Unpickled, it would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_weights_that_carry_a_program_do_not_run_it(saved, tmp_path):
    import hashlib

    folder, trap = saved[0], tmp_path / "trapped"
    torch.save({"classifier.weight": Trap(trap)}, folder / "weights.pt")
    card = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
    card["weights_sha256"] = hashlib.sha256((folder / "weights.pt").read_bytes()).hexdigest()
    (folder / "classifier.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(KitError, match="damaged"):
        Classifier.load(folder)
    assert not trap.exists()
    torch.load(folder / "weights.pt", weights_only=False)  # the trap is a real one
    assert trap.exists()


@pytest.mark.parametrize("labels", [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2], [0, 0, 0, 2, 2, 2]])
def test_network_of_probe_answers_as_the_probe(photos, labels):
    labels = np.array(labels)
    features = frozen_features(photos, cut="40")
    probe = linear_probe(features, labels)
    network = Classifier(network_of_probe(probe, 3, "40"), ("a", "b", "c"), 40)
    answers = network.predict(photos)
    # float32 in the network, float64 in the probe
    assert np.allclose(answers[:, probe.classes_], probe.predict_proba(features), atol=1e-4)
    assert answers[:, [k for k in range(3) if k not in labels]].sum() == 0
