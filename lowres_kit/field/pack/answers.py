"""What a machine answers to photos, kept exactly, so that two machines can be compared.

A file of answers holds for each photo a checksum of the pixels that the model was given, and the
model's outputs before scaling. The pixels may differ where two machines have other JPEG decoders;
the outputs may differ where they have other kernels: the checksum tells the one from the other.
"""

import hashlib
import json
import platform
import statistics
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
from PIL import __version__ as pillow_version

from ...data.folder import NOTES, files_below
from ...data.pictures import PictureProblem, open_picture, square
from ...errors import KitError
from ...places import write_text
from ...runtime import runtime_here
from .model import FieldModel
from .pack import Pack
from .reference_fallback import ReferenceFallback

FORMAT = 1
# Facts about the machine and what computed, each a short text.
FACTS = (
    "model", "pack", "runtime", "version", "machine", "kernels", "python", "numpy", "pillow",
)  # fmt: skip
KERNELS = ("fast", "plain")
TELL_EVERY = 10  # seconds


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of one machine.

    Attributes
    ----------
    facts : dict of str to str
        Each of `FACTS`: the model's SHA-256, the pack's fingerprint ("" for a bare model), the
        runtime and its version, the machine, the kernels of the first look, and versions.
    seconds : float
        Of the first look at a photo, the median; one thread.
    names : tuple of str
        Of the n photos.
    sums : tuple of str
        SHA-256 of each photo as the model was given it.
    first, last : numpy.ndarray
        int, ``(n, k)``: outputs of the first look, and those that count (of the second look where
        there was one).
    """

    facts: dict
    seconds: float
    names: tuple
    sums: tuple
    first: np.ndarray
    last: np.ndarray

    @property
    def title(self):
        """Which runtime, kernels and machine these are."""
        facts = self.facts
        return f"{facts['runtime']} {facts['version']}, {facts['kernels']}, {facts['machine']}"

    def save(self, path):
        """Write the answers as JSON, whole or not at all."""
        rows = [
            {"name": name, "sha256": sha, "first": first, "last": last}
            for name, sha, first, last in zip(
                self.names, self.sums, self.first.tolist(), self.last.tolist()
            )
        ]
        head = json.dumps({"format": FORMAT, **self.facts, "seconds": self.seconds}, indent=1)
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        write_text(path, f'{head[:-2]},\n "photos": [\n{lines}\n ]\n}}\n')

    @classmethod
    def load(cls, path):
        """Read answers; raises KitError if that is no whole file of them."""
        path = Path(path)
        try:
            told = json.loads(path.read_text("utf-8"))
            if told["format"] != FORMAT:
                raise ValueError("of another version of the kit")
            return cls._of(told)
        except FileNotFoundError:
            raise KitError(
                f"There is no file {path}; make it with `lowres-field answers`."
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError,
                RecursionError) as error:  # fmt: skip
            reason = f"{type(error).__name__}: {error}"[:100]
            raise KitError(
                f"{path.name} holds no whole answers ({reason}); make it again with "
                "`lowres-field answers`."
            ) from None

    @classmethod
    def _of(cls, told):
        facts = {name: str(told[name])[:100] for name in FACTS}
        if facts["kernels"] not in KERNELS or not all(map(str.isprintable, facts.values())):
            raise ValueError("strange facts")
        rows = told["photos"]
        names = tuple(str(row["name"]) for row in rows)
        if not rows or len(set(names)) != len(names):
            raise ValueError("no photos, or one twice")
        both = np.array([[row["first"], row["last"]] for row in rows])
        if both.ndim != 3 or both.dtype.kind != "i" or np.abs(both + 0.5).max() > 128:
            raise ValueError("outputs that are no int8 numbers")
        sums = tuple(str(row["sha256"]) for row in rows)
        return cls(facts, float(told["seconds"]), names, sums, both[:, 0], both[:, 1])


@dataclass(frozen=True)
class Opened:
    """A model that can be asked here: its looks, its file's bytes, and its pack's fingerprint."""

    looks: ReferenceFallback
    content: bytes
    fingerprint: str = ""


def opened(source, plain=False, say=print):
    """Open a pack or a model on this machine.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        A pack (``.zip``), which must pass its checks, or a model (``.tflite``), or its content.
    plain : bool
        Let the plain kernels look at every photo.
    say : callable
        Takes a line of text, if the fast kernels are off.

    Returns
    -------
    Opened

    Raises
    ------
    KitError
        If the model cannot be used here.
    """
    if isinstance(source, bytes):
        return Opened(ReferenceFallback(source, plain=plain), source)
    if Path(source).suffix.lower() != ".zip":
        try:
            return opened(Path(source).read_bytes(), plain)
        except OSError as error:
            raise KitError(f"{source} cannot be read ({error.strerror}).") from None
    pack = Pack.open(source)
    looks = FieldModel(pack, say=say).looks
    if plain and not looks.plain:
        looks = ReferenceFallback(pack.model, plain=True)
    return Opened(looks, pack.model, pack.fingerprint)


def answer_all(model, photos, names=None, say=print):
    """Ask a model on this machine about prepared photos.

    Parameters
    ----------
    model : Opened
        From `opened`.
    photos : iterable of numpy.ndarray
        uint8, ``(size, size, 3)`` each.
    names : sequence of str, optional
        Of the photos; their numbers if not given.
    say : callable
        Takes a line of text about what goes on.

    Returns
    -------
    Answers

    Raises
    ------
    KitError
        If there are no photos, or the model cannot be run.
    """
    looks = model.looks
    sums, first, last, seconds, told = [], [], [], [], time.monotonic()
    for number, photo in enumerate(photos, 1):
        began = time.perf_counter()
        scores = looks.first.scores(photo[None])
        seconds.append(time.perf_counter() - began)
        again = looks.second.scores(photo[None]) if looks.doubtful(scores)[0] else scores
        first.append(looks.steps(scores)[0])
        last.append(looks.steps(again)[0])
        sums.append(hashlib.sha256(photo.tobytes()).hexdigest())
        if time.monotonic() - told > TELL_EVERY:
            told = time.monotonic()
            say(f"{number} photos answered.")
    if not sums:
        raise KitError("There are no photos to answer; name a folder that holds some.")
    names = [f"{number:06}" for number in range(1, len(sums) + 1)] if names is None else names
    facts = here() | {
        "model": hashlib.sha256(model.content).hexdigest(),
        "pack": model.fingerprint,
        "kernels": KERNELS[looks.plain],
    }
    return Answers(
        facts, float(f"{statistics.median(seconds):.3g}"), tuple(names), tuple(sums),
        np.array(first), np.array(last),
    )  # fmt: skip


def here():
    """Tell which runtime, machine and versions these are."""
    runtime = runtime_here().__name__.partition(".")[0].replace("_", "-")
    try:
        version = metadata.version(runtime)
    except metadata.PackageNotFoundError:  # copied without its facts
        version = "of unknown version"
    return {
        "runtime": runtime,
        "version": version,
        "machine": _plain_text(f"{platform.machine()}, {_processor()}"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pillow": pillow_version,
    }


def _processor():
    """Name the board or the processor, as far as the system tells it."""
    for path, key in (("/proc/device-tree/model", ""), ("/proc/cpuinfo", "model name")):
        try:
            lines = Path(path).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        told = [line.partition(":")[2] if key else line for line in lines if line.startswith(key)]
        if told:
            return told[0]
    return platform.processor() or sys.platform


def _plain_text(text):
    """Make one short line of what a system tells of itself."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:80]


def photos_of(place, size, say=print):
    """Find photos and prepare them as the station does.

    Parameters
    ----------
    place : str or pathlib.Path
        A folder, looked through with all its sub-folders, or a ``.npy`` file of prepared photos,
        uint8 ``(n, size, size, 3)``, which every machine reads alike.
    size : int
        Width and height that the model takes.
    say : callable
        Is told which files are left out, and why.

    Returns
    -------
    tuple
        The names, and the prepared photos, uint8 ``(n, size, size, 3)``.

    Raises
    ------
    KitError
        If there is nothing of the kind.
    """
    place = Path(place)
    if place.suffix.lower() == ".npy":
        photos = _prepared(place, size)
        return [f"{number:06}" for number in range(1, len(photos) + 1)], photos
    if not place.is_dir():
        raise KitError(f"There is no folder {place}; name one with photos, or a .npy file.")
    names, photos, problems = [], [], []
    for path in files_below(place, problems):
        if path.suffix.lower() in NOTES - {""}:
            continue
        try:
            photos.append(square(open_picture(path, size), size))
            names.append(path.relative_to(place).as_posix())
        except PictureProblem as problem:
            problems.append(problem)
    for problem in problems:
        say(f"Left out: {problem}")
    # A Mac writes é as e and an accent; where a folder has both spellings, each stays as it is.
    composed = [unicodedata.normalize("NFC", name) for name in names]
    often = Counter(composed)
    names = [name if often[same] > 1 else same for name, same in zip(names, composed)]
    return names, np.array(photos, np.uint8).reshape(-1, size, size, 3)


def _prepared(path, size):
    try:
        photos = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise KitError(f"{path} cannot be read ({str(error)[:80]}); write it again.") from None
    if not isinstance(photos, np.ndarray) or photos.dtype != np.uint8 or (
        photos.shape[1:] != (size, size, 3)
    ):  # fmt: skip
        raise KitError(
            f"{path.name} holds no photos as this model takes them: uint8, (n, {size}, {size}, 3)."
        )
    return photos
