"""Measure a file, or a folder of `lowres train`, on a folder of classes: `lowres measure`."""

import json
import re
from dataclasses import replace

import numpy as np

from ...data import load_dataset
from ...data.folder_shape import same_name
from ...errors import KitError
from ...places import expanded
from .profile import measure, picture_side

NAMES, CARD = "labels.txt", "classifier.json"
NUMBER_FIRST = re.compile(r"(?P<number>[0-9]{1,6})(\s*[:;,.)=-]\s*|\s+)(?P<name>.+)")
NUMBER_LAST = re.compile(r"(?P<name>.+?)(\s*[:;,=]\s*|\s+)(?P<number>[0-9]{1,6})")


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
    listed, source = class_names(path)
    names = listed and as_meant(listed, data.class_names)
    positions = _positions(data, names or data.class_names, path.name)
    measured = measure(
        path, data.read(side), positions, names or data.class_names, runs, threads, pixels=pixels
    )
    told = () if names == listed else (f"{source}: its lines were read as {', '.join(names)}.",)
    return _with_notes(replace(measured, notes=measured.notes + told), data, names, source)


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
                if not names:
                    raise ValueError("it is empty")
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


def as_meant(listed, classes):
    """Read a list of names as it is meant, where that is clear.

    Parameters
    ----------
    listed : tuple of str
        The lines. Beside a name there may be the number of its output, from 0 or from 1
        (``0 bar``, ``1: bar``, ``bar,0``), and above all a heading.
    classes : sequence of str
        Names of the folders, which may be spelt with other capitals or spaces.

    Returns
    -------
    tuple of str
        The names in the order of the outputs, spelt as the folders are; `listed` as it is where
        that names all classes, or no other reading does.
    """
    spelt = {same_name(name): name for name in classes}
    for names in (listed, _numbered(listed), _numbered(listed[1:])):
        if set(classes) <= set(names):
            return tuple(names)
        meant = tuple(spelt.get(same_name(name), name) for name in names)
        if set(classes) <= set(meant) and len(set(meant)) == len(meant):
            return meant
    return listed


def _numbered(lines):
    """Names by their numbers; none if the numbers are not those of outputs."""
    for pattern in (NUMBER_FIRST, NUMBER_LAST):
        found = [pattern.fullmatch(line) for line in lines]
        if lines and all(found):
            pairs = sorted((int(one["number"]), one["name"].strip("\"'")) for one in found)
            if [number for number, _ in pairs] in (
                list(range(len(pairs))), list(range(1, len(pairs) + 1))
            ):  # fmt: skip
                return tuple(name for _, name in pairs)
    return ()


def _positions(data, names, model):
    """Output of each photo's class, by name."""
    unknown = [name for name in data.class_names if name not in names]
    if unknown:
        raise KitError(
            f"{model} does not know the class '{unknown[0]}'; it knows {', '.join(names)}. Rename "
            f"the folder, or correct the list beside the model."
        )
    twice = [name for name in data.class_names if names.count(name) > 1]
    if twice:
        raise KitError(
            f"The list beside {model} names '{twice[0]}' for {names.count(twice[0])} outputs; "
            "correct it, with one name for each output."
        )
    return np.array([names.index(name) for name in data.class_names])[data.labels]


def _with_notes(measured, data, names, source):
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
    notes += data.notes
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
