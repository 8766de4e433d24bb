"""Our writer and the library converter (litert-torch) agree; runs where that package is."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from lowres_kit.learn import EfficientNetLite0
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_tflite

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def python_with_converter():
    """A Python that has litert-torch (2 GB, so it is no part of the kit)."""
    if os.environ.get("LOWRES_LITERT_TORCH"):
        return os.environ["LOWRES_LITERT_TORCH"]
    if importlib.util.find_spec("litert_torch"):
        return sys.executable
    pytest.skip("no litert-torch here; name a Python that has it with LOWRES_LITERT_TORCH")


@pytest.mark.parametrize("cut, size", [("40", 64), ("24", 75)])
def test_both_converters_give_the_same_answers(python_with_converter, cut, size, tmp_path):
    torch.manual_seed(0)
    network = EfficientNetLite0(5, cut).train()
    network(torch.randn(4, 3, size, size))  # averages of BatchNorm that are not 0 and 1
    network.eval()
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    script = Path(__file__).with_name("litert_torch_convert.py")
    ran = subprocess.run(
        [python_with_converter, script, tmp_path / "weights.pt", cut, str(size),
         tmp_path / "theirs.tflite"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    theirs = TfliteModel(tmp_path / "theirs.tflite")
    ours = TfliteModel(to_tflite(network, size))
    x = np.random.default_rng(0).uniform(-1, 1, (10, 1, size, size, 3)).astype(np.float32)
    expected = np.concatenate([theirs.run(one.transpose(0, 3, 1, 2).copy()) for one in x])
    found = np.concatenate([ours.run(one) for one in x])
    # Both compute in float32, in another order.
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert expected.std(axis=0).min() > 100 * np.abs(found - expected).max()
