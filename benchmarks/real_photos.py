"""What `lowres train` reaches on real photos, in minutes and MB: figures of docs/measured.md.

    .venv/bin/python benchmarks/real_photos.py FOLDER [--seeds 3] [--place PLACE]

FOLDER holds real photos, one sub-folder a class, for instance those of `lowres data get beans`.
Each training is a process of its own, as a person would start it, so that its memory is its own.
Nothing else should run on the computer meanwhile. PLACE keeps models and results: what is there
is not done again, and `small_models.py` goes on from it. Ten minutes a seed on 2 cores.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

from lowres_kit.data import read_folder, sample_per_class, split

PER_CLASS = 20
PLACE = Path("build/real-photos")


def lowres(*words):
    """Run a command of the kit with --json; return its result."""
    command = [sys.executable, "-m", "lowres_kit.cli", *map(str, words), "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def copy(photos, positions, folder):
    """Make a folder of classes with some of the photos."""
    for i in positions:
        place = folder / photos.class_names[photos.labels[i]]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos.paths[i], place)
    return folder


def kept(path, make, *words):
    """Read a result, or make it and keep it."""
    if not path.exists():
        result = make(*words)
        path.write_text(json.dumps(result), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def full(folder, seed, place):
    """Train on four fifths, test on the fifth that is kept apart."""
    model = place / f"teacher-{seed}"
    words = ("--out", model, "--profile", "full", "--seed", seed)
    return kept(place / f"teacher-{seed}.json", lowres, "train", folder, *words)


def from_few(folder, seed, place):
    """Train on 20 photos a class, from ImageNet's weights and from scratch; test on a fifth."""
    photos = read_folder(folder)
    rest, test = split(photos, 0.2, seed)
    chosen = rest[sample_per_class(photos.labels[rest], PER_CLASS, seed)]
    learn, held = copy(photos, chosen, place / "learn"), copy(photos, test, place / "held")
    results = {}
    for way, words in (("transfer", []), ("from scratch", ["--from-scratch"])):
        training = ("train", learn, "--out", place / way, "--held-out", 0, "--seed", seed, *words)
        results[way] = kept(place / f"{way}.json", _trained, training, held)
    return results


def _trained(training, held):
    """Train, and evaluate on photos that are kept apart."""
    model = training[training.index("--out") + 1]
    return lowres(*training) | {"accuracy": lowres("evaluate", model, held)["accuracy"]}


def line(name, results):
    """One line of the table: medians over the seeds, and each seed's accuracy and choice."""
    accuracy = [100 * one["accuracy"] for one in results]
    seconds = statistics.median(one["seconds"] for one in results)
    memory = max(one["peak_memory_mb"] for one in results)
    each = ", ".join(f"{value:.1f}" for value in accuracy)
    choices = "; ".join(one["chosen"] for one in results)
    figures = f"{np.median(accuracy):.1f} % ({each}) | {seconds:.0f} s | {memory:.0f} MB"
    return f"| {name} | {figures} | {choices} |"


def main():
    """Run all seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--place", type=Path, default=PLACE)
    arguments = parser.parse_args()
    whole, few_photos = [], []
    for seed in range(arguments.seeds):
        few_place = arguments.place / f"few-{seed}"
        few_place.mkdir(parents=True, exist_ok=True)
        result = few_place / "results.json"
        few_photos.append(kept(result, from_few, arguments.folder, seed, few_place))
        whole.append(full(arguments.folder, seed, arguments.place))
    print("| training | accuracy: median (each seed) | time | peak memory | kept |")
    print("|---|---|---|---|---|")
    print(line("four fifths of the photos, full profile", whole))
    for way in ("transfer", "from scratch"):
        print(line(f"{PER_CLASS} photos a class, {way}", [one[way] for one in few_photos]))


if __name__ == "__main__":
    main()
