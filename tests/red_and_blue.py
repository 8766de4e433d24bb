"""A folder of two classes that any network tells apart, and what `lowres train` makes of it."""

import numpy as np
import pytest
from PIL import Image

from lowres_kit.learn import job

# The steps of the real profile, on pictures of a stamp's size.
TINY_TRAINING = job.Profile(48, 60, ("24",), 32, 1, 3, 48)


def draw_photos(folder, photos=30):
    """Write a folder of classes."""
    rng = np.random.default_rng(0)
    for name, colour in (("blue", (70, 90, 190)), ("red", (190, 90, 70))):
        (folder / name).mkdir(parents=True)
        for number in range(photos):
            pixels = np.array(colour) + rng.normal(0, 30, (60, 60, 3)) + rng.normal(0, 15, 3)
            picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            picture.save(folder / name / f"{number:02}.png")


def photos_and_model(place, photos=30):
    """Write ``photos`` and ``model`` into a folder; return it."""
    draw_photos(place / "photos", photos)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(job.PROFILES, "quick", TINY_TRAINING)
        job.train_folder(place / "photos", place / "model", say=lambda line: None)
    return place
