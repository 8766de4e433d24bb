"""Measure a model: what it is made of, what it takes, and what it is worth.

One function for every lesson and for `lowres measure`. It takes any ``.tflite`` file, also one
that the kit did not make, and torch networks for comparison.
"""

import io
import tempfile
import time
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ...errors import KitError
from ...learn.evaluation import Evaluation, expected_calibration_error, log_loss
from ...places import expanded
from ...runtime import TfliteModel, run_alone, softmax
from ...runtime.subprocess_memory import torch_memory
from ...runtime.tflite import channels_first, oddity
from .operations import count_tflite, count_torch
from .report import Measured, table

__all__ = ["PIXELS", "Measured", "measure", "table"]

# What a model expects of the pixels 0 to 255: how many of them make 1, and which one is 0.
PIXELS = {"-1..1": (128.0, 127.0), "0..1": (255.0, 0.0), "0..255": (1.0, 0.0)}


def measure(
    source,
    photos=None,
    labels=None,
    class_names=None,
    runs=50,
    threads=1,
    size=None,
    name=None,
    pixels="-1..1",
):
    """Measure a model.

    Parameters
    ----------
    source : str, pathlib.Path, bytes or torch.nn.Module
        A ``.tflite`` file, its content, or a network in evaluation mode.
    photos : numpy.ndarray, optional
        uint8, ``(n, size, size, 3)``. Without them accuracy and calibration are not measured.
    labels : numpy.ndarray, optional
        int, ``(n,)``: which output is right for each photo.
    class_names : sequence of str, optional
        What each output means, in order; "0", "1", … if not given.
    runs : int
        How many warm answers are timed.
    threads : int
        Threads that the runtime may use.
    size : int or tuple, optional
        For a torch network without photos: side of its pictures, or the shape ``(channels,
        height, width)`` or ``(length,)`` of one input.
    name : str, optional
        What tables call the model.
    pixels : str
        What a picture model with float inputs expects of a pixel, one of `PIXELS`; that of the
        kit's models if not given. Integer inputs take the pixel as it is.

    Returns
    -------
    Measured

    Raises
    ------
    KitError
        If the file cannot be run; if photos are given and the model's input is no picture, or
        its outputs are not as many as the classes.
    """
    if photos is not None:
        _check_photos(photos, labels, pixels)
    if isinstance(source, (str, Path, bytes, bytearray)):
        return _measure_tflite(source, photos, labels, class_names, runs, threads, name, pixels)
    return _measure_torch(source, photos, labels, class_names, runs, threads, size, name)


def _check_photos(photos, labels, pixels):
    if photos.ndim != 4 or photos.dtype != np.uint8 or not len(photos):
        raise KitError(
            f"`photos` is {photos.dtype} of shape {photos.shape}; give at least one, as uint8 of "
            "shape (n, size, size, 3), such as `PhotoSet.read` returns."
        )
    if labels is None or len(labels) != len(photos):
        raise KitError("Give `labels` with one number for each photo: the output that is right.")
    if pixels not in PIXELS:
        raise KitError(f"`pixels` is {pixels!r}; choose one of {', '.join(PIXELS)}.")


def _measure_tflite(source, photos, labels, class_names, runs, threads, name, pixels):
    with _file(source) as path:
        name = name or (path.name if isinstance(source, (str, Path)) else "model")
        # First, since a bad file ends that process in place of this one.
        alone = run_alone(path, runs, threads, name)
        content = path.read_bytes()
        try:
            counts = count_tflite(content)
        except ValueError as error:
            raise KitError(f"{name} is damaged ({error}); copy or convert it again.") from None
        tested, notes = (None, None, None), ()
        if photos is not None:
            probabilities, notes = _tflite_answers(
                content, photos, class_names, counts, threads, name, pixels
            )
            tested = _worth(probabilities, labels, class_names, name)
    return _gather(name, content, counts, alone.latency_ms, threads, tested, notes,
                   alone.memory_mb, alone.process_mb)  # fmt: skip


@contextmanager
def _file(source):
    """Path of the model; a content is written into a file for as long as it is measured."""
    if isinstance(source, (str, Path)):
        path = expanded(source)
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise KitError(f"{path} {what}; give a .tflite file.")
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(source)
        yield path


def _tflite_answers(content, photos, class_names, counts, threads, name, pixels):
    """Probabilities of a picture model, and what had to be assumed."""
    model = TfliteModel(content, threads)
    side = picture_side(model, name)
    if photos.shape[1:] != (side, side, 3):
        raise KitError(
            f"{name} takes pictures of {side} x {side} pixels in colour, but the photos have "
            f"shape {photos.shape[1:]}; read them with `read({side})`."
        )
    scores = np.concatenate([_scores(model, photo, pixels) for photo in photos])
    notes = (_told(model.inputs[0], name, pixels),)
    if scores.shape[1] == 1:
        return _of_two(scores, class_names, counts, model.outputs[0].scale, name, notes)
    if counts.sigmoid:
        notes += (
            f"{name}: each output is a probability by itself; they were divided by their sum.",
        )
    elif not counts.softmax:
        return softmax(scores), notes
    # A probability of 0 from 8 bits means "less than half a step", not "never".
    least = model.outputs[0].scale / 2  # 0 for floats
    scores = np.maximum(scores, least)
    return scores / scores.sum(1, keepdims=True), notes


def _of_two(scores, class_names, counts, scale, name, notes):
    """Probabilities ``(n, 2)`` from a single output, and what had to be assumed."""
    names = ("0", "1") if class_names is None else class_names
    if len(names) != 2:
        raise KitError(
            f"{name} has one output, which tells two classes apart, but there are {len(names)}; "
            "give photos, and names beside the model, of its two classes."
        )
    if counts.sigmoid or counts.softmax:
        second, meaning = scores, "the probability"
    else:
        second, meaning = 1 / (1 + np.exp(-scores)), "the log odds"
    # From 8 bits 0 and 1 mean "less than half a step off"; of floats nothing is surely 0 either.
    least = max(scale / 2 if meaning == "the probability" else 0, 1e-7)
    second = np.clip(second, least, 1 - least)
    told = f"{name}: its one output is taken for {meaning} of the second class, {names[1]}."
    return np.concatenate([1 - second, second], axis=1), (*notes, told)


def _is_float(tensor):
    return np.dtype(tensor.dtype).kind == "f"


def _told(given, name, pixels):
    """Say how the pixels were handed over: no file tells what its model was trained on."""
    if _is_float(given):
        return f"{name}: pixels were given as {pixels.replace('..', ' to ')}."
    low = (np.iinfo(given.dtype).min - given.zero_point) * given.scale
    high = (np.iinfo(given.dtype).max - given.zero_point) * given.scale
    return (
        f"{name}: pixels 0 to 255 were given as they are; to the model they mean {low:.3g} to "
        f"{high:.3g}."
    )


def _scores(model, photo, pixels):
    """Outputs ``(1, k)`` for one photo, in the numbers that they stand for."""
    given, gives = model.inputs[0], model.outputs[0]
    if _is_float(given):
        scale, zero = PIXELS[pixels]
        x = ((photo - np.float32(zero)) / np.float32(scale)).astype(given.dtype)
    else:
        # The 256 numbers stand for the 256 pixel values, whatever range these are mapped to.
        x = (photo.astype(np.int16) + np.iinfo(given.dtype).min).astype(given.dtype)
    if channels_first(given.shape):
        x = np.ascontiguousarray(x.transpose(2, 0, 1))
    found = model.run(x[None]).reshape(1, -1)
    if _is_float(gives):
        return found.astype(np.float32)
    return (found.astype(np.float32) - gives.zero_point) * np.float32(gives.scale)


def picture_side(model, name):
    """Side of the pictures that a ``.tflite`` model takes.

    Parameters
    ----------
    model : TfliteModel
        The model.
    name : str
        What the error calls it.

    Raises
    ------
    KitError
        If it has not exactly one input, a square colour picture, and one output.
    """
    shape = tuple(model.inputs[0].shape)
    without = "measure it without a folder of photos"
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise KitError(
            f"{name} has {len(model.inputs)} inputs and {len(model.outputs)} outputs, but a "
            f"classifier of photos has one of each; {without}."
        )
    square = len(shape) == 4 and shape[1] == shape[2] > 1 and shape[3] == 3
    square = shape[:1] == (1,) and (square or channels_first(shape))
    kind = np.dtype(model.inputs[0].dtype)
    if not square or kind not in (np.float32, np.float16, np.int8, np.uint8):
        told = " x ".join(map(str, shape))
        raise KitError(
            f"{name} takes {told} numbers of type {kind}{oddity(shape)}, not a square colour "
            f"picture; {without}."
        )
    return int(shape[2])


def _measure_torch(model, photos, labels, class_names, runs, threads, size, name):
    import torch

    from ...learn.backbone import normalise, predict_probabilities

    name = name or type(model).__name__
    if photos is not None:
        x = normalise(photos[:1])
    elif size is None:
        raise KitError("Say which `size` the network's pictures have, or give photos.")
    else:
        shape = (3, size, size) if isinstance(size, int) else tuple(size)
        x = 2 * torch.rand((1, *shape), generator=torch.Generator().manual_seed(0)) - 1
    model.eval()
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        times = _torch_times(model, x, runs)
    finally:
        torch.set_num_threads(before)
    tested = (None, None, None)
    if photos is not None:
        tested = _worth(predict_probabilities(model, photos), labels, class_names, name)
    buffer = io.BytesIO()
    torch.save({key: value.contiguous() for key, value in model.state_dict().items()}, buffer)
    return _gather(name, buffer.getvalue(), count_torch(model, x), times, threads, tested, (),
                   torch_memory(model, x), None)  # fmt: skip


def _torch_times(model, x, runs, seconds=30.0):
    import torch

    found, end = [], time.perf_counter() + seconds
    with torch.inference_mode():
        for _ in range(min(5, runs)):
            model(x)
        while len(found) < runs and (len(found) < 3 or time.perf_counter() < end):
            started = time.perf_counter()
            model(x)
            found.append(1e3 * (time.perf_counter() - started))
    return found


def _worth(probabilities, labels, class_names, name):
    """Evaluation, expected calibration error and log loss."""
    labels = np.asarray(labels, np.int64)
    outputs = probabilities.shape[1]
    if not np.isfinite(probabilities).all():
        raise KitError(f"{name} answers some photos with no number (NaN): it is broken.")
    names = tuple(map(str, range(outputs) if class_names is None else class_names))
    if len(names) != outputs or labels.min() < 0 or labels.max() >= outputs:
        classes = len(names) if len(names) != outputs else int(labels.max()) + 1
        raise KitError(
            f"{name} has {outputs} outputs, but there are {classes} classes; name the classes in "
            "the order of its outputs, one for each."
        )
    evaluation = Evaluation.of(probabilities, labels, names)
    error = expected_calibration_error(probabilities, labels)
    return evaluation, error, log_loss(probabilities, labels)


def _gather(name, content, counts, times, threads, tested, notes, memory_mb, process_mb):
    low, middle, high = np.percentile(times, (25, 50, 75))
    evaluation, error, loss = tested
    return Measured(
        name=name,
        size_kb=len(content) / 1e3,
        compressed_kb=len(zlib.compress(content, 9)) / 1e3,
        parameters=counts.parameters,
        multiply_adds=counts.multiply_adds,
        uncounted=counts.uncounted,
        memory_mb=memory_mb,
        process_mb=process_mb,
        latency_ms=float(middle),
        latency_quartiles_ms=(float(low), float(high)),
        threads=threads,
        evaluation=evaluation,
        calibration_error=error,
        log_loss=loss,
        notes=notes,
    )
