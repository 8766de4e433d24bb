"""`lowres train` and `lowres evaluate`: what lesson 03 teaches, on any folder of classes.

How deep to cut the network, and whether to fine-tune it at all, is decided by measuring:

1. A fifth of the photos is kept apart for the end, and a part of the rest for choosing.
2. A linear probe is fitted at each cut on frozen features (seconds).
3. A short training at a small picture size compares the cuts that may be worth fine-tuning.
4. The best cut is fine-tuned in full.
5. What did best on the photos for choosing is kept: the fine-tuned network, or a probe.
6. It is tested once, on the photos kept apart.
"""

import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ..data import read_folder, split
from ..errors import KitError
from .backbone import CUTS
from .classifier import Classifier, network_of_probe
from .features import features_at_cuts
from .measure import Evaluation, log_loss, peak_memory_mb
from .probe import linear_probe
from .training import Recipe, fine_tune, predict_probabilities


@dataclass(frozen=True)
class Profile:
    """How much work a training does.

    Attributes
    ----------
    size : int
        Width and height of the pictures in pixels.
    cuts : tuple of str
        The cuts that a short training compares; a single one is taken without.
    trial_size, trial_epochs : int
        Picture size and length of that short training.
    epochs : int
        Length of the training of the chosen cut.
    """

    size: int
    cuts: tuple
    trial_size: int
    trial_epochs: int
    epochs: int


PROFILES = {
    "quick": Profile(128, ("80", "112", "192"), 96, 3, 10),
    "full": Profile(160, ("80", "112", "192"), 112, 3, 14),
}


@dataclass(frozen=True)
class Trained:
    """What `train_folder` found out.

    Attributes
    ----------
    classifier : Classifier
        The network that was kept.
    validation : dict of str to dict
        For each candidate ``accuracy`` and ``loss`` on the photos for choosing.
    chosen : str
        The candidate that was kept, such as ``"fine-tuned, cut 112"``.
    evaluation : Evaluation or None
        On the photos kept apart; None if none were.
    counts : dict of str to int
        Photos to learn from, for choosing, kept apart, and left out because they are bad.
    seconds : float
        Wall-clock time of the whole job (of this call, where an earlier one was cut short).
    memory_mb : float
        Peak memory of the process.
    """

    classifier: Classifier
    validation: dict
    chosen: str
    evaluation: Evaluation
    counts: dict
    seconds: float
    memory_mb: float


def train_folder(
    folder, out, profile="quick", seed=0, kept_apart=0.2, upright=False, pretrained=True, say=print
):
    """Train a classifier on a folder of classes and write it to another folder.

    Parameters
    ----------
    folder : str or pathlib.Path
        One sub-folder a class, or the name of a data set of the kit.
    out : str or pathlib.Path
        Where the classifier goes; a run that was cut short goes on from what it finds there.
    profile : str
        One of `PROFILES`.
    seed : int
        Of the split, the training and the augmentation.
    kept_apart : float
        Share of the photos that is only used for the final test; 0 for none.
    upright : bool
        Whether the things in the photos have an up and a down (see `augment`).
    pretrained : bool
        False to learn from random weights, for comparison.
    say : callable
        Takes one line of text about what goes on.

    Returns
    -------
    Trained

    Raises
    ------
    KitError
        If the folder cannot be used.
    """
    started = time.perf_counter()
    plan = PROFILES[profile]
    photos, learn, choose, test = _divide(folder, seed, kept_apart, say)
    out = Path(out)
    pixels, labels = photos.read(plan.size), photos.labels
    data = _Data(pixels, labels, learn, choose, len(photos.class_names))

    candidates = probes(data) if pretrained else {}
    base = Recipe(epochs=plan.epochs, seed=seed, upright=upright, pretrained=pretrained)
    cut = _best_cut(data, photos, plan, base, out, say)
    say(f"Training the network cut at {cut}: at most {plan.epochs} epochs.")
    fitted = fine_tune(
        pixels[learn],
        labels[learn],
        (pixels[choose], labels[choose]),
        replace(base, cut=cut),
        data.classes,
        out / "resume" / "training.pt",
    )
    how = "fine-tuned" if pretrained else "from scratch"
    candidates[f"{how}, cut {cut}"] = fitted.model

    scores = {name: _score(model, data) for name, model in candidates.items()}
    # Accuracy first; among equals the one that is least wrong where it is wrong.
    chosen = min(scores, key=lambda name: (-scores[name]["accuracy"], scores[name]["loss"]))
    evaluation = None
    if len(test):
        probabilities = predict_probabilities(candidates[chosen], pixels[test])
        evaluation = Evaluation.of(probabilities, labels[test], photos.class_names)
    counts = {
        "learn": len(learn),
        "choose": len(choose),
        "kept apart": len(test),
        "left out": len(photos.problems),
    }
    facts = {
        "chosen": chosen,
        "recipe": asdict(replace(base, cut=cut)),
        "profile": profile,
        "counts": counts,
        "accuracy_kept_apart": evaluation.accuracy if evaluation else None,
        "simulated": photos.simulated,
    }
    classifier = Classifier(candidates[chosen], photos.class_names, plan.size, facts)
    classifier.save(out)
    shutil.rmtree(out / "resume", ignore_errors=True)
    return Trained(
        classifier,
        scores,
        chosen,
        evaluation,
        counts,
        time.perf_counter() - started,
        peak_memory_mb(),
    )


def evaluate_folder(model_folder, folder):
    """Test a trained classifier on a folder of classes.

    Parameters
    ----------
    model_folder : str or pathlib.Path
        What `train_folder` wrote.
    folder : str or pathlib.Path
        One sub-folder a class; the classes must be among those that the classifier knows.

    Returns
    -------
    Evaluation

    Raises
    ------
    KitError
        If either folder cannot be used, or has a class that the classifier does not know.
    """
    classifier = Classifier.load(model_folder)
    photos = read_folder(folder)
    unknown = [name for name in photos.class_names if name not in classifier.class_names]
    if unknown:
        raise KitError(
            f"The classifier does not know the class '{unknown[0]}'; it knows "
            f"{', '.join(classifier.class_names)}. Rename the folder, or train again with it."
        )
    position = np.array([classifier.class_names.index(name) for name in photos.class_names])
    probabilities = classifier.predict(photos.read(classifier.size))
    return Evaluation.of(probabilities, position[photos.labels], classifier.class_names)


@dataclass(frozen=True)
class _Data:
    pixels: np.ndarray
    labels: np.ndarray
    learn: np.ndarray
    choose: np.ndarray
    classes: int


def _divide(folder, seed, kept_apart, say):
    """Read the folder; split it into photos to learn from, for choosing, and kept apart."""
    from ..data import load_dataset

    photos = load_dataset(folder)
    say(f"{len(photos)} photos of {len(photos.class_names)} classes in {photos.name}.")
    for problem in photos.problems:
        say(f"Left out: {problem}")
    everything = np.arange(len(photos))
    rest, test = split(photos, kept_apart, seed) if kept_apart else (everything, everything[:0])
    # Few photos: a quarter, or the choice would hang on a handful. Many: an eighth is enough.
    share = 0.125 if len(rest) >= 400 else 0.25
    learn, choose = split(photos.take(rest), share, seed)
    return photos, rest[learn], rest[choose], test


def probes(data):
    """Fit a linear probe at each cut; gives whole networks, by name."""
    found = {}
    for cut, features in features_at_cuts(data.pixels).items():
        probe = linear_probe(features[data.learn], data.labels[data.learn])
        found[f"frozen, cut {cut}"] = network_of_probe(probe, data.classes, cut)
    return found


def _best_cut(data, photos, plan, base, out, say):
    if len(plan.cuts) == 1:
        return plan.cuts[0]
    small = photos.read(plan.trial_size)
    losses = {}
    for cut in plan.cuts:
        fitted = fine_tune(
            small[data.learn],
            data.labels[data.learn],
            (small[data.choose], data.labels[data.choose]),
            replace(base, cut=cut, epochs=plan.trial_epochs),
            data.classes,
            out / "resume" / f"trial-{cut}.pt",
            title=f"Trial of cut {cut}",
        )
        losses[cut] = min(row["validation_loss"] for row in fitted.history)
        say(f"Trial of cut {cut}: validation loss {losses[cut]:.3f}.")
    return min(losses, key=losses.get)


def _score(model, data):
    probabilities = predict_probabilities(model, data.pixels[data.choose])
    labels = data.labels[data.choose]
    accuracy = float((probabilities.argmax(1) == labels).mean())
    return {"accuracy": accuracy, "loss": log_loss(probabilities, labels)}
