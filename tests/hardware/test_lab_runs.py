"""Labs that need no camera and no pins run here as they do on the board, and tell their faults.

A laptop is no Pi, so they run as emulated ones. The other labs, and these again, run on the
emulated board (tests/pi).
"""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from lab_shape import LABS

HERE = (1, 2, 5)


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """Folder with a kernel of the card's name that is this Python."""
    place = tmp_path_factory.mktemp("jupyter")
    kernel = place / "kernels" / "lowres-litert"
    kernel.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    facts = {"argv": command, "display_name": "Field kit (LiteRT)", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(facts))
    return place


@pytest.fixture(scope="module")
def run_labs(tmp_path_factory, demo, jupyter):
    """Run labs as a process of their own; give the exit code, the results and their folder."""

    def run(*words):
        out = tmp_path_factory.mktemp("labs")
        ran = subprocess.run(
            [sys.executable, LABS / "run.py", "--runtime", "litert", "--out", out, "--emulated",
             "--demo", demo, *words],
            env=os.environ | {"JUPYTER_PATH": str(jupyter), "PYTHONPATH": str(LABS.parents[1])},
            capture_output=True, text=True,
        )  # fmt: skip
        assert (out / "results.json").exists(), ran.stderr[-3000:]
        return ran.returncode, json.loads((out / "results.json").read_text("utf-8")), out

    return run


@pytest.mark.skipif(os.name == "nt", reason="the labs are for Linux")
def test_labs_without_hardware_pass(run_labs):
    code, results, out = run_labs("--labs", *map(str, HERE))
    assert [one["said"] for one in results] == ["", "", ""]
    assert code == 0 and [one["lab"] for one in results] == list(HERE)
    assert all(one["passed"] and one["runtime"] == "litert" for one in results)
    for number in HERE:
        cells = nbformat.read(out / f"lab-{number}.ipynb", as_version=4).cells
        text = "".join(o.text for c in cells for o in c.get("outputs", ()) if "text" in o)
        assert f"Lab {number} is done" in text and "emulated: says nothing of a board" in text


@pytest.mark.skipif(os.name == "nt", reason="the labs are for Linux")
def test_each_fault_is_told_in_its_own_words(run_labs):
    code, results, _ = run_labs("--quick", "--labs", "--broken", *map(str, HERE))
    assert code == 0 and len(results) >= 8
    for one in results:
        assert one["passed"] and one["broken"] and one["said"], one


@pytest.mark.skipif(os.name == "nt", reason="the labs are for Linux")
def test_a_lab_that_fails_gives_its_sentence_and_exit_code_1(run_labs):
    code, results, _ = run_labs("--labs", "1", "--set", "pack=/nowhere/pack.zip")
    assert code == 1 and not results[0]["passed"]
    assert "There is no pack /nowhere/pack.zip" in results[0]["said"]


FAULTS_OF_THE_RUNNER = {
    "a fault that is not noticed": ({}, ["was altered"], False),
    "one that is told in other words": ({"pack": "none.zip"}, ["was altered"], False),
    "one that is told in half of the words": ({"pack": "none.zip"}, ["no pack", "x"], False),
    "a crash that is no sentence": ({"pack": 5}, [], False),
    "one that is told": ({"pack": "none.zip"}, ["There is no pack none.zip"], True),
}


@pytest.mark.skipif(os.name == "nt", reason="the labs are for Linux")
@pytest.mark.parametrize("name", FAULTS_OF_THE_RUNNER)
def test_the_runner_believes_a_fault_only_if_the_lab_tells_it(
    name, jupyter, demo, tmp_path, monkeypatch
):
    monkeypatch.setenv("JUPYTER_PATH", str(jupyter))
    monkeypatch.syspath_prepend(str(LABS))
    import run

    changed, says, passed = FAULTS_OF_THE_RUNNER[name]
    notebook = next(LABS.glob("lab-1-*"))
    given = {"pack": str(demo / "pack.zip"), "emulated": True} | changed
    fault = {"broken": name, "says": says}
    result = run.run_lab(notebook, tmp_path, "fault", "litert", given, fault)
    assert result.passed == passed, result
    assert (result.said == "") == (changed == {})
