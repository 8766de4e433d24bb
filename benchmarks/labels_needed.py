"""How many labels does each way of learning need? The figures of docs/labels-needed.md.

    .venv/bin/python benchmarks/labels_needed.py [--photos FOLDER] [--seeds 10] [--no-peers]
        [--write docs/labels-needed.md]

Three questions: simulated bean leaves, scikit-learn's handwritten digits, and real photos if
FOLDER (one sub-folder a class) is given. Each leaf question is also asked of an uneven pool, in
which one class is ten times rarer. A way of learning is a row of METHODS. scikit-activeml and modAL
are installed into an environment of their own under the kit's cache folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from peers.environments import environment
from peers.label_tables import figure, page

from lowres_kit.data import load_dataset, split
from lowres_kit.errors import KitError
from lowres_kit.learn import (
    STRATEGIES,
    Expert,
    LabelCurve,
    active_learning_loop,
    frozen_features,
    linear_probe,
    random_sampling,
    steady_from,
    typical_sampling,
)
from lowres_kit.learn.semi_supervised import label_spreading, self_training, semi_supervised_fit
from lowres_kit.places import cache_folder, write_bytes, write_text
from lowres_kit.plotting import apply_style, png

ROOT = Path(__file__).resolve().parents[1]
SIZE, CUT = 160, "112"  # pixels of a photo, and the stage that describes it
PER_CLASS = 400  # simulated leaves: as many as there are real photos
# Best on all three questions for labels drawn by chance, which were the only ones tried: 20 to 300
# labels, strengths 1, 10 and 100.
STRENGTH = 10
RARE = 0.1  # what an uneven pool keeps of its last class but one
LOOP = {"first": 10, "count": 5, "most": 300}
PEER_LOOP = {"first": 10, "count": 5, "most": 100}
LINE = "\n---\n\n"  # of a page: what a person wrote stands above, what was measured below


def probe(pool):
    """The model of all rows that do not name another: a linear probe on the labelled photos."""
    return lambda features, labels: linear_probe(features, labels, STRENGTH)


@dataclass(frozen=True)
class Method:
    """A row: which photos come first, which later, and how to fit.

    `fit_of` takes the features of the pool, which have no labels, and gives ``fit(features,
    labels)``, so that a semi-supervised way can learn from both. `count` labels make a turn.
    """

    strategy: object
    start: object = random_sampling
    fit_of: object = probe
    count: int = LOOP["count"]


def unlabelled(method):
    """A way to fit that learns from the whole pool, and gets labels for a part of it."""
    return lambda pool: semi_supervised_fit(method, pool)


METHODS = {name: Method(ask) for name, ask in STRATEGIES.items()} | {
    "typical start, then margin": Method(STRATEGIES["margin"], typical_sampling),
    "typical start, then mixed": Method(STRATEGIES["mixed"], typical_sampling),
    # By chance, but what is not labelled teaches too; slower, so in longer turns.
    "random, self-training": Method(random_sampling, fit_of=unlabelled(self_training), count=10),
    "random, label spreading": Method(
        random_sampling, fit_of=unlabelled(label_spreading), count=10
    ),
}


@dataclass(frozen=True)
class Question:
    """Features and labels of all examples, and how to keep some apart: ``divide(seed)``."""

    name: str
    features: np.ndarray
    labels: np.ndarray
    divide: object

    def parts(self, seed):
        """Pool and test part, each with labels; features scaled by the pool's, which is free."""
        rest, test = self.divide(seed)
        mean, spread = self.features[rest].mean(axis=0), self.features[rest].std(axis=0)
        scaled = (self.features - mean) / np.where(spread > 0, spread, 1)
        return (scaled[rest], self.labels[rest]), (scaled[test], self.labels[test])


def say(line):
    """Tell on standard error what goes on."""
    print(line, file=sys.stderr, flush=True)


def leaves(name, photos):
    """The question of a set of photos, and the same with an uneven pool."""
    features, groups = frozen_features(photos.read(SIZE), cut=CUT), photos.groups

    def divide(seed):
        return split(photos, 0.3, seed, groups)

    def uneven(seed):
        rest, test = divide(seed)
        rare = np.flatnonzero(photos.labels[rest] == len(photos.class_names) - 2)
        gone = np.random.default_rng(seed).permutation(rare)[round(RARE * len(rare)) :]
        return np.delete(rest, gone), test

    yield Question(name, features, photos.labels, divide)
    yield Question(f"{name}, uneven pool", features, photos.labels, uneven)


def questions(folder):
    """All questions."""
    yield from leaves("simulated leaves", load_dataset("simulated-leaves", PER_CLASS))
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()

    def divide(seed):
        everything = np.arange(len(digits.target))
        return train_test_split(
            everything, test_size=0.3, stratify=digits.target, random_state=seed
        )

    yield Question("handwritten digits", digits.data, digits.target, divide)
    if folder:
        yield from leaves("real photos", load_dataset(folder))


def run(question, method, seeds):
    """Measure a method: for each seed the scores, turn by turn, and where it would have stopped.

    Returns
    -------
    tuple
        Curve of the accuracy, the accuracy of the probe with all labels (one a seed), and for
        each seed the turn at which its answers were steady (None: not within the labels tried).
    """
    scores, full, stops = [], [], []
    for seed in seeds:
        pool, test = question.parts(seed)
        turns = list(
            active_learning_loop(
                pool[0],
                Expert(pool[1]),
                method.strategy,
                method.start,
                fit=method.fit_of(pool[0]),
                seed=seed,
                **LOOP | {"count": method.count},
            )
        )
        scores.append([turn.model.score(*test) for turn in turns])
        full.append(probe(pool[0])(*pool).score(*test))
        stops.append(steady_from([turn.model.predict(pool[0]) for turn in turns]))
    labels = tuple(len(turn.asked) for turn in turns)
    return LabelCurve(labels, np.array(scores).T), np.array(full), stops


def lay_out(question, seeds, folder):
    """Write pool and test part of each seed for the peers' program."""
    for seed in seeds:
        pool, test = question.parts(seed)
        parts = dict(zip(("pool", "labels", "test", "test_labels"), (*pool, *test)))
        name = f"{question.name}-{seed}.npz".replace(" ", "-")
        np.savez(folder / name, question=question.name, seed=seed, **parts)


def peers(asked, seeds):
    """Run the peers' program; gives what it found, or why it could not."""
    packages = ("scikit-activeml", "modAL-python", "scikit-learn", "scipy", "numpy")
    made = environment(packages, cache_folder() / "peers", say)
    if made.error:
        return made.error
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for question in asked:
            lay_out(question, seeds, folder)
        plan = {"strength": STRENGTH, "loop": PEER_LOOP}
        (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        program = ROOT / "benchmarks" / "peers" / "asking_peer.py"
        done = subprocess.run(
            [made.python, str(program), place],
            env=os.environ | one | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    return json.loads(done.stdout) if not done.returncode else "their program failed; see above"


def kept_above(path):
    """What a person wrote above the line of a page that is there already."""
    if not path.exists():
        return "# How many labels?\n\n---\n\n"
    return path.read_text(encoding="utf-8").split(LINE)[0] + LINE


def main():
    """Measure, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, help="folder of real photos, one sub-folder a class")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--no-peers", action="store_true", help="leave the two libraries out")
    parser.add_argument("--write", type=Path, help="a page (.md); its figure goes beside it (.png)")
    arguments = parser.parse_args()
    seeds, results, asked = range(arguments.seeds), {}, list(questions(arguments.photos))
    for question in asked:
        results[question.name] = {}
        for name, method in METHODS.items():
            say(f"{question.name}: {name}")
            results[question.name][name] = run(question, method, seeds)
    even = [question for question in asked if "uneven" not in question.name]
    beside = None if arguments.no_peers else peers(even, seeds)
    picture = arguments.write and arguments.write.with_suffix(".png")
    text = page(results, beside, picture and picture.name)
    if not arguments.write:
        print(text)
        return
    write_text(arguments.write, kept_above(arguments.write) + text)
    apply_style()
    write_bytes(picture, png(figure(results)))


if __name__ == "__main__":
    try:
        main()
    except KitError as error:
        sys.exit(f"labels_needed.py: {error}")
