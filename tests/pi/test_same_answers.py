"""The card's pack on the emulated Pi and on the laptop: bit for bit the same under LiteRT."""

from pathlib import Path

import numpy as np
from answers import main
from card_files import same_card

from lowres_kit.data.leaves.simulate import CLASSES, leaf_photo
from lowres_kit.desk.compare import compare
from lowres_kit.field import Pack
from lowres_kit.field.pack.answers import Answers, answer_all, opened

pytestmark = same_card

ROOT = Path(__file__).resolve().parents[2]
PHOTOS, FEW = 96, 24  # the older runtime needs about a second a photo in emulation


def test_demonstration_answers_on_the_pi_as_on_the_laptop(card, tmp_path):
    pack = Pack.open(ROOT / "hardware/demo/pack.zip")
    kinds = [CLASSES[i % len(CLASSES)] for i in range(PHOTOS)]
    photos = [leaf_photo(kind, i, seed=5, size=pack.size) for i, kind in enumerate(kinds)]
    photos = np.stack(photos)
    place = tmp_path / "01"
    place.mkdir()
    (place / "model.tflite").write_bytes(pack.model)
    np.save(place / "photos.npy", photos)
    assert main([str(card / "card.img"), str(tmp_path), "--photos", str(FEW)]) == 0
    here = answer_all(opened(place / "model.tflite"), photos)
    there = compare(here, Answers.load(place / "pi-litert.json"))
    assert there.inputs == PHOTOS and there.exact
    older = compare(here, Answers.load(place / "pi-tflite.json"))
    assert older.inputs == FEW and older.same == FEW
    print(older)
