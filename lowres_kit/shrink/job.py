"""`lowres shrink`: from what `lowres train` made to a file that holds a budget.

1. The trained network in int8. Where that file is small enough, it is a candidate as it is.
2. Else whole channels leave the network, in rounds, until its int8 file fits (`prune_channels`).
3. What is left learns from the soft answers of the full-size network (`distil`), and in its last
   epochs it learns to live with its rounding (`quantization_aware`).
4. If a score is promised and the small file keeps it on the validation photos, half the size is
   tried, and so on. If only a size is asked for, there is nothing to choose, and the small network
   learns from those photos too.
5. The smallest that kept the promise (the most accurate, if none did) is tested once, on the
   test photos, on the runtime that will run it.
"""

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..data.train_validation_test import SPLIT_FACTS, refuse_place, repeat_training_split
from ..errors import KitError
from ..learn import Classifier
from ..learn.checkpoint import drop_checkpoints
from ..places import expanded, write_bytes, write_text
from ..scope import BudgetTable
from .candidates import EFFORTS, KB, Candidate, Shrinking
from .measure.profile import Measured, measure

MODEL, LABELS, CARD = "model.tflite", "labels.txt", "shrunk.json"
HALVINGS = 3  # at most so many smaller sizes are tried


@dataclass(frozen=True)
class Shrunk:
    """What `shrink_folder` made.

    Attributes
    ----------
    chosen : Candidate
        The model that was written.
    tried : tuple of Candidate
        All models, in the order in which they were made.
    teacher, measured : Measured
        The trained network, and the small file, on the test photos.
    budget : BudgetTable
        The small file against the budget.
    """

    chosen: Candidate
    tried: tuple
    teacher: Measured
    measured: Measured
    budget: BudgetTable


def shrink_folder(model_folder, folder, budget, out, profile="quick", seed=0, say=print):
    """Make the smallest model that holds a budget, and write it to a folder.

    Parameters
    ----------
    model_folder : str or pathlib.Path
        What `train_folder` wrote.
    folder : str or pathlib.Path
        The photos that it was trained on.
    budget : Budget
        What the model may cost, and what it must achieve; a promise in another metric than
        accuracy is not weighed against the size.
    out : str or pathlib.Path
        Where the model goes; a run that was cut short goes on from what it finds there.
    profile : str
        One of `EFFORTS`.
    seed : int
        Of the training; the photos are split as for the first training.
    say : callable
        Takes one line of text about what goes on.

    Returns
    -------
    Shrunk
        Also where a promise is not kept: the table says which one, and by how much.

    Raises
    ------
    KitError
        If the classifier or the photos cannot be used, `out` is a file, the photos are not those
        of the training, or no network is as small as the budget asks.
    """
    refuse_place(out, folder)
    at_least = budget.at_least if budget.metric == "accuracy" else 0.0
    if at_least != budget.at_least:
        promised = budget.metric.replace("_", " ")
        say(
            f"The card promises {promised}; only accuracy can be weighed against the size "
            "here, so the size alone decides. Measure the model before you rely on it."
        )
    classifier = Classifier.load(model_folder)
    data = repeat_training_split(classifier.facts, classifier.class_names, folder, say)
    small = Shrinking(
        classifier, data, EFFORTS[profile], Path(out) / "resume", seed, say,
        choosing=at_least > 0,
    )  # fmt: skip
    tried = [small.as_int8(classifier.model, "int8")]
    size_kb = budget.size_kb or tried[0].size_kb
    best = tried[0] if tried[0].size_kb <= size_kb else None
    for _ in range(HALVINGS + 1):
        if best is not None:
            if at_least <= 0 or best.accuracy < at_least:
                break  # no promise to weigh against size, or already too small for it
            size_kb = best.size_kb / 2
        try:
            found = small.at_most(size_kb)
        except KitError:
            if best is None:
                raise
            break
        tried.append(found)
        if best is not None and found.accuracy < at_least:
            break
        best = found
    return _finish(best, tried, classifier, data, budget, Path(out), say)


def _finish(best, tried, classifier, data, budget, out, say):
    """Test the chosen one and the teacher, and write the folder; its card comes last."""
    photos, labels = data.read(data.test, classifier.size)
    names = classifier.class_names
    say("Measuring on the test photos.")
    teacher = measure(classifier.model, photos, labels, names, name="trained network (torch)")
    measured = measure(best.content, photos, labels, names, name=best.name)
    table = budget.compare(measured.as_dict())
    card = {
        "format": 1,
        "made_by": best.name,
        "class_names": list(names),
        "size": classifier.size,
        "widths": best.model.widths,
        "cut": best.model.cut,
        "simulated": data.photos.simulated,
        "training": {key: classifier.facts.get(key) for key in SPLIT_FACTS},
        "measured": measured.as_dict(),
        "teacher": teacher.as_dict(),
        "budget": table.verdicts,
    }
    write_bytes(out / MODEL, best.content)
    write_text(out / LABELS, "".join(f"{name}\n" for name in names))
    write_text(out / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    for thin in (out / "resume").glob("thin-*kB/classifier.json"):
        shutil.rmtree(thin.parent)
    drop_checkpoints(out / "resume")
    return Shrunk(best, tuple(tried), teacher, measured, table)


def budget_of(text):
    """Read what ``--to`` says: ``100kB``, ``1MB``, a scope card's file, or a project folder.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    Budget
        Of a size alone nothing else is promised.

    Raises
    ------
    KitError
        If it is none of these.
    """
    from ..scope import Budget, Scope

    for ending, factor in (("kb", 1), ("mb", KB)):
        if text.lower().endswith(ending):
            try:
                size = float(text[: -len(ending)]) * factor
            except ValueError:
                break
            if math.isfinite(size) and size > 0:
                return Budget("accuracy", 0.0, size_kb=size)
    path = expanded(text)
    if path.is_dir():
        path = path / "scope.toml"
    if path.is_file():
        return Scope.load(path).budget
    raise KitError(
        f"--to {text} is no budget; give a size such as 100kB or 1MB, or a scope card's file."
    )
