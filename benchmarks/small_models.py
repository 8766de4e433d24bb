"""How small a model of real photos can be, and what is lost: figures of docs/measured.md.

    .venv/bin/python benchmarks/small_models.py FOLDER [--seeds 3] [--to 1MB 400kB 100kB 50kB]
        [--place PLACE] [--picture FILE.png]

FOLDER holds real photos, one sub-folder a class. For each seed the full profile trains a network
(as `real_photos.py` does), and `lowres shrink` makes it small. A whole network is quantized too,
to see what int8 alone costs. PLACE keeps models and results: what is there is not done again. Only
the times are taken anew, of all models one after another; let the computer do nothing else then.
An hour a seed on 2 cores.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
from real_photos import PLACE, full, kept, lowres

from lowres_kit.data.train_validation_test import train_validation_test_split
from lowres_kit.learn import Classifier, Recipe, fine_tune
from lowres_kit.plotting import apply_style, png
from lowres_kit.progress import teller
from lowres_kit.shrink import measure, to_int8, to_tflite
from lowres_kit.shrink.measure.plane import size_accuracy_plane

SIZES = ("1MB", "400kB", "100kB", "50kB")


def one_seed(folder, seed, sizes, place):
    """Train and shrink with a seed; give the results by size, the teacher's first."""
    words = ("--profile", "full", "--seed", seed)
    full(folder, seed, place)
    teacher, results = place / f"teacher-{seed}", {}
    for size in sizes:
        small = place / f"small-{seed}-{size}"
        command = ("shrink", teacher, folder, "--to", size, "--out", small, *words)
        results[size] = kept(place / f"small-{seed}-{size}.json", lowres, *command)
    return {"teacher": results[sizes[0]]["teacher"], **results}


def whole_network(folder, seed, place):
    """The network with all its stages, in torch and in int8, on the same photos kept apart."""

    def make():
        data = train_validation_test_split(folder, seed, 0.2, teller(for_program=True))
        rest = np.concatenate([data.train, data.validation])
        recipe = Recipe("full", epochs=8, seed=seed, size=160)
        model = fine_tune(*data.read(rest, 208), recipe=recipe).model
        facts = {"recipe": {"seed": seed}, "photos": data.counts()}
        Classifier(model, data.names, 160, facts).save(place / f"whole-{seed}")
        photos, labels = data.read(data.test, 160)
        calibration = data.read(rest[::8], 160)[0]
        int8 = to_int8(to_tflite(model, 160), calibration)
        (place / f"whole-{seed}" / "model.tflite").write_bytes(int8)
        found = (measure(one, photos, labels, data.names) for one in (model, int8))
        return [one.as_dict() for one in found]

    return kept(place / f"whole-{seed}.json", make)


def in_turn(results, network, files):
    """Time a network and the files made of it, one after another, in place of the kept times."""
    classifier = Classifier.load(network)
    photos = np.zeros((8, classifier.size, classifier.size, 3), np.uint8)
    models = [classifier.model, *(file.read_bytes() for file in files)]
    names = classifier.class_names
    times = [measure(one, photos, np.zeros(8, int), names).latency_ms for one in models]
    return [{**one, "latency_ms": ms} for one, ms in zip(results, times)]


def timed(found, whole, place):
    """Put times taken now into the results of all seeds."""
    for seed, results in enumerate(found):
        files = [place / f"small-{seed}-{size}" / "model.tflite" for size in [*results][1:]]
        fresh = in_turn(results.values(), place / f"teacher-{seed}", files)
        found[seed] = dict(zip(results, fresh))
        network = place / f"whole-{seed}"
        whole[seed] = in_turn(whole[seed], network, [network / "model.tflite"])


def row(name, results, against):
    """One line of the table: medians over the seeds, and each seed's accuracy."""
    accuracy = [100 * one["accuracy"] for one in results]
    gained = [a - 100 * b["accuracy"] for a, b in zip(accuracy, against)]
    each = ", ".join(f"{value:.1f}" for value in accuracy)
    size = max(one["size_kb"] for one in results)
    ms = statistics.median(one["latency_ms"] for one in results)
    ratio = statistics.median(b["latency_ms"] / a["latency_ms"] for a, b in zip(results, against))
    return (
        f"| {name} | {size:,.0f} kB | {statistics.median(accuracy):.1f} % ({each}) | "
        f"{statistics.median(gained):+.1f} | {ms:.2f} ms | {ratio:.1f} |"
    )


def main():
    """Run all seeds, print the table, and draw the plane."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--to", nargs="+", default=SIZES, metavar="SIZE")
    parser.add_argument("--place", type=Path, default=PLACE)
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    apply_style()
    arguments.place.mkdir(parents=True, exist_ok=True)
    seeds = range(arguments.seeds)
    found = [one_seed(arguments.folder, s, arguments.to, arguments.place) for s in seeds]
    whole = [whole_network(arguments.folder, s, arguments.place) for s in seeds]
    timed(found, whole, arguments.place)
    points = {name: [one[name] for one in found] for name in found[0]}
    print(
        "| model | size | accuracy: median (each seed) | to the trained one | one photo "
        "| times faster |"
    )
    print("|---|---|---|---|---|---|")
    for name, results in points.items():
        print(row("trained network (torch)" if name == "teacher" else f"to {name}", results,
                  points["teacher"]))  # fmt: skip
    torch_whole, int8_whole = ([one[i] for one in whole] for i in (0, 1))
    print(row("whole network (torch), 160 pixels", torch_whole, torch_whole))
    print(row("whole network, int8, 160 pixels", int8_whole, torch_whole))
    if arguments.picture:
        lines = {f"seed {seed}": list(one.values()) for seed, one in enumerate(found)}
        figure = size_accuracy_plane(lines, kind="real", heading="Trained, then shrunk")
        arguments.picture.write_bytes(png(figure))


if __name__ == "__main__":
    main()
