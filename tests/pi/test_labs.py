"""The hardware labs inside the emulated Pi, on both runtimes; and each fails when it must."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from labs import run_labs

ROOT = Path(__file__).resolve().parents[2]
NIGHTLY = os.environ.get("LOWRES_NIGHTLY") == "1"
RUNTIMES = ("litert", "tflite")
LABS = [
    int(path.name.split("-")[1]) for path in sorted((ROOT / "hardware/labs").glob("lab-*.ipynb"))
]


# The faults that are tried in each run: one of each lab. At night all, on both runtimes.
FAULTS = {"litert": ["--first", "--labs", "1", "2", "3"], "tflite": ["--first", "--labs", "4", "5"]}


@pytest.fixture(scope="module")
def results(card, tmp_path_factory):
    """For each runtime what it said, its labs and its faults; two emulated Pis side by side."""

    def run(runtime):
        place, out = tmp_path_factory.mktemp("pi"), tmp_path_factory.mktemp("results")
        faults = [] if NIGHTLY else FAULTS[runtime]
        _, said = run_labs(place, card / "card.img", runtime, out, broken=faults)
        (place / "card.img").unlink()
        files = [out / "results.json", out / "broken" / "results.json"]
        return said, *(json.loads(file.read_text("utf-8")) for file in files if file.exists())

    with ThreadPoolExecutor(2) as pool:
        yield dict(zip(RUNTIMES, pool.map(run, RUNTIMES)))


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("lab", LABS)
def test_lab_passes(results, runtime, lab):
    said, *ran = results[runtime]
    assert ran, said
    [found] = [one for one in ran[0] if one["lab"] == lab]
    assert found["passed"] and found["runtime"] == runtime, found["said"]


@pytest.mark.parametrize("lab", LABS)
def test_lab_fails_when_its_thing_is_broken(results, lab):
    found = [one for said, _, faults in results.values() for one in faults if one["lab"] == lab]
    assert found
    for one in found:
        assert one["passed"], f"with {one['broken']}: {one['said'] or 'it passed'}"
