"""The networks and the photos that all runtimes are given."""

from pathlib import Path

import numpy as np

from lowres_kit.data.train_validation_test import train_validation_test_split
from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier, Recipe, fine_tune

CUTS = ("full", "112", "40")
CALIBRATION = 100


def given(folders):
    """Read the folders that `lowres train` wrote, largest network first."""
    found = {}
    for folder in map(Path, folders):
        classifier = Classifier.load(folder)
        name = f"{_title(classifier.model.cut)}, {classifier.size} px"
        found[f"{name} ({folder.name})" if name in found else name] = classifier
    return dict(sorted(found.items(), key=lambda pair: -_parameters(pair[1].model)))


def trained(folder, quick, cache, say):
    """Train the three networks, each on the same photos; they are kept for the next time.

    Parameters
    ----------
    folder : pathlib.Path
        One sub-folder of photos a class.
    quick : bool
        Two rounds on pictures of 96 pixels: to see that all works. Otherwise 8 rounds at 224.
    cache : pathlib.Path
        Where they are kept.
    say : callable
        Takes a line of text.
    """
    size, epochs = (96, 2) if quick else (224, 8)
    data, found = train_validation_test_split(folder, 0, 0.2, say), {}
    for cut in CUTS:
        place = cache / "networks" / f"{Path(folder).resolve().name}-{cut}-{size}-{epochs}"
        if not (place / "classifier.json").is_file():
            say(f"Training the network cut at {cut}, {size} pixels, {epochs} rounds")
            recipe = Recipe(cut=cut, epochs=epochs, size=size, batch=8)
            train, validation = (data.read(part, size) for part in (data.train, data.validation))
            fitted = fine_tune(*train, validation, recipe, data.classes, place / "training.pt")
            facts = {"recipe": {"seed": 0}, "photos": data.counts()}
            Classifier(fitted.model, data.names, size, facts).save(place)
        found[f"{_title(cut)}, {size} px"] = Classifier.load(place)
    return found


def lay_out(classifier, folder, work, quick, say):
    """Write a network and its photos into a folder for the peers.

    The photos to test with are those that its training kept apart; those to calibrate with are
    among the ones that it learned from.

    Raises
    ------
    KitError
        If the network was trained on other photos.
    """
    facts = classifier.facts
    data = train_validation_test_split(
        folder, facts.get("recipe", {}).get("seed", 0), 0.2, lambda line: None
    )
    if facts.get("photos") != data.counts() or classifier.class_names != data.names:
        raise KitError(
            f"A network was trained on {facts.get('photos')}, but {folder} divides into "
            f"{data.counts()}; give the folder that it was trained on."
        )
    chance = np.random.default_rng(0)
    learned = chance.permutation(data.train)[: CALIBRATION // (5 if quick else 1)]
    tested = chance.permutation(data.test)[: 40 if quick else None]
    classifier.save(work / "classifier")
    photos, labels = data.read(tested, classifier.size)
    np.save(work / "photos.npy", photos)
    np.save(work / "labels.npy", labels)
    np.save(work / "calibration.npy", data.read(learned, classifier.size)[0])
    say(f"{len(photos)} photos to test with, {len(learned)} to calibrate with")


def _title(cut):
    return "full" if cut == "full" else f"cut {cut}"


def _parameters(model):
    return sum(weight.numel() for weight in model.parameters())
