"""What lesson 04 takes for "elsewhere": one's own leaves, the real ones, or another farm."""

import numpy as np
import pytest

from lowres_kit.data import PhotoSet
from lowres_kit.errors import KitError
from lowres_kit.workshop import two_domains as module

LEAVES = ("angular_leaf_spot", "bean_rust", "healthy")


def made_up(name, simulated, names=LEAVES, each=70):
    labels = np.repeat(np.arange(len(names)), each)
    paths = [f"{names[k]}/{i}.png" for i, k in enumerate(labels)]
    return PhotoSet(name, names, paths, labels, simulated=simulated)


@pytest.fixture
def shelf(monkeypatch):
    """Data sets by name; the real beans are missing until a test puts them there."""
    sets = {
        "simulated-leaves": made_up("simulated-leaves", True),
        "simulated-leaves-other-farm": made_up("simulated-leaves-other-farm", True, each=60),
    }

    def load(name, count=None, seed=0):
        if name not in sets:
            raise KitError(f"The photos of {name!r} are not on this computer yet.")
        return sets[name]

    monkeypatch.setattr(module, "load_dataset", load)
    return sets


def chosen(photos):
    said = []
    return *module.two_domains(photos, say=said.append), " ".join(said)


def test_without_real_photos_it_is_another_simulated_farm(shelf):
    photos = shelf["simulated-leaves"]
    source, target, said = chosen(photos)
    assert source is photos and target.name == "simulated-leaves-other-farm"
    assert "simulated, another farm" in said and "beans only" not in said


def test_real_beans_are_taken_where_they_are(shelf):
    shelf["beans"] = made_up("beans", False)
    source, target, said = chosen(shelf["simulated-leaves"])
    assert source.simulated and target.name == "beans" and "(real)" in said


def test_own_photos_of_the_same_classes_are_elsewhere(shelf):
    own = made_up("our-beans", False, each=200)
    source, target, _ = chosen(own)
    assert source.name == "simulated-leaves" and target.name == "our-beans"
    assert set(target.counts().values()) == {module.MOST}


def test_own_photos_of_other_things_are_not_compared_with_leaves(shelf):
    source, target, said = chosen(made_up("tomatoes", False, ("ripe", "unripe")))
    assert source.class_names == target.class_names == LEAVES
    assert "draws bean leaves only" in said and target.simulated


def test_the_other_farm_as_ones_data_is_tested_from_the_first(shelf):
    source, target, _ = chosen(shelf["simulated-leaves-other-farm"])
    assert source.name == "simulated-leaves" and target.name == "simulated-leaves-other-farm"
