"""The folder with hidden troubles: all are there, the audit finds them, and nothing is lost."""

import pytest
from PIL import Image

from lowres_kit.data import audit, load_dataset, read_folder
from lowres_kit.errors import KitError
from lowres_kit.workshop.field_folder import hide_troubles


@pytest.fixture(scope="module")
def photos():
    return load_dataset("simulated-leaves", count=8)


def seen(found, trouble):
    return {found.photos.paths[index].name for index in found[trouble].photos}


@pytest.mark.parametrize("seed", range(5))
def test_the_audit_finds_what_was_hidden(photos, tmp_path, seed):
    hidden = hide_troubles(photos, tmp_path / "field", seed, per_class=7)
    field = read_folder(tmp_path / "field")
    assert {problem.path.name for problem in field.problems} == set(hidden["files"])
    found = audit(field)
    for trouble in ("exact", "near", "blurred", "light"):
        assert set(hidden[trouble]) <= seen(found, trouble), trouble
    assert "different labels" in found["near"].text


def test_it_finds_them_among_real_photos_too(real_beans, tmp_path):
    hidden = hide_troubles(read_folder(real_beans), tmp_path / "field")
    field = read_folder(tmp_path / "field")
    found = audit(field)
    assert {problem.path.name for problem in field.problems} == set(hidden["files"])
    for trouble in ("exact", "near", "blurred", "light"):
        assert set(hidden[trouble]) <= seen(found, trouble), trouble


def test_the_photos_themselves_are_only_copied(photos, tmp_path):
    before = [path.read_bytes() for path in photos.paths]
    hide_troubles(photos, tmp_path / "field")
    assert [path.read_bytes() for path in photos.paths] == before


def test_a_second_run_replaces_the_first(photos, tmp_path):
    hide_troubles(photos, tmp_path / "field", seed=0, per_class=8)
    hidden = hide_troubles(photos, tmp_path / "field", seed=1, per_class=3)
    field = read_folder(tmp_path / "field")
    added = 1 + 1 + 2 + 1  # a copy, one saved again, two blurred, one dark
    assert len(field) == 9 + added and len(field.problems) == len(hidden["files"])


def test_photos_of_the_learner_are_never_deleted(photos, tmp_path):
    own = tmp_path / "field" / "rust" / "mine.jpg"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"precious")
    with pytest.raises(KitError, match="holds files of your own"):
        hide_troubles(photos, tmp_path / "field")
    assert own.read_bytes() == b"precious"


def test_pictures_of_any_kind_will_do(tmp_path):
    """Two classes of three, CMYK, grey and with a palette: a learner's folder may be such."""
    for number, mode in enumerate(("CMYK", "L", "P", "RGBA", "RGB", "LA")):
        place = tmp_path / "own" / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        picture = Image.effect_noise((60, 50 + number), 90).convert("RGB").convert(mode)
        picture.save(place / f"{number}.{'jpg' if mode == 'CMYK' else 'png'}")
    hide_troubles(read_folder(tmp_path / "own"), tmp_path / "field")
    assert len(read_folder(tmp_path / "field")) == 6 + 5


def test_too_few_photos_are_told(photos, tmp_path):
    with pytest.raises(KitError, match="There are 3 photos; 6 are needed"):
        hide_troubles(photos.take([0, 1, 2]), tmp_path / "field")
    assert not (tmp_path / "field").exists()
