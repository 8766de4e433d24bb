"""Simulated leaves: the same from the same seed, and each setting does what it says."""

import csv
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lowres_kit.data import (
    LeafSettings,
    leaf_photo,
    near_duplicates,
    read_folder,
    simulate_leaves,
    true_classes,
)
from lowres_kit.data.leaves.simulate import CLASSES
from lowres_kit.errors import KitError

SMALL = 48


def photos(count=6, seed=3, size=SMALL, **changed):
    """Draw some photos of each class: uint8 (3 * count, size, size, 3)."""
    wanted = LeafSettings(**changed)
    return np.stack(
        [leaf_photo(kind, i, seed, size, wanted) for kind in CLASSES for i in range(count)]
    )


@settings(max_examples=8, deadline=None)
@given(seed=some.integers(0, 2**32), index=some.integers(0, 500), kind=some.sampled_from(CLASSES))
def test_same_seed_same_photo_another_seed_another(seed, index, kind):
    one = leaf_photo(kind, index, seed, SMALL)
    assert one.shape == (SMALL, SMALL, 3) and one.dtype == np.uint8
    assert np.array_equal(one, leaf_photo(kind, index, seed, SMALL))
    assert not np.array_equal(one, leaf_photo(kind, index, seed + 1, SMALL))
    assert not np.array_equal(one, leaf_photo(kind, index + 1, seed, SMALL))


def test_another_process_draws_the_same():
    code = (
        "import hashlib; from lowres_kit.data import leaf_photo; "
        f"print(hashlib.sha256(leaf_photo('bean_rust', 4, 7, {SMALL}).tobytes()).hexdigest())"
    )
    said = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(2)}
    assert len(said) == 1


def test_dusk_is_darker_than_sun():
    assert photos(light="dusk").mean() < photos(light="sun").mean() - 20


def edges(pictures):
    return np.abs(np.diff(pictures.astype(float), axis=2)).mean()


def test_a_bad_hand_blurs():
    # A good phone, and pictures large enough that noise does not hide the edges.
    still, shaken = (photos(3, size=128, phone="good", blur=blur) for blur in (0.0, 3.0))
    assert edges(shaken) < 0.8 * edges(still)


def test_severity_changes_sick_leaves_and_no_healthy_ones():
    early, late = photos(severity=0.2), photos(severity=1.5)
    healthy = np.repeat([kind == "healthy" for kind in CLASSES], 6)
    assert np.array_equal(early[healthy], late[healthy])
    assert np.abs(early[~healthy].astype(int) - late[~healthy]).mean() > 2


def test_a_dry_season_is_yellower():
    def yellow(pictures):
        red, green, blue = pictures.reshape(-1, 3).mean(axis=0)
        return (red + green) / 2 - blue

    assert yellow(photos(season="dry", background="table")) > yellow(photos(background="table"))


@pytest.mark.parametrize(
    "changed, sign",
    [
        ({"light": "moon"}, "light cannot be 'moon'; choose one of mixed, "),
        ({"phone": "stone"}, "phone cannot be 'stone'"),
        ({"label_errors": 1.2}, "from 0 to 1"),
        ({"blur": -1}, "from 0 to 10"),
        ({"photos_per_plant": 0}, "at least 1"),
    ],
)
def test_bad_settings_are_told_in_a_sentence(changed, sign):
    with pytest.raises(KitError, match=sign):
        LeafSettings(**changed)


def test_unknown_class():
    with pytest.raises(KitError, match="no class 'maize'"):
        leaf_photo("maize", 0)


def test_folder_tells_plants_and_true_classes(tmp_path):
    wanted = LeafSettings(label_errors=0.3, photos_per_plant=2)
    found = read_folder(simulate_leaves(tmp_path / "leaves", 30, 5, SMALL, wanted))
    assert len(found) == 90 and not found.problems
    wrong = (true_classes(found) != found.labels).mean()
    assert 0.15 < wrong < 0.45  # 0.3 of 90, give or take three deviations
    counted = {source: found.sources.count(source) for source in set(found.sources)}
    assert set(counted.values()) == {2}
    with open(tmp_path / "leaves" / "sources.csv", newline="", encoding="utf-8") as file:
        assert {row["true_class"] for row in csv.DictReader(file)} == set(CLASSES)


def test_true_classes_of_real_photos_are_not_known(tmp_path):
    found = read_folder(simulate_leaves(tmp_path / "leaves", 2, 0, SMALL))
    (tmp_path / "leaves" / "sources.csv").unlink()
    with pytest.raises(KitError, match="Only of simulated photos"):
        true_classes(read_folder(tmp_path / "leaves"))
    assert len(found) == 6


def test_second_shots_are_found_as_near_duplicates(tmp_path):
    wanted = LeafSettings(bursts=1.0, photos_per_plant=2)
    found = read_folder(simulate_leaves(tmp_path / "leaves", 10, 1, 160, wanted))
    plants = [{found.sources[i] for i in group} for group in near_duplicates(found)]
    alike = sum(len(sources) == 1 for sources in plants)
    assert alike >= 5, "of 15 pairs of shots, a third at least is found"
    assert alike == len(plants), "and no two plants are taken for one"


def test_a_folder_that_exists_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(KitError, match="mine exists already"):
        simulate_leaves(tmp_path / "mine", 2)


@pytest.mark.skipif(sys.platform == "win32", reason="kills as Linux and macOS do")
def test_killed_while_drawing_no_half_folder_is_left_in_its_place(tmp_path):
    code = (
        "import sys; from lowres_kit.data import simulate_leaves; "
        "simulate_leaves(sys.argv[1], 100, 0, 96)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "leaves")])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(tmp_path.glob(".leaves*/*/*.png")):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert list(tmp_path.glob(".leaves*/*/*.png")), "it was killed in the middle of the work"
    assert not (tmp_path / "leaves").exists()
    assert len(read_folder(simulate_leaves(tmp_path / "leaves", 2, 0, SMALL))) == 6
