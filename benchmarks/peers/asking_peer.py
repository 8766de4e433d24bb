"""Our ways of asking beside those of scikit-activeml and modAL: same features, model and start.

Started by `labels_needed.py` in an environment that has both libraries. Reads what `lay_out` there
wrote, and prints one JSON object: curves, times of a query, and how often the same photos were
asked for.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from modAL.batch import uncertainty_batch_sampling
from modAL.models import ActiveLearner
from modAL.uncertainty import entropy_sampling, margin_sampling, uncertainty_sampling
from skactiveml.classifier import SklearnClassifier
from skactiveml.pool import Badge, CoreSet, TypiClust, UncertaintySampling
from sklearn.base import clone

from lowres_kit.learn.active_learning import active_learning_loop
from lowres_kit.learn.features import linear_probe
from lowres_kit.learn.query_strategies import STRATEGIES, random_sampling

OURS = "this kit"
ACTIVEML, MODAL = "scikit-activeml", "modAL"


def from_activeml(query_of, labels, clock, with_model):
    """Make one of our strategies of a query of scikit-activeml."""

    def ask(model, features, asked, count, rng):
        if len(model.classes_) < 2:
            return random_sampling(model, features, asked, count, rng)
        known = np.full(len(features), np.nan)
        known[asked] = labels[asked]
        query, words = query_of(int(rng.integers(2**31))), {"X": features, "y": known}
        if with_model:  # the same model in its wrapper; fitted before the clock starts
            classifier = SklearnClassifier(clone(model), classes=np.unique(labels))
            words |= {"clf": classifier.fit(features, known), "fit_clf": False}
        begin = time.perf_counter()
        found = query.query(batch_size=count, **words)
        clock.append(time.perf_counter() - begin)
        return found

    return ask


def from_modal(strategy, labels, clock):
    """Make one of our strategies of a query strategy of modAL."""

    def ask(model, features, asked, count, rng):
        if len(model.classes_) < 2:
            return random_sampling(model, features, asked, count, rng)
        left = np.setdiff1d(np.arange(len(features)), asked)
        learner = ActiveLearner(estimator=model, query_strategy=strategy)
        learner.X_training, rest = features[asked], features[left]  # only for ranked batches
        begin = time.perf_counter()
        found = learner.query(rest, n_instances=count)[0]
        clock.append(time.perf_counter() - begin)
        return left[found]

    return ask


def ours(name, labels, clock):
    """One of our strategies with a clock."""

    def ask(model, features, asked, count, rng):
        begin = time.perf_counter()
        found = STRATEGIES[name](model, features, asked, count, rng)
        clock.append(time.perf_counter() - begin)
        return found

    return ask


def uncertainty(method):
    """A maker of scikit-activeml's uncertainty sampling."""
    return lambda seed: UncertaintySampling(method=method, random_state=seed)


# For each of our strategies: who else has it (or for the mix: something of the same purpose).
RIVALS = {
    "least confidence": (
        (ACTIVEML, lambda *y: from_activeml(uncertainty("least_confident"), *y, True)),
        (MODAL, lambda *y: from_modal(uncertainty_sampling, *y)),
    ),
    "margin": (
        (ACTIVEML, lambda *y: from_activeml(uncertainty("margin_sampling"), *y, True)),
        (MODAL, lambda *y: from_modal(margin_sampling, *y)),
    ),
    "entropy": (
        (ACTIVEML, lambda *y: from_activeml(uncertainty("entropy"), *y, True)),
        (MODAL, lambda *y: from_modal(entropy_sampling, *y)),
    ),
    "core-set": (
        (ACTIVEML, lambda *y: from_activeml(lambda s: CoreSet(random_state=s), *y, False)),
    ),
    "typical": (
        (ACTIVEML, lambda *y: from_activeml(lambda s: TypiClust(random_state=s), *y, False)),
    ),
    "mixed": (
        (
            f"{ACTIVEML} (BADGE)",
            lambda *y: from_activeml(lambda s: Badge(random_state=s), *y, True),
        ),
        (f"{MODAL} (ranked batch)", lambda *y: from_modal(uncertainty_batch_sampling, *y)),
    ),
}


def contenders(name, labels):
    """Give who takes part under a name: ours first; each with a clock of its own."""
    who = ((OURS, lambda *y: ours(name, *y)), *RIVALS[name])
    clocks = {title: [] for title, _ in who}
    return {title: make(labels, clocks[title]) for title, make in who}, clocks


def curves(name, pool, labels, test, fit, seed, loop):
    """Score of each contender on its own way, turn by turn, from the same start."""
    found = {}
    for title, ask in contenders(name, labels)[0].items():
        turns = active_learning_loop(
            pool, lambda asked: labels[asked], ask, fit=fit, seed=seed, **loop
        )
        found[title] = [(len(turn.asked), turn.model.score(*test)) for turn in turns]
    return found


def side_by_side(name, pool, labels, fit, seed, loop):
    """Ask all contenders the same question at each turn: times, and whether they say the same."""
    ways, clocks = contenders(name, labels)
    same, titles, turn = {title: [] for title in ways}, list(ways), 0

    def ask(model, features, asked, count, rng):
        nonlocal turn
        turn += 1
        order = titles[turn % len(titles) :] + titles[: turn % len(titles)]
        chosen = {title: ways[title](model, features, asked, count, rng) for title in order}
        for title, photos in chosen.items():
            same[title].append(len(np.intersect1d(photos, chosen[OURS])) / count)
        return chosen[OURS]

    for _ in active_learning_loop(
        pool, lambda asked: labels[asked], ask, fit=fit, seed=seed, **loop
    ):
        pass
    return {title: {"seconds": clocks[title], "same": same[title]} for title in ways}


def main(folder):
    """Run all strategies on all questions and seeds."""
    warnings.simplefilter("ignore")
    plan, found = json.loads((folder / "plan.json").read_text(encoding="utf-8")), []

    def fit(features, labels):
        return linear_probe(features, labels, plan["strength"])

    for file in sorted(folder.glob("*.npz")):
        print(f"  {file.stem}", file=sys.stderr, flush=True)
        with np.load(file, allow_pickle=False) as told:
            pool, labels = told["pool"], told["labels"]
            test = (told["test"], told["test_labels"])
            question, seed = str(told["question"]), int(told["seed"])
        for name in RIVALS:
            one = {"question": question, "strategy": name, "seed": seed}
            one["curves"] = curves(name, pool, labels, test, fit, seed, plan["loop"])
            one["queries"] = side_by_side(name, pool, labels, fit, seed, plan["loop"])
            found.append(one)
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
