"""The room runs where a device has NumPy, Pillow and a runtime alone, and says the same there."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_environments import DEVICES, environment

from lowres_kit.field import FieldModel, Pack

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "sklearn", "scipy", "pandas", "jupyter", "IPython", "matplotlib", "tqdm")
ASK = """
import json, sys
from lowres_kit.field_cli import main
code = main(sys.argv[1:])
heavy = [name for name in {heavy} if name in sys.modules]
print(json.dumps([code, heavy]), file=sys.stderr)
"""


@pytest.fixture(params=DEVICES)
def device(request):
    """Python of a device."""
    pins, old = DEVICES[request.param]
    return environment(pins, python3_11=old)


def test_same_answers_on_a_small_device(device, whole, ingredients, tmp_path):
    _, photos, _ = ingredients
    paths = []
    for number, photo in enumerate(photos[:8]):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(np.kron(photo, np.ones((3, 2, 1), np.uint8))).save(paths[-1])
    ran = subprocess.run(
        [device, "-c", ASK.format(heavy=HEAVY), "verify", whole, *paths, "--json"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    code, heavy = json.loads(ran.stderr.splitlines()[-1])
    assert (code, heavy) == (0, [])
    told = json.loads(ran.stdout)
    pack = Pack.open(whole)
    assert told["fingerprint"] == pack.fingerprint
    here = FieldModel(pack)
    for path in paths:
        ours, theirs = here.classify(path), told["answers"][str(path)]
        assert theirs["label"] == ours.label and theirs["ask"] == ours.ask
        # One step of the int8 outputs more or less: that much runtimes may differ in a kernel.
        assert theirs["confidence"] == pytest.approx(ours.confidence, abs=0.02)


def test_altered_model_is_refused_there_too(device, whole, tmp_path):
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "bad.zip").write_bytes(content)
    ran = subprocess.run(
        [device, "-m", "lowres_kit.field_cli", "verify", tmp_path / "bad.zip"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2 and ran.stderr.startswith("lowres-field: bad.zip")
    assert len(ran.stderr.strip().splitlines()) == 1
