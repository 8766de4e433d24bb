"""Make a field pack, on the computer where the photos are.

Everything in it that is chosen or measured comes from photos that the model never learned from:
the threshold, what is usual, and the accuracy on the card. How other kernels, or the runtime of
another Python, answer the same photos is measured here too.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import lowres_kit

from ..data.train_validation_test import repeat_training_split
from ..errors import KitError
from ..field.pack.answers import Answers, answer_all, opened
from ..field.pack.drift import Reference
from ..field.pack.model import FieldModel, raw_outputs
from ..field.pack.pack import LABELS, MODEL, Check, Pack, shown_small
from ..field.pack.reference_fallback import ReferenceFallback
from ..field.pack.threshold import choose_threshold
from ..learn.evaluation import Evaluation
from ..places import refuse_odd_names, refuse_unwritable, shown
from ..runtime import TfliteModel
from ..scope import Scope
from .compare import compare, with_parity

SHRUNK = "shrunk.json"  # what `lowres shrink` writes beside the model
MOST_CHECKS = 12  # photos among them; two of a class, or one where the classes are many


# Run by the other Python. The kit is loaded from where it lies without its folder being searched
# for other packages: that folder may be full of packages for this Python.
PROGRAM = """
import importlib.util, sys
place, model, photos, out = sys.argv[1:]
spec = importlib.util.spec_from_file_location(
    "lowres_kit", place + "/__init__.py", submodule_search_locations=[place])
sys.modules["lowres_kit"] = kit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kit)
import numpy
from lowres_kit.field.pack.answers import answer_all, opened
photos = numpy.load(photos, allow_pickle=False, mmap_mode="r")
answer_all(opened(model), photos, say=lambda line: print(line, file=sys.stderr)).save(out)
"""


def make_pack(
    path, name, model, class_names, photos, labels, promised_error=0.05, simulated=False,
    scope="", seed=0, second_runtime=None, say=print,
):  # fmt: skip
    """Make a pack and write it.

    Parameters
    ----------
    path : str or pathlib.Path
        The zip file.
    name : str
        What the project calls it.
    model : bytes
        An int8 .tflite file.
    class_names : sequence of str
        Name of each output.
    photos, labels : numpy.ndarray
        Photos that nothing was learned from, uint8 ``(n, size, size, 3)``, and their classes.
    promised_error : float
        Largest share of wrong answers among those given, 0 to 1; see `choose_threshold`.
    simulated : bool
        Whether the photos are drawn by a program.
    scope : str
        Text of the scope card.
    seed : int
        Of the picture of noise that is one of the checks.
    second_runtime : str or pathlib.Path, optional
        Python of an environment with another runtime, to compare with.
    say : callable
        Takes a line of text.

    Returns
    -------
    Pack
        As read back from the file.

    Raises
    ------
    KitError
        If the model is not int8, or does not fit the photos or the classes.
    """
    if not 0 < promised_error < 1:
        raise KitError(f"A share of errors of {promised_error:g} cannot be promised; 0.05 is 5 %.")
    runtime = ReferenceFallback(model)  # as the station will look
    probabilities = runtime.probabilities(photos)
    if probabilities.shape[1] != len(class_names):
        raise KitError(
            f"The model has {probabilities.shape[1]} outputs and there are {len(class_names)} "
            "classes; give the labels that belong to it."
        )
    right = probabilities.argmax(1) == labels
    threshold = choose_threshold(probabilities.max(1), right, promised_error)
    evaluation = Evaluation.of(probabilities, labels, class_names)
    checks = tuple(_checks(runtime.second, photos, labels, seed))
    pack = Pack(
        name, tuple(class_names), runtime.size, simulated, threshold,
        Reference.of(photos, probabilities), checks, model,
        _card(name, model, evaluation, threshold, simulated, len(checks) - 1), scope,
    )  # fmt: skip
    pack = with_parity(pack, measured_parity(model, photos, second_runtime, say)).save(path)
    FieldModel(pack, say=say)  # here its own checks must pass
    return pack


def measured_parity(model, photos, second_runtime=None, say=print):
    """Compare what can be compared on this computer: see `Parity`.

    Parameters
    ----------
    model : bytes
        The .tflite file.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.
    second_runtime : str or pathlib.Path, optional
        As in `make_pack`.
    say : callable
        Takes a line of text.

    Returns
    -------
    list of Parity
        Of the plain kernels of this runtime, and of the second runtime, if one is given.
    """
    first, *others = (answer_all(opened(model, plain), photos, say=say) for plain in (False, True))
    if second_runtime:
        others.append(answers_elsewhere(second_runtime, model, photos))
    return [compare(first, other).parity() for other in others]


def pack_folder(
    model_folder, folder, out, promised_error=0.05, scope=None, name=None, say=print,
    second_runtime=None,
):  # fmt: skip
    """Make a pack of what `lowres shrink` wrote.

    Parameters
    ----------
    model_folder : str or pathlib.Path
        With ``model.tflite``, ``labels.txt`` and ``shrunk.json``.
    folder : str or pathlib.Path
        The photos that it was trained on; the test photos are used.
    out : str or pathlib.Path
        The zip file to write.
    promised_error : float
        See `make_pack`.
    scope : str or pathlib.Path, optional
        A scope card to put in.
    name : str, optional
        What the pack is called; the name of the file, if not given.
    say : callable
        Takes a line of text.
    second_runtime : str or pathlib.Path, optional
        As in `make_pack`.

    Returns
    -------
    Pack

    Raises
    ------
    KitError
        If something is missing, or these are not the photos of the training.
    """
    place = Path(model_folder)
    try:
        model, labels = (place / MODEL).read_bytes(), (place / LABELS).read_text("utf-8")
        facts = json.loads((place / SHRUNK).read_text("utf-8"))["training"]
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise KitError(
            f"{place} is no folder that `lowres shrink` wrote: {missing} is missing."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KitError(f"{place} cannot be read ({error}); run `lowres shrink` again.") from None
    names = tuple(labels.splitlines())
    card = ""
    if scope:
        Scope.load(scope)  # a card that is not whole is told here, not in the field
        card = Path(scope).read_text("utf-8")
    title = name or shown(Path(out).stem)
    refuse_odd_names((title, *names))
    refuse_unwritable(out, ".zip")
    data = repeat_training_split(facts, names, folder, say)
    pixels, classes = data.read(data.test, TfliteModel(model).size)
    return make_pack(
        out, title, model, names, pixels, classes, promised_error, data.photos.simulated, card,
        second_runtime=second_runtime, say=say,
    )  # fmt: skip


def _checks(runtime, photos, labels, seed):
    """Some photos of each class, reduced, and one of noise, with the plain kernels' outputs."""
    present = np.unique(labels)
    each = 2 if 2 * len(present) <= MOST_CHECKS else 1
    positions = [np.flatnonzero(labels == k)[:each] for k in present]
    some = np.concatenate(positions)[:MOST_CHECKS]
    noise = np.random.default_rng(seed).integers(0, 256, photos.shape[1:], dtype=np.uint8)
    for number, picture in enumerate([*photos[some], noise], 1):
        picture = shown_small(picture)
        outputs = tuple(raw_outputs(runtime, picture).tolist())
        yield Check(f"check-{number:02}.png", picture, outputs)


def _card(name, model, evaluation, threshold, simulated, photos):
    """The model card: what it is worth and for what it is not (Mitchell et al., FAT* 2019)."""
    kind = "simulated photos, drawn by a program" if simulated else "photos"
    return f"""# {name}

Tells apart: {", ".join(evaluation.class_names)}. It knows nothing else: to any other picture it
still gives one of these answers.

File: {len(model) / 1000:.0f} kB, int8 numbers.

## What it is worth

On {evaluation.tested} {kind}, held out from the training:

{evaluation}

## When it asks a person

{threshold}

## What it must not be used for

- Other things, places, seasons or cameras than those of its photos, before it was tested there.
- Decisions that nobody can take back without a person who looks.

The pack holds {photos} of these photos, reduced to a quarter of their width, to check the model
with on each device: whoever has the pack can see them.
"""


def answers_elsewhere(python, model, photos):
    """Let a model answer on the runtime of another Python.

    Parameters
    ----------
    python : str or pathlib.Path
        The Python of an environment with NumPy, Pillow and a TFLite runtime.
    model : bytes
        The .tflite file.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.

    Returns
    -------
    Answers
        The names of the photos are their numbers.

    Raises
    ------
    KitError
        If it cannot be run; with the last line of what it says.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "model.tflite").write_bytes(model)
        np.save(place / "photos.npy", photos)
        kit = Path(lowres_kit.__file__).parent
        names = (place / name for name in ("model.tflite", "photos.npy", "answers.json"))
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        try:
            ran = subprocess.run(
                [python, "-c", PROGRAM, kit, *names],
                env=surroundings | {"PYTHONDONTWRITEBYTECODE": "1"},
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise KitError(f"{python} cannot be started ({error.strerror}).") from None
        if ran.returncode:
            last = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
            raise KitError(
                f"The second runtime did not answer ({last[:200]}); its environment needs NumPy, "
                "Pillow and a TFLite runtime."
            )
        return Answers.load(place / "answers.json")
