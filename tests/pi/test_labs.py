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


@pytest.fixture(scope="module")
def results(card, tmp_path_factory):
    """For each runtime the results of its labs; two emulated Pis work side by side."""
    # At night each fault on both runtimes; else those of camera and pins, which need this board:
    # tests/hardware tries the others of each lab.
    jobs = {(runtime, False): [] for runtime in RUNTIMES}
    jobs |= {(runtime, True): ["--broken"] for runtime in RUNTIMES if NIGHTLY}
    jobs |= {} if NIGHTLY else {("litert", True): ["--broken", "--labs", "3", "4"]}

    def run(job):
        place, out = tmp_path_factory.mktemp("pi"), tmp_path_factory.mktemp("results")
        code, said = run_labs(place, card / "card.img", job[0], out, more=jobs[job])
        (place / "card.img").unlink()
        found = out / "results.json"
        return code, said, json.loads(found.read_text("utf-8")) if found.exists() else []

    with ThreadPoolExecutor(2) as pool:
        yield dict(zip(jobs, pool.map(run, jobs)))


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("lab", LABS)
def test_lab_passes(results, runtime, lab):
    code, said, labs = results[runtime, False]
    found = [one for one in labs if one["lab"] == lab]
    assert len(found) == 1, said
    assert found[0]["passed"] and found[0]["runtime"] == runtime, found[0]["said"]
    assert code == 0 or not all(one["passed"] for one in labs)


@pytest.mark.parametrize("lab", LABS)
def test_lab_fails_when_its_thing_is_broken(results, lab):
    if lab not in (3, 4) and not NIGHTLY:
        pytest.skip("tried by tests/hardware, and here at night")
    for (_, broken), (_, said, runs) in results.items():
        found = [one for one in runs if broken and one["lab"] == lab]
        assert found or not broken, said
        for one in found:
            assert one["passed"], f"with {one['broken']}: {one['said'] or 'it passed'}"
