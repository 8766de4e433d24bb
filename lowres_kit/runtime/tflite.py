"""Open a ``.tflite`` file and ask it, whoever made it."""

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..errors import KitError

FILE_IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class TensorInfo:
    """What goes in or comes out: its name, shape and kind of number.

    With `scale` above 0, a stored number q stands for ``(q - zero_point) * scale``.
    """

    name: str
    shape: tuple
    dtype: type
    scale: float
    zero_point: int


class TfliteModel:
    """A model in LiteRT or, where only that is there, in its predecessor tflite-runtime.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file, or what it holds.
    threads : int
        How many threads may compute.
    reference : bool
        Use the plain reference operators: slow, and the same on every processor.

    Raises
    ------
    KitError
        If it is no ``.tflite`` file, is damaged, or needs operators that the runtime lacks.
    """

    def __init__(self, source, threads=1, reference=False):
        content, self.name = _read(source)
        self._interpreter = _open(content, self.name, threads, reference)
        self.inputs = [_info(found) for found in self._interpreter.get_input_details()]
        self.outputs = [_info(found) for found in self._interpreter.get_output_details()]
        self._input_index = [d["index"] for d in self._interpreter.get_input_details()]
        self._output_index = [d["index"] for d in self._interpreter.get_output_details()]

    def run(self, array):
        """Compute the first output for one input of the model's own shape and kind of number.

        Parameters
        ----------
        array : numpy.ndarray
            Of the shape and dtype of ``inputs[0]``; a leading 1 may be left out.

        Returns
        -------
        numpy.ndarray
            Of the shape and dtype of ``outputs[0]``.
        """
        if len(self.inputs) != 1:
            raise KitError(f"{self.name} has {len(self.inputs)} inputs; only one can be given.")
        wanted, array = self.inputs[0], np.asarray(array)
        if array.shape == wanted.shape[1:] and wanted.shape[0] == 1:
            array = array[None]
        if array.shape != wanted.shape or array.dtype != wanted.dtype:
            raise KitError(
                f"{self.name} takes {np.dtype(wanted.dtype).name} numbers of shape "
                f"{wanted.shape}, but was given {array.dtype.name} of shape {array.shape}."
            )
        self._interpreter.set_tensor(self._input_index[0], array)
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise KitError(f"{self.name} cannot be run: {_reason(error)}.") from None
        return self._interpreter.get_tensor(self._output_index[0])

    @property
    def size(self):
        """Width and height in pixels of the pictures that the model takes."""
        shape = self.inputs[0].shape
        if len(self.inputs) == 1 and len(shape) == 4 and shape[1] == shape[2] and shape[3] == 3:
            return shape[1]
        raise KitError(
            f"{self.name} takes no square colour pictures: its input has the shape "
            f"{shape}{oddity(shape)}."
        )

    def scores(self, photos):
        """Compute the outputs, as real numbers, for photos.

        Parameters
        ----------
        photos : numpy.ndarray
            uint8, ``(n, size, size, 3)``; scaled as `lowres_kit.learn.normalise` does.

        Returns
        -------
        numpy.ndarray
            float32, ``(n, k)``.
        """
        photos, size = np.asarray(photos), self.size
        if photos.dtype != np.uint8 or photos.shape[1:] != (size, size, 3):
            raise KitError(
                f"{self.name} takes uint8 photos of shape (n, {size}, {size}, 3), but was given "
                f"{photos.dtype.name} of shape {photos.shape}; read the folder with size={size}."
            )
        out = self.outputs[0]
        found = np.empty((len(photos), int(np.prod(out.shape[1:]))), np.float32)
        for row, photo in zip(found, photos):
            row[:] = self.run(self._of_pixel[photo]).reshape(-1)
        return (found - out.zero_point) * np.float32(out.scale) if out.scale else found

    def probabilities(self, photos):
        """Probability of each class, float32 ``(n, k)``: the softmax of `scores`."""
        return softmax(self.scores(photos))

    @cached_property
    def _of_pixel(self):
        """What the model is given for each of the 256 values of a pixel."""
        taken = self.inputs[0]
        values = (np.arange(256, dtype=np.float32) - 127) / 128
        if not taken.scale:
            return values.astype(taken.dtype)
        limits = np.iinfo(taken.dtype)
        steps = np.round(values / taken.scale) + taken.zero_point
        return np.clip(steps, limits.min, limits.max).astype(taken.dtype)


def softmax(scores):
    """Turn scores into probabilities: positive, and 1 together in each row.

    Parameters
    ----------
    scores : numpy.ndarray
        Real numbers, ``(n, k)``.

    Returns
    -------
    numpy.ndarray
        ``(n, k)``, of the same kind of number.
    """
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))  # or exp of 1000 would be inf
    return powers / powers.sum(axis=1, keepdims=True)


def _read(source):
    if isinstance(source, (bytes, bytearray, memoryview)):
        content, name = bytes(source), "The model"
    else:
        name = Path(source).name
        try:
            content = Path(source).read_bytes()
        except OSError as error:
            raise KitError(f"{source} cannot be read ({error.strerror}).") from None
    if content[4:8] != FILE_IDENTIFIER:
        raise KitError(f"{name} is no .tflite file; give one that `lowres shrink` wrote.")
    return content, name


def channels_first(shape):
    """Whether an input takes square colour pictures as 1 x 3 x size x size, as torch does."""
    return len(shape) == 4 and shape[1] == 3 != shape[3] and shape[2] == shape[3] > 1


def oddity(shape):
    """Say what keeps an input from being one square colour picture, with a way out; or ""."""
    if len(shape) != 4:
        return ""
    first = shape[1] in (1, 3, 4) and shape[3] not in (1, 3, 4)
    channels, height, width = shape[1:] if first else (shape[3], *shape[1:3])
    told = [
        (shape[0] != 1, f"{shape[0]} pictures at once; convert it for one"),
        (first, "channels first; convert it so that they come last"),
        (max(height, width) < 2, "pictures of any size; convert it for a fixed one"),
        (height != width, f"pictures that are {width} wide and {height} high"),
        (channels == 1, "grey pictures"),
        (channels not in (1, 3), f"pictures of {channels} channels"),
    ]
    return next((f" ({text})" for true, text in told if true), "")


def runtime_here():
    """Import the runtime that is there: LiteRT, else tflite-runtime; both have the same calls.

    Raises
    ------
    KitError
        If there is none, or one that lacks a package.
    """
    for name in ("ai_edge_litert", "tflite_runtime"):
        try:
            return importlib.import_module(f"{name}.interpreter")
        except ModuleNotFoundError as error:
            if error.name != name:
                raise KitError(
                    f"The runtime {name} needs the package {error.name}, which is not installed."
                ) from None
    raise KitError("There is no TFLite runtime here; install the package ai-edge-litert.")


def _open(content, name, threads, reference):
    runtime = runtime_here()
    resolvers = runtime.OpResolverType
    resolver = resolvers.BUILTIN_REF if reference else resolvers.AUTO
    try:
        interpreter = runtime.Interpreter(
            model_content=content, num_threads=threads, experimental_op_resolver_type=resolver
        )
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise KitError(
            f"{name} is damaged, or needs what this runtime lacks ({_reason(error)}); write or "
            "copy the file again."
        ) from None
    return interpreter


def _reason(error):
    """The first line of what the runtime says; it may go on for pages."""
    return next(iter(str(error).strip().splitlines()), "no reason given")[:200].rstrip(". ")


def _info(details):
    scale, zero_point = details["quantization"]
    shape = tuple(int(n) for n in details["shape"])
    return TensorInfo(details["name"], shape, details["dtype"], float(scale), int(zero_point))
