"""Do the kit's models answer the same on every runtime? The table of docs/parity.md.

    .venv/bin/python benchmarks/parity.py [FOLDER] [--made PLACE] [--second-runtime PYTHON]
        [--with NAME=COMMAND] [--place PLACE]

The lessons' models are made here, by the quick profile, and answer 300 simulated photos that they
never learned from. FOLDER holds real photos, and PLACE what `small_models.py` made of them: those
models answer the photos that were kept apart from their training. Each is asked on this computer,
by the Python of an environment with another runtime, and by commands that run `lowres-field` on
other machines: COMMAND is run in a folder with the model and the photos (so it must see that
folder there too, or copy it), with the words `answers model.tflite photos.npy --out answers.json`.
Five minutes on 2 cores, and two seconds a photo and model more on an emulated machine.
"""

import argparse
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from lowres_kit.data import load_dataset
from lowres_kit.field.answers import Answers, answer_all, opened
from lowres_kit.field.compare import PROMISE, compare
from lowres_kit.field.second_runtime import answers_elsewhere
from lowres_kit.learn import Recipe, fine_tune
from lowres_kit.learn.divide import divide
from lowres_kit.shrink import TfliteModel, quantization_aware, thin, to_int8, to_tflite
from lowres_kit.shrink.aware import RECIPE
from lowres_kit.workshop.project_model import divide_as_lesson_03

PLACE = Path("build/parity")
LEAVES, SIZE = "simulated-leaves", 96
HEAD = """| model | photos | against LiteRT here | same prediction | without the second look | largest |
|---|---|---|---|---|---|"""


def say(line):
    """Tell on standard error what goes on; standard output is the table's alone."""
    print(line, file=sys.stderr, flush=True)


def lesson_networks(pixels, labels):
    """Make the networks of lessons 03, 07, 08 and 09, as their quick profile does."""
    recipe, classes = Recipe(epochs=40), len(set(labels))
    cut = fine_tune(pixels, labels, recipe=recipe).model
    weights = sum(p.numel() for p in cut.parameters())
    yield "03: cut at 112", cut
    yield "03: cut at 80", fine_tune(pixels, labels, recipe=Recipe("80", epochs=40)).model
    yield "03: whole network", fine_tune(pixels, labels, recipe=Recipe("full", epochs=20)).model
    network = cut
    for part in (4, 16, 64):
        start = thin(network, pixels, labels, to=weights // part)
        again = Recipe(epochs=20, frozen_layers=7 if part == 4 else 0)
        network = fine_tune(pixels, labels, recipe=again, classes=classes, start=start).model
        yield f"07, 09: 1/{part} of the weights", network
    yield "08: quantization-aware", quantization_aware(cut, pixels, labels, RECIPE).model


def lessons(place):
    """Give name, int8 file and photos of each of the lessons' models; files are kept."""
    photos = load_dataset(LEAVES)
    parts = divide_as_lesson_03(photos)
    learn = parts.pop("learn")
    others = photos.take(np.sort(np.concatenate(list(parts.values())))).read(SIZE)
    folder = place / "lessons"
    if not folder.is_dir():
        pixels, labels = photos.take(learn).read(SIZE), photos.labels[learn]
        draft = place / "lessons.part"
        draft.mkdir(parents=True, exist_ok=True)
        for number, (name, network) in enumerate(lesson_networks(pixels, labels), 1):
            say(f"Made: {name}")
            title = name.replace(": ", "--").replace("/", "-in-").replace(" ", "_")
            file = to_int8(to_tflite(network, SIZE), pixels)
            (draft / f"{number}-{title}.tflite").write_bytes(file)
        draft.rename(folder)
    for path in sorted(folder.glob("*.tflite")):
        title = path.stem[2:].replace("--", ": ").replace("-in-", "/").replace("_", " ")
        yield f"lesson {title}", path.read_bytes(), others, "simulated"


def shrunk(folder, made):
    """Give name, file and the photos kept apart of each model that `small_models.py` made."""
    for seed in sorted({path.parent.name.split("-")[1] for path in made.glob("*-*/model.tflite")}):
        data, read = divide(folder, int(seed), 0.2, lambda line: None), {}
        for path in sorted(made.glob(f"*-{seed}*/model.tflite")):
            model = path.read_bytes()
            size = TfliteModel(model).size
            if size not in read:
                read[size] = data.read(data.test, size)[0]
            name = path.parent.name.replace(f"-{seed}", "").replace("small-", "`lowres shrink` to ")
            yield f"{name}, seed {seed}", model, read[size], "real"


def answers_by(command, model, photos):
    """Ask another machine through a command; see the head of this file."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "model.tflite").write_bytes(model)
        np.save(place / "photos.npy", photos)
        words = ["answers", "model.tflite", "photos.npy", "--out", "answers.json"]
        subprocess.run([*shlex.split(command), *words], cwd=place, check=True, stdout=sys.stderr)
        return Answers.load(place / "answers.json")


def row(name, kind, title, found):
    """One line of the table."""
    largest = "bit for bit the same" if found.exact else f"{found.largest} of 255"
    first = found.inputs - found.first_differing
    return (
        f"| {name} | {found.inputs} {kind} | {title} | {found.same} ({100 * found.share:.2f} %) | "
        f"{first} ({100 * first / found.inputs:.2f} %) | {largest} |"
    )


def main():
    """Ask all, print the table and the sums; the exit code is 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real photos, a sub-folder a class")
    parser.add_argument("--made", type=Path, metavar="PLACE", help="of small_models.py")
    parser.add_argument("--second-runtime", metavar="PYTHON")
    parser.add_argument(
        "--with", dest="others", action="append", default=[], metavar="NAME=COMMAND"
    )
    parser.add_argument("--place", type=Path, default=PLACE, help="keeps the lessons' models")
    parser.add_argument("--photos", type=int, metavar="N", help="ask about the first N alone")
    arguments = parser.parse_args()
    asked = {"plain kernels": lambda *given: answer_all(opened(given[0], plain=True), given[1])}
    if arguments.second_runtime:
        asked["second runtime"] = lambda *given: answers_elsewhere(arguments.second_runtime, *given)
    for other in arguments.others:
        title, _, command = other.partition("=")
        asked[title] = lambda *given, command=command: answers_by(command, *given)
    models = list(lessons(arguments.place))
    if arguments.folder and arguments.made:
        models += shrunk(arguments.folder, arguments.made)
    found = {title: [] for title in asked}
    print(HEAD)
    for name, model, photos, kind in models:
        photos = photos[: arguments.photos]
        here = answer_all(opened(model), photos, say=say)
        for title, ask in asked.items():
            found[title].append(compare(here, ask(model, photos)))
            line = row(f"{name}, {len(model) / 1000:.0f} kB", kind, title, found[title][-1])
            print(line, flush=True)
    print()
    for title, all_of_it in found.items():
        inputs, same = (sum(getattr(one, key) for one in all_of_it) for key in ("inputs", "same"))
        print(f"- {title} ({all_of_it[0].other.title}): {same} of {inputs} the same prediction, "
              f"at least {100 * min(one.share for one in all_of_it):.2f} % for each of "
              f"{len(all_of_it)} models; {max(one.largest for one in all_of_it)} of 255 steps at "
              f"most; exact for {sum(one.exact for one in all_of_it)} models.")  # fmt: skip
    return int(any(one.share < PROMISE for all_of_it in found.values() for one in all_of_it))


if __name__ == "__main__":
    sys.exit(main())
