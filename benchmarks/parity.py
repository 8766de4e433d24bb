"""Do the kit's models answer the same on every runtime? The table of docs/parity.md.

    .venv/bin/python benchmarks/parity.py [FOLDER --made PLACE] [--second-runtime PYTHON]
        [--with NAME=COMMAND] [--carry DIR] [--brought NAME] [--place PLACE]

The lessons' models are made here, by the quick profile, and answer 300 simulated photos that they
never learned from. FOLDER holds real photos, and PLACE what `small_models.py` made of them: those
models answer the photos that were kept apart from their training. Each is asked here, and

- by the Python of an environment with another runtime;
- by commands that run `lowres-field` on other machines: COMMAND is run, once for each model, in a
  folder with the model and the photos (so it must see that folder there too, or copy it), with the
  words `answers model.tflite photos.npy --out answers.json`;
- by machines that a command does not reach: `--carry DIR` writes a folder for each model, with
  `model.tflite` and `photos.npy`, and ends. In each, run `lowres-field answers` there and write
  NAME.json beside them; `--carry DIR --brought NAME` reads these. `hardware/emulator/answers.py`
  does it on an emulated Pi.

Half an hour on 2 cores, most of it for the plain kernels.
"""

import argparse
import hashlib
import shlex
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import numpy as np

from lowres_kit.data import load_dataset
from lowres_kit.data.splits import few_shot_split
from lowres_kit.data.train_validation_test import train_validation_test_split
from lowres_kit.desk.compare import PROMISE, compare
from lowres_kit.desk.packing import answers_elsewhere
from lowres_kit.field.pack.answers import Answers, answer_all, opened
from lowres_kit.learn import Recipe, fine_tune
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import prune_channels, quantization_aware, to_int8, to_tflite
from lowres_kit.shrink.quantize.quantization_aware import RECIPE

PLACE = Path("build/parity")
# What the lessons train with: a file that is read, since no benchmark imports a lesson.
SETTINGS = Path(__file__).parents[1] / "lessons" / "parts" / "shared" / "settings.toml"
LESSONS = tomllib.loads(SETTINGS.read_text("utf-8"))
LEAVES, SIZE, EPOCHS = "simulated-leaves", LESSONS["quick"]["size"], LESSONS["quick"]["epochs"]
HEAD = (
    "| model | photos | against LiteRT here | same prediction | without second look | largest |\n"
    "|---|---|---|---|---|---|"
)


def say(line):
    """Tell on standard error what goes on; standard output is the table's alone."""
    print(line, file=sys.stderr, flush=True)


def lesson_networks(pixels, labels):
    """Make the networks of the lessons that train and shrink, as their quick profile does."""
    recipe, classes = Recipe(epochs=EPOCHS), len(set(labels))
    cut = fine_tune(pixels, labels, recipe=recipe).model
    weights = sum(p.numel() for p in cut.parameters())
    yield "Transfer learning: cut at 112", cut
    yield (
        "Transfer learning: cut at 80",
        fine_tune(pixels, labels, recipe=Recipe("80", epochs=EPOCHS)).model,
    )
    yield (
        "Transfer learning: whole network",
        fine_tune(pixels, labels, recipe=Recipe("full", epochs=20)).model,
    )
    network = cut
    for part in (4, 16, 64):
        start = prune_channels(network, pixels, labels, to=weights // part)
        again = Recipe(epochs=20, frozen_layers=7 if part == 4 else 0)
        network = fine_tune(pixels, labels, recipe=again, classes=classes, start=start).model
        yield f"Prune, Distil: 1/{part} of the weights", network
    yield "Quantize: quantization-aware", quantization_aware(cut, pixels, labels, RECIPE).model


def lessons(place):
    """Give name, int8 file and photos of each of the lessons' models; files are kept."""
    photos = load_dataset(LEAVES)
    parts = few_shot_split(photos, LESSONS["held_out"], LESSONS["per_class"])
    train = parts.pop("train")
    others = photos.take(np.sort(np.concatenate(list(parts.values())))).read(SIZE)
    folder = place / "lessons"
    if not folder.is_dir():
        pixels, labels = photos.take(train).read(SIZE), photos.labels[train]
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
        yield title, path.read_bytes(), others, "simulated"


def shrunk(folder, made):
    """Give name, file and the photos kept apart of each model that `small_models.py` made."""
    for seed in sorted({path.parent.name.split("-")[1] for path in made.glob("*-*/model.tflite")}):
        data, read = train_validation_test_split(folder, int(seed), 0.2, lambda line: None), {}
        paths = {*made.glob(f"*-{seed}/model.tflite"), *made.glob(f"*-{seed}-*/model.tflite")}
        for path in sorted(paths):
            model = path.read_bytes()
            size = TfliteModel(model).size
            if size not in read:
                read[size] = data.read(data.test, size)[0]
            kind, _, *to = path.parent.name.split("-")  # small-0-100kB, whole-0
            name = f"`lowres shrink` to {to[0]}" if to else f"{kind} network"
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


def carry(models, place):
    """Write a folder for each model, to be asked on another machine; photos are there once."""
    for number, (_, model, photos, _) in enumerate(models):
        folder = place / f"{number:02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.tflite").write_bytes(model)
        kept = place / f"{hashlib.sha256(photos.tobytes()).hexdigest()[:16]}.npy"
        if not kept.exists():
            np.save(kept, photos)
        (folder / "photos.npy").unlink(missing_ok=True)
        (folder / "photos.npy").symlink_to(Path("..") / kept.name)


def row(name, kind, title, found):
    """One line of the table."""
    largest = "bit for bit the same" if found.exact else f"{found.largest} of 255"
    first = found.inputs - found.first_differing
    return (
        f"| {name} | {found.inputs} {kind} | {title} | {found.same} ({100 * found.share:.2f} %) | "
        f"{first} ({100 * first / found.inputs:.2f} %) | {largest} |"
    )


def ways(arguments):
    """Name and function for each machine and runtime that is asked, besides the one here.

    A function takes the number of the model, the model and the photos, and returns `Answers`, or
    None if that machine was not asked about this model.
    """
    python, place = arguments.second_runtime, arguments.carry

    def brought(number, name):
        path = place / f"{number:02}" / f"{name}.json"
        return Answers.load(path) if path.exists() else None

    found = {}
    if not arguments.no_plain:
        found["plain kernels here"] = lambda n, *given: answer_all(
            opened(given[0], plain=True), given[1]
        )
    if python:
        found["second runtime here"] = lambda n, *given: answers_elsewhere(python, *given)
    for other in arguments.others:
        title, _, command = other.partition("=")
        found[title] = lambda n, *given, command=command: answers_by(command, *given)
    for name in arguments.brought:
        found[name] = lambda n, *given, name=name: brought(n, name)
    return found


def arguments_of_the_command():
    """Read the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real photos, a sub-folder a class")
    parser.add_argument("--made", type=Path, metavar="PLACE", help="of small_models.py")
    parser.add_argument("--second-runtime", metavar="PYTHON")
    parser.add_argument(
        "--with", dest="others", action="append", default=[], metavar="NAME=COMMAND"
    )
    parser.add_argument("--carry", type=Path, metavar="DIR")
    parser.add_argument("--brought", action="append", default=[], metavar="NAME")
    parser.add_argument("--place", type=Path, default=PLACE, help="keeps the lessons' models")
    parser.add_argument("--photos", type=int, metavar="N", help="ask about the first N alone")
    parser.add_argument("--no-plain", action="store_true", help="leave out the plain kernels here")
    return parser.parse_args()


def main():
    """Ask all, print the table and the sums; the exit code is 1 if a promise is broken."""
    arguments = arguments_of_the_command()
    models = list(lessons(arguments.place))
    if arguments.folder and arguments.made:
        models += shrunk(arguments.folder, arguments.made)
    models = [(*one[:2], one[2][: arguments.photos], one[3]) for one in models]
    if arguments.carry and not arguments.brought:
        return carry(models, arguments.carry)
    found = {title: [] for title in ways(arguments)}
    print(HEAD)
    for number, (name, model, photos, kind) in enumerate(models):
        here = answer_all(opened(model), photos, say=say)
        for title, ask in ways(arguments).items():
            there = ask(number, model, photos)
            if there is not None:
                found[title].append(compare(here, there))
                kb = f"{len(model) / 1000:.0f} kB"
                print(row(f"{name}, {kb}", kind, title, found[title][-1]), flush=True)
    print()
    print(*(total(title, asked) for title, asked in found.items() if asked), sep="\n")
    return int(any(one.share < PROMISE for asked in found.values() for one in asked))


def total(title, asked):
    """One line on all models together."""
    inputs, same, first = (
        sum(getattr(one, key) for one in asked) for key in ("inputs", "same", "first_differing")
    )
    return (
        f"- {title} ({asked[0].other.title}): {same} of {inputs} photos the same prediction, at "
        f"least {100 * min(one.share for one in asked):.2f} % for each of {len(asked)} models "
        f"({inputs - first} without the second look); {max(one.largest for one in asked)} of 255 "
        f"steps at most; bit for bit the same for {sum(one.exact for one in asked)} models."
    )


if __name__ == "__main__":
    sys.exit(main())
