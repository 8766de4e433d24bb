"""The int8 file that the lesson takes to the field, and photos that it never learned from."""

from dataclasses import dataclass

import numpy as np

from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_int8, to_tflite
from lowres_kit.words import Words

words = Words(__package__)

# Folder in the project and its measurements, the smaller file first.
STEPS = {"small": "distilled", "int8": "int8"}
# What a sentence says of each, and of one that is made here.
ORIGINS = {"small": "field_file.small", "int8": "field_file.int8", "made": "field_file.made"}


@dataclass(frozen=True)
class FieldFile:
    """A file, and what may be asked of it.

    Attributes
    ----------
    content : bytes
        The .tflite file.
    origin : str
        Which lesson made it, as a sentence can say it: "the file of the lesson Quantize".
    photos, labels : numpy.ndarray
        uint8 ``(n, size, size, 3)`` and int ``(n,)``: what nothing in it learned from, to choose
        a threshold with. Those to test with are not among them.
    """

    content: bytes
    origin: str
    photos: np.ndarray
    labels: np.ndarray


def field_file(project, task, seed=0, say=print):
    """Take the smallest file of Quantize and Distil that keeps what the scope card promises.

    The validation photos decide, not the test photos. Where no file keeps the promises,
    the one that is right most often is taken.

    Parameters
    ----------
    project : Project
        The learner's project folder.
    task : ProjectModel
        From `project_model`: the photos, and the network to make a file of if there is none.
    seed : int
        With which the photos of `task` were split. A file that learned from photos of another
        split is not used: its test photos may be among them.
    say : callable
        Takes lines that say where the file is from.

    Returns
    -------
    FieldFile
    """
    budget, found = project.scope().budget, {}
    for folder, step in STEPS.items():
        content = _stored(project, folder, step, task, seed)
        if content is not None:
            found[folder] = content
    if "int8" not in found:
        found["made"] = to_int8(to_tflite(task.model, size=task.size), task.train[0])
    photos, labels = task.validation
    rights = {
        name: float((TfliteModel(content).probabilities(photos).argmax(1) == labels).mean())
        for name, content in found.items()
    }
    keeping = [name for name in found if _keeps(budget, found[name], rights[name])]
    taken = keeping[0] if keeping else max(rights, key=rights.get)
    origin = words(ORIGINS[taken])
    say(words("field_file.smallest" if keeping else "field_file.best", origin=origin))
    # The Distil lesson's student learned from the spare photos, though without their labels.
    parts = [task.validation] if taken == "small" else [task.validation, task.spare]
    return FieldFile(found[taken], origin, *map(np.concatenate, zip(*parts)))


def _keeps(budget, content, right):
    small = budget.size_kb is None or len(content) / 1000 <= budget.size_kb
    return small and (budget.metric != "accuracy" or right >= budget.at_least)


def _stored(project, folder, step, task, seed):
    """Read a lesson's file if it is the one measured, and of the same photos in the same parts."""
    file, measured = project.path / folder / "model.tflite", project.measurements(step)
    if not file.is_file():
        return None
    content = file.read_bytes()
    same = (
        measured.get("data") == task.name
        and measured.get("seed") == seed
        and measured.get("size_kb") == round(len(content) / 1000, 3)
    )
    return content if same and TfliteModel(content).size == task.size else None
