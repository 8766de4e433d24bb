"""Pictures for the tests: each seed gives another one, with the soft shapes of a real photo."""

import os

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("LOWRES_QUIET", "1")


def picture(seed, width=120, height=120):
    """Draw a picture that looks like no other: soft colour fields with a fine grain."""
    rng = np.random.default_rng(seed)
    fields = Image.fromarray(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8))
    soft = np.asarray(fields.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    grain = rng.normal(0, 6, (height, width, 1))
    return Image.fromarray(np.clip(soft + grain, 0, 255).round().astype(np.uint8))


@pytest.fixture
def draw():
    """Return the function `picture`."""
    return picture


@pytest.fixture
def folder_of(tmp_path):
    """Return a function that makes a folder of classes: ``folder_of(healthy=5, rust=4)``."""

    def make(**counts):
        for label, (name, count) in enumerate(counts.items()):
            (tmp_path / "photos" / name).mkdir(parents=True)
            for number in range(count):
                place = tmp_path / "photos" / name / f"{number:03}.png"
                picture(1000 * label + number, 64, 64).save(place)
        return tmp_path / "photos"

    return make
