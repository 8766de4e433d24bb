"""Measure a file, or a folder of `lowres train`, on a folder of classes: `lowres measure`."""

import json

import numpy as np

from ...data import load_dataset
from ...errors import KitError
from ...places import expanded
from .profile import measure, picture_side

NAMES, CARD = "labels.txt", "classifier.json"


def measure_file(path, folder=None, runs=50, threads=1, pixels="-1..1"):
    """Measure a model, with photos from a folder of classes if there is one.

    Parameters
    ----------
    path : str or pathlib.Path
        A ``.tflite`` file, or a folder that `lowres train` wrote.
    folder : str or pathlib.Path, optional
        One sub-folder a class, or the name of a data set of the kit.
    runs, threads, pixels
        See `measure`.

    Returns
    -------
    Measured
        Its notes say where the meaning of the outputs comes from, where that is a guess.

    Raises
    ------
    KitError
        If either cannot be used, or a class is not among those that the model knows.
    """
    path = expanded(path)
    if path.is_dir():
        return _measure_classifier(path, folder, runs, threads)
    if folder is None:
        return measure(path, runs=runs, threads=threads)
    from ...runtime import TfliteModel

    data = load_dataset(folder)
    # A file that makes the runtime crash ends the process in which `measure` tries it, not ours.
    plain = measure(path, runs=1, threads=threads)
    side = picture_side(TfliteModel(path), plain.name)
    names, source = class_names(path)
    positions = _positions(data, names or data.class_names, path.name)
    measured = measure(
        path, data.read(side), positions, names or data.class_names, runs, threads, pixels=pixels
    )
    return _with_notes(measured, data, names, source)


def class_names(path):
    """What the outputs of a file mean.

    Parameters
    ----------
    path : pathlib.Path
        The ``.tflite`` file; ``labels.txt`` (a name a line) or ``classifier.json`` beside it say
        what its outputs mean.

    Returns
    -------
    tuple
        Names in the order of the outputs and the name of the file that tells them; None and None
        where there is no such file.
    """
    for file in (path.with_name(NAMES), path.with_name(CARD)):
        try:
            text = file.read_text(encoding="utf-8-sig")
            if file.name == NAMES:
                names = [line.strip() for line in text.splitlines() if line.strip()]
            else:
                names = [str(name) for name in json.loads(text)["class_names"]]
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KitError(
                f"{file} should name the model's classes but cannot be read ({error}); mend it, "
                f"or write {NAMES} with one name a line."
            ) from None
        return tuple(names), file.name
    return None, None


def _positions(data, names, model):
    """Output of each photo's class, by name."""
    unknown = [name for name in data.class_names if name not in names]
    if unknown:
        raise KitError(
            f"{model} does not know the class '{unknown[0]}'; it knows {', '.join(names)}. Rename "
            f"the folder, or correct the list beside the model."
        )
    return np.array([names.index(name) for name in data.class_names])[data.labels]


def _with_notes(measured, data, names, source):
    from dataclasses import replace

    notes = list(measured.notes)
    if names is None:
        order = ", ".join(data.class_names)
        notes.append(
            f"No {NAMES} lies beside {measured.name}: its outputs are taken to mean {order}."
        )
    else:
        missing = [name for name in names if name not in data.class_names]
        if missing:
            notes.append(f"Of the classes in {source}, no photo shows {', '.join(missing)}.")
    if data.problems:
        notes.append(f"{len(data.problems)} files were left out; `lowres audit` names them.")
    if data.simulated:
        notes.append("The photos are simulated.")
    return replace(measured, notes=tuple(notes))


def _measure_classifier(path, folder, runs, threads):
    from ...learn.classifier import Classifier

    classifier = Classifier.load(path)
    name = path.resolve().name
    if folder is None:
        return measure(
            classifier.model, size=classifier.size, runs=runs, threads=threads, name=name
        )
    data = load_dataset(folder)
    labels = _positions(data, classifier.class_names, name)
    photos = data.read(classifier.size)
    names = classifier.class_names
    measured = measure(classifier.model, photos, labels, names, runs, threads, name=name)
    return _with_notes(measured, data, names, CARD)
