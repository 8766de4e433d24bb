"""What the tests state holds on other processors, and with one thread as with two: at night.

Rounding differs with the instructions that a processor has and with the threads that share a sum,
and training makes much of little. So the rooms that train run once for each kind of processor
that this one can stand in for. `LOWRES_NIGHTLY=1 python3 start.py test tests/test_processors.py`
takes hours; `-k "2-default"` names one of them, and docs/ci.md says what each takes.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Torch's own kernels, and those of oneDNN, by the newest instructions that they may use.
PROCESSORS = {"default": "SSE41", "avx2": "AVX2", "avx512": "AVX512_CORE"}
ROOMS = ("shrink", "learn", "lessons")

pytestmark = [
    pytest.mark.skipif(
        os.environ.get("LOWRES_NIGHTLY") != "1", reason="takes hours: at night (LOWRES_NIGHTLY=1)"
    ),
    pytest.mark.alone,
]


def surroundings(threads, processor):
    """Environment of a test run on such a processor with so many threads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOWRES_LESSON_THREADS")
    # By day's rules: what takes longer at night runs once, and this file not within itself.
    own = {name: one for name, one in os.environ.items()
           if name != "LOWRES_NIGHTLY" and not name.startswith("PYTEST_")}  # fmt: skip
    own |= dict.fromkeys(names, str(threads))
    own["LOWRES_ANEW"] = "1"  # what passed on another processor proves nothing here
    return own | {"ATEN_CPU_CAPABILITY": processor, "ONEDNN_MAX_CPU_ISA": PROCESSORS[processor]}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("processor", PROCESSORS)
@pytest.mark.parametrize("threads", [1, 2])
def test_all_holds_there(threads, processor, room):
    own = surroundings(threads, processor)
    ask = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    found = subprocess.check_output([sys.executable, "-c", ask], env=own, text=True).strip()
    if found.lower() != processor:
        pytest.skip(f"this processor has no {processor}; torch takes {found}")
    at_once = ["--numprocesses", "2", "--dist", "loadfile"] if threads == 1 else []
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *at_once, f"tests/{room}"],
        env=own, cwd=ROOT, text=True, capture_output=True,
    )  # fmt: skip
    print(ran.stdout[-6000:])  # with its own table of where the time went
    assert ran.returncode == 0, "\n".join(
        line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
    )
