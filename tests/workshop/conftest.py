"""What the tests of the labelling bench share."""

import numpy as np
import pytest
from PIL import Image
from small_bench import CLASSES

from lowres_kit.data.labels.labelled_folder import LabelledFolder
from lowres_kit.workshop.labelling_bench import Bench


@pytest.fixture
def photos(tmp_path):
    """Eight pictures in two folders, and three files that are none."""
    rng = np.random.default_rng(0)
    for number in range(8):
        place = tmp_path / "photos" / f"field {number % 2}" / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(place)
    cmyk = Image.new("CMYK", (1500, 900))
    cmyk.save(tmp_path / "photos" / "cmyk.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    (tmp_path / "photos" / "empty.jpg").write_bytes(b"")
    whole = (tmp_path / "photos" / "field 0" / "0.png").read_bytes()
    (tmp_path / "photos" / "half.png").write_bytes(whole[:90])
    (tmp_path / "photos" / "<b>.heic").write_bytes(b"\0\0\0\x18ftypheic")
    return tmp_path / "photos"


@pytest.fixture
def begin(photos, tmp_path):
    opened = []

    def begin(order=None, into=tmp_path / "labels", **words):
        if opened and opened[-1].into == into:
            opened[-1].close()
        opened.append(LabelledFolder(photos, CLASSES, into))
        return Bench(opened[-1], order, **words)

    yield begin
    for one in opened:
        one.close()
