"""`lowres train` keeps its promises on real photos, each training as a process of its own.

`benchmarks/real_photos.py` measures the same with three seeds, and the minutes.
"""

import hashlib
import importlib.util
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
import torch
from platformdirs import user_cache_path

from lowres_kit.places import write_text

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("real_photos", ROOT / "benchmarks/real_photos.py")
real_photos = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real_photos)


NIGHTLY = os.environ.get("LOWRES_NIGHTLY") == "1"
# Each seed takes other photos, and a few more right answers by chance: so, the median of three.
# They take a third of the hour that a run has, so by day there is one. Its gap has a standard error
# of 3.5 points (paired, on 207 photos), and that much less is asked of it.
SEEDS, POINTS = ((0, 1, 2), 12) if NIGHTLY else ((1,), 8.5)


@pytest.fixture(scope="module")
def from_twenty(real_beans, tmp_path_factory):
    place = tmp_path_factory.mktemp("few")
    results = []
    for seed in SEEDS:
        (place / str(seed)).mkdir()
        with baseline_kept(real_beans, place / str(seed) / "from scratch.json", seed):
            results.append(real_photos.from_few(real_beans, seed, place / str(seed)))
    return results


@contextmanager
def baseline_kept(photos, result, seed):
    """Keep the training from scratch for the next run, by all that it depends on; not at night.

    It is no promise of the kit but what one is measured against, and it takes as long.
    """
    files = [
        path for room in ("learn", "data") for path in (ROOT / "lowres_kit" / room).rglob("*.py")
    ]
    files += [Path(real_photos.__file__), Path(__file__), *Path(photos).rglob("*.*")]
    key = hashlib.sha256(f"{seed} {torch.__version__} {torch.get_num_threads()} "
                         f"{torch.backends.cpu.get_cpu_capability()}".encode())  # fmt: skip
    for path in sorted(files):
        key.update(path.read_bytes())
    cache = user_cache_path("lowres-kit-tests", appauthor=False) / "from-scratch"
    stored = cache / f"{key.hexdigest()[:24]}.json"
    if stored.exists() and not NIGHTLY:
        shutil.copy(stored, result)
    yield
    cache.mkdir(parents=True, exist_ok=True)
    write_text(stored, result.read_text(encoding="utf-8"))


def test_twenty_photos_a_class_beat_training_from_scratch(from_twenty):
    transfer, scratch = (
        median(one[way]["accuracy"] for one in from_twenty) for way in ("transfer", "from scratch")
    )
    assert 100 * (transfer - scratch) >= POINTS


def test_twenty_photos_a_class_need_little_memory(from_twenty):
    assert max(one["transfer"]["peak_memory_mb"] for one in from_twenty) < 1500


@pytest.mark.skipif(
    not NIGHTLY,
    reason="trains for 7 minutes, of the hour that a run has: at night, and by the benchmark",
)
def test_full_profile_holds_accuracy_and_memory(real_beans, tmp_path):
    result = real_photos.full(real_beans, 0, tmp_path)
    # What is promised for the median of three seeds, which the benchmark measures. This seed's
    # photos are rather easy (99 %), so other rounding on another processor does not break it.
    assert result["accuracy"] >= 0.965
    assert result["peak_memory_mb"] < 1500
