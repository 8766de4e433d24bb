"""`lowres train` and `lowres evaluate`: the lesson Transfer learning, on any folder of classes.

How deep to cut the network, and whether to fine-tune it at all, is decided by measuring:

1. A fifth of the photos is held out for the end, and a part of the rest for validation.
2. On small pictures, where that takes seconds: a linear probe on frozen features is
   cross-validated at each cut, and a short fine-tuning is tried at some. Where the differences
   between cuts are chance the smaller network wins.
3. Fine-tuning is given up for a probe only if that was clearly better on the validation photos:
   a short training on small pictures shows less than fine-tuning can do.
4. It is trained in full, on large pictures. Photos are dear, so the validation photos, which
   have done their work, are learned from as well.
5. It is tested once, on the photos held out.
"""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ..data import load_dataset
from ..data.train_validation_test import (
    count_learned_from,
    refuse_place,
    train_validation_test_split,
)
from ..errors import KitError
from .backbone import CUTS, predict_probabilities
from .checkpoint import drop_checkpoints
from .classifier import Classifier, network_of_probe
from .evaluation import Evaluation, log_loss, peak_memory_mb, surely_better
from .features import features_at_cuts, linear_probe
from .recipe import Recipe, lengthen
from .training import fine_tune, hand_back_memory


@dataclass(frozen=True)
class Profile:
    """How much work a training does.

    Attributes
    ----------
    size : int
        Width and height in pixels of the pictures that the network sees.
    sharp : int
        Width and height of the photos in training, which views of that size are cut from.
    cuts : tuple of str
        The cuts that a short training compares.
    trial_size, trial_epochs : int
        Picture size and length of that short training.
    epochs : int
        Length of the training of the chosen cut.
    steps : int
        With few photos an epoch is soon over: there are as many epochs as make so many steps.
    batch : int
        Photos a step.
    rate, radius : float
        Largest step, and radius of the search for a wide minimum (see `Recipe`).
    """

    size: int
    sharp: int
    cuts: tuple
    trial_size: int
    trial_epochs: int
    epochs: int
    steps: int
    batch: int = 16
    rate: float = 1e-3
    radius: float = 0.0


PROFILES = {
    # No cut before 112: with few photos a trial cannot tell that it is worse, which on real leaves
    # it is. With few photos, many steps of eight do more than half as many of sixteen.
    "quick": Profile(160, 208, ("112", "192"), 96, 3, 10, 360, 8),
    # 256 pixels, not 160: spots of a few pixels decide. Wide minima want a smaller rate than sharp
    # ones.
    "full": Profile(256, 328, ("112", "192"), 112, 5, 14, 480, 8, 6e-4, 0.1),
}


@dataclass(frozen=True)
class Trained:
    """What `train_folder` found out.

    Attributes
    ----------
    classifier : Classifier
        The network that was kept.
    probes : dict of str to float
        For each cut the cross-validated accuracy of a linear probe on frozen features.
    trials : dict of str to float
        For each cut that was tried the validation loss of the short fine-tuning.
    validation : dict of str to dict
        For each candidate ``accuracy`` and ``loss`` on the validation photos, as small pictures.
    chosen : str
        The candidate that was kept, such as ``"fine-tuned, cut 112"``.
    evaluation : Evaluation or None
        On the test photos; None if none were held out.
    counts : dict of str to int
        Training, validation and test photos, and those left out because they are bad.
    seconds : float
        Wall-clock time of the whole job (of this call, where an earlier one was cut short).
    memory_mb : float
        Peak memory of the process.
    """

    classifier: Classifier
    probes: dict
    trials: dict
    validation: dict
    chosen: str
    evaluation: Evaluation
    counts: dict
    seconds: float
    memory_mb: float


def train_folder(
    folder, out, profile="quick", seed=0, held_out=0.2, upright=False, pretrained=True, say=print
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
    held_out : float
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
        If the folder cannot be used, or nothing can be written to `out`.
    """
    started = time.perf_counter()
    refuse_place(out, folder)
    plan = PROFILES[profile]
    data = train_validation_test_split(folder, seed, held_out, say)
    resume = Path(out) / "resume"
    base = Recipe(seed=seed, upright=upright, pretrained=pretrained)
    way = "fine-tuned" if pretrained else "from scratch"

    train, validation = (data.read(part, plan.trial_size) for part in (data.train, data.validation))
    probes, scores = {}, {}
    if pretrained:
        say("Frozen features: one pass through the network, on small pictures.")
        probes, frozen_cut, frozen = _best_probe(*train, data.classes)
    trials, cut, probabilities = _try_cuts(train, validation, data, plan, base, resume, say)
    chosen = f"{way}, cut {cut}"
    scores[chosen] = _score(probabilities, validation[1])
    if pretrained:
        probabilities_frozen = predict_probabilities(frozen, validation[0])
        scores[f"frozen, cut {frozen_cut}"] = _score(probabilities_frozen, validation[1])
        # The loss decides: on a hundred photos, accuracy moves in steps that are mostly chance.
        if surely_better(probabilities_frozen, probabilities, validation[1]):
            chosen = f"frozen, cut {frozen_cut}"
        del frozen
    del train, validation  # memory for what follows
    hand_back_memory()

    everything = np.concatenate([data.train, data.validation])
    recipe = replace(
        base, cut=cut, size=plan.size, batch=plan.batch, rate=plan.rate, radius=plan.radius
    )
    recipe = lengthen(recipe, plan.epochs, plan.steps, len(everything))
    if chosen.startswith("frozen"):
        say(f"A probe at cut {frozen_cut} did better than fine-tuning; it is fitted in full.")
        model = _best_probe(*data.read(everything, plan.size), data.classes, frozen_cut)[2]
    else:
        say(f"Training the network cut at {cut}: {recipe.epochs} epochs.")
        photos = data.read(everything, plan.sharp)
        kept = resume / "training.pt"
        model = fine_tune(*photos, None, recipe, data.classes, kept).model
        del photos
    evaluation = None
    if len(data.test):
        pixels, labels = data.read(data.test, plan.size)
        evaluation = Evaluation.of(predict_probabilities(model, pixels), labels, data.names)
    facts = {
        "chosen": chosen,
        "recipe": asdict(recipe),
        "profile": profile,
        "photos": data.counts(),
        "simulated": data.photos.simulated,
        "held_out": held_out,
        "marks": data.marks(),
        "accuracy_held_out": evaluation.accuracy if evaluation else None,
    }
    classifier = Classifier(model, data.names, plan.size, facts)
    classifier.save(out)
    drop_checkpoints(resume)
    seconds = time.perf_counter() - started
    return Trained(
        classifier,
        probes,
        trials,
        scores,
        chosen,
        evaluation,
        data.counts(),
        seconds,
        peak_memory_mb(),
    )


def _best_probe(pixels, labels, classes, cut=None):
    """Cross-validate a probe at each cut, or take the given one; fit it as a whole network.

    The classes are few or many, but each has at least two photos here, so two folds are possible.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline

    at_cut = features_at_cuts(pixels, (cut,) if cut else CUTS)
    folds = StratifiedKFold(max(2, min(5, np.bincount(labels)[np.unique(labels)].min())))
    accuracy = {}
    if cut is None:
        for name, features in at_cut.items():
            probe = make_pipeline(*linear_probe(features, labels))  # the same steps, fitted anew
            accuracy[name] = float(cross_val_score(probe, features, labels, cv=folds).mean())
        cut = max(accuracy, key=accuracy.get)
    probe = linear_probe(at_cut[cut], labels)
    return accuracy, cut, network_of_probe(probe, classes, cut)


def _try_cuts(train, validation, data, plan, base, resume, say):
    """Fine-tune each cut for a moment on small pictures; the losses, a cut, and its answers."""
    losses, probabilities = {}, {}
    for cut in plan.cuts:
        recipe = replace(base, cut=cut)
        recipe = lengthen(recipe, plan.trial_epochs, plan.steps // 2, len(data.train))
        kept, title = resume / f"trial-{cut}.pt", f"Trial of cut {cut}"
        model = fine_tune(*train, validation, recipe, data.classes, kept, title).model
        probabilities[cut] = predict_probabilities(model, validation[0])
        losses[cut] = log_loss(probabilities[cut], validation[1])
        say(f"Trial of cut {cut}: validation loss {losses[cut]:.3f}.")
    cut = earliest_good(probabilities, validation[1])
    return losses, cut, probabilities[cut]


def earliest_good(probabilities, labels):
    """Choose the earliest cut that the best one does not surely beat.

    That is the rule of Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3,
    but photo by photo, and with two standard errors.

    Parameters
    ----------
    probabilities : dict of str to numpy.ndarray
        For each cut, from early to late, those for the same photos.
    labels : numpy.ndarray
        int, ``(n,)``, the truth.

    Returns
    -------
    str
        A key of `probabilities`.
    """
    best = min(probabilities, key=lambda cut: log_loss(probabilities[cut], labels))
    return next(
        cut
        for cut in probabilities
        if not surely_better(probabilities[best], probabilities[cut], labels)
    )


def _score(probabilities, labels):
    accuracy = float((probabilities.argmax(1) == labels).mean())
    return {"accuracy": accuracy, "loss": log_loss(probabilities, labels)}


def evaluate_folder(model_folder, folder, say=lambda line: None):
    """Test a trained classifier on a folder of classes.

    Parameters
    ----------
    model_folder : str or pathlib.Path
        What `train_folder` wrote.
    folder : str or pathlib.Path
        One sub-folder a class; the classes must be among those that the classifier knows.
    say : callable
        Takes a line of text about what is left out, and why.

    Returns
    -------
    Evaluation

    Raises
    ------
    KitError
        If either folder cannot be used, or has a class that the classifier does not know.
    """
    classifier = Classifier.load(model_folder)
    photos = load_dataset(folder)
    for remark in photos.remarks():
        say(remark)
    unknown = [name for name in photos.class_names if name not in classifier.class_names]
    if unknown:
        raise KitError(
            f"The classifier does not know the class '{unknown[0]}'; it knows "
            f"{', '.join(classifier.class_names)}. Rename the folder, or train again with it."
        )
    if seen := count_learned_from(classifier.facts, photos):
        say(f"It learned from {seen} of these {len(photos)} photos: the score is too good.")
    position = np.array([classifier.class_names.index(name) for name in photos.class_names])
    probabilities = classifier.predict(photos.read(classifier.size))
    return Evaluation.of(probabilities, position[photos.labels], classifier.class_names)
