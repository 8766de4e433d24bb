"""The hardware labs inside the emulated Pi, on both runtimes; and each fails when it must."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from card_files import same_card
from labs import run_labs

# They shall be done in six minutes, and two emulated Pis keep both cores of CI's machine busy.
pytestmark = [pytest.mark.alone, same_card]

ROOT = Path(__file__).resolve().parents[2]
NIGHTLY = os.environ.get("LOWRES_NIGHTLY") == "1"
RUNTIMES = ("litert", "tflite")
LABS = [
    int(path.name.split("-")[1]) for path in sorted((ROOT / "hardware/labs").glob("lab-*.ipynb"))
]


# The faults that are tried in each run: one of each lab. At night all, on both runtimes.
FAULTS = {"litert": ["--first", "--broken", "1", "2", "3"],
          "tflite": ["--first", "--broken", "4", "5"]}  # fmt: skip


@pytest.fixture(scope="module")
def results(card, tmp_path_factory):
    """For each runtime what it said, its labs and its faults; two emulated Pis side by side."""

    def run(runtime):
        place, out = tmp_path_factory.mktemp("pi"), tmp_path_factory.mktemp("results")
        more = ["--broken"] if NIGHTLY else FAULTS[runtime]
        _, said = run_labs(place, card / "card.img", runtime, out, more=more, cores=1)
        (place / "card.img").unlink()
        file = out / "results.json"
        return said, json.loads(file.read_text("utf-8")) if file.exists() else []

    with ThreadPoolExecutor(2) as pool:
        yield dict(zip(RUNTIMES, pool.map(run, RUNTIMES)))


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("lab", LABS)
def test_lab_passes(results, runtime, lab):
    said, ran = results[runtime]
    found = [one for one in ran if one["lab"] == lab and not one["broken"]]
    assert len(found) == 1, said
    assert found[0]["passed"] and found[0]["runtime"] == runtime, found[0]["said"]


@pytest.mark.parametrize("lab", LABS)
def test_lab_fails_when_its_thing_is_broken(results, lab):
    found = [one for _, ran in results.values() for one in ran
             if one["lab"] == lab and one["broken"]]  # fmt: skip
    assert found
    for one in found:
        assert one["passed"], f"with {one['broken']}: {one['said'] or 'it passed'}"
