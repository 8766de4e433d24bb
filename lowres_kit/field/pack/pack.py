"""The field pack: one file with all that a device needs to answer, and to know that it is right.

It holds the model with its labels and cards, when to ask a person, what is usual, a few pictures
with the answers that they must get on any device, and how other runtimes answered.
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...errors import KitError
from ...places import refuse_odd_names, shown
from .archive import read_archive, write_archive
from .drift import Reference
from .threshold import Threshold

MANIFEST, MODEL, LABELS, CARD, SCOPE, DRIFT = (
    "manifest.json", "model.tflite", "labels.txt", "model-card.md", "scope.toml", "reference.json",
)  # fmt: skip
NEEDED = (MANIFEST, MODEL, LABELS, CARD, DRIFT)
FORMAT = 1
# The one way of preparing a photo that this version of the kit knows; see `FieldModel`.
PREPARATION = "upright, middle square, bilinear, (pixel - 127) / 128"
# Fast kernels may round otherwise than the plain ones do; more is a fault of the kernel. Seen on
# trained networks of up to 1 MB, thousands of photos: 10 of 255 steps at most (docs/parity.md).
STEPS_APART = 16
MOST_PARITIES = 32  # in one pack


@dataclass(frozen=True)
class Check:
    """A picture, and what the model answered to it where the pack was made.

    Attributes
    ----------
    name : str
        Of the picture in the pack.
    picture : numpy.ndarray
        uint8, ``(size, size, 3)``.
    outputs : tuple of int
        What the plain kernels gave, as it stands in the file, before scaling.
    """

    name: str
    picture: np.ndarray
    outputs: tuple


@dataclass(frozen=True)
class Parity:
    """How far a runtime on some machine answered as the laptop did that made the pack.

    Attributes
    ----------
    runtime, version, machine, kernels : str
        What answered; the kernels are "fast" or "plain".
    inputs, same : int
        So many photos it was asked about, and so many of them got the same prediction.
    largest : int
        Largest difference of an output, in steps of 255.
    """

    runtime: str
    version: str
    machine: str
    kernels: str
    inputs: int
    same: int
    largest: int

    @property
    def place(self):
        """What answered."""
        return self.runtime, self.version, self.machine, self.kernels

    @property
    def share(self):
        """Share of the photos that got the same prediction, 0 to 1."""
        return self.same / self.inputs

    @classmethod
    def from_dict(cls, values):
        """Make it from plain values; raises ValueError or TypeError if they make no sense."""
        found = cls(**values)
        counts = (found.inputs, found.same, found.largest)
        if not all(type(text) is str and len(text) <= 100 and text.isprintable()
                   for text in found.place):  # fmt: skip
            raise ValueError("a runtime has no proper name")
        if found.kernels not in ("fast", "plain") or not all(type(n) is int for n in counts):
            raise TypeError("kernels or counts of a runtime make no sense")
        if not 0 <= found.same <= found.inputs <= 10**9 or not found.inputs:
            raise ValueError("the photos of a runtime are miscounted")
        if not 0 <= found.largest <= 255:
            raise ValueError("a runtime is more steps away than there are")
        return found

    def __str__(self):
        return (
            f"{self.runtime} {self.version}, {self.kernels} kernels, {self.machine}: "
            f"{self.same} of {self.inputs} photos get the same prediction "
            f"({100 * self.share:.2f} %); outputs differ by {self.largest} of 255 "
            "steps at most."
        )


@dataclass(frozen=True)
class Pack:
    """A pack that was opened and found whole.

    Attributes
    ----------
    name : str
        What the project calls it.
    class_names : tuple of str
        Name of each output, in order.
    size : int
        Width and height in pixels of the pictures that the model takes.
    simulated : bool
        Whether the model learned from photos that a program drew.
    threshold : Threshold
        When to ask a person.
    reference : Reference
        What is usual, for drift.
    checks : tuple of Check
        What the model must answer on any device.
    model : bytes
        The .tflite file.
    card, scope : str
        The model card, and the scope card ("" if there is none).
    fingerprint : str
        Eight letters that two people can compare, to be sure that they have the same pack.
    parity : tuple of Parity
        Runtimes that were compared with the one of the laptop.
    """

    name: str
    class_names: tuple
    size: int
    simulated: bool
    threshold: Threshold
    reference: Reference
    checks: tuple
    model: bytes
    card: str
    scope: str = ""
    fingerprint: str = ""
    parity: tuple = ()

    @property
    def model_sum(self):
        """SHA-256 of the model."""
        return hashlib.sha256(self.model).hexdigest()

    def save(self, path):
        """Write the pack; return it with its fingerprint. Raises KitError if that cannot be."""
        refuse_odd_names((self.name, *self.class_names))
        files = {
            MODEL: self.model,
            LABELS: "".join(f"{name}\n" for name in self.class_names).encode(),
            CARD: self.card.encode(),
            DRIFT: _json(self.reference.as_dict()),
            **({SCOPE: self.scope.encode()} if self.scope else {}),
            **{check.name: _as_png(check.picture) for check in self.checks},
        }
        manifest = {
            "format": FORMAT,
            "name": self.name,
            "size": self.size,
            "preparation": PREPARATION,
            "simulated": self.simulated,
            "threshold": asdict(self.threshold),
            "checks": {check.name: list(check.outputs) for check in self.checks},
            **({"parity": [asdict(entry) for entry in self.parity]} if self.parity else {}),
            "sha256": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
        }
        files[MANIFEST] = _json(manifest)
        write_archive(path, files)
        return Pack.open(path)

    @classmethod
    def open(cls, path):
        """Read a pack and make sure that it is whole; nothing of it is run.

        Parameters
        ----------
        path : str or pathlib.Path
            What `lowres pack` wrote.

        Returns
        -------
        Pack

        Raises
        ------
        KitError
            If it is no pack, is damaged, was altered, or is of a later version of the kit.
        """
        title, files = Path(path).name, read_archive(path)
        missing = [name for name in NEEDED if name not in files]
        if missing:
            raise KitError(f"{title} is no pack: {missing[0]} is missing; copy it again.")
        try:
            manifest = json.loads(files[MANIFEST])
            if manifest["format"] != FORMAT or manifest["preparation"] != PREPARATION:
                raise KitError(
                    f"{title} was made by another version of the kit; bring the kit on this device "
                    "up to date, or make the pack again."
                )
            _compare(files, manifest["sha256"], title)
            return cls._of(files, manifest)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OSError,
                OverflowError, RecursionError) as error:  # fmt: skip
            reason = f"{type(error).__name__}: {error}"[:100]
            raise KitError(
                f"{title} is no whole pack ({reason}); copy it again, or make it anew."
            ) from None

    @classmethod
    def _of(cls, files, manifest):
        size = int(manifest["size"])
        if not 8 <= size <= 1024:
            raise ValueError(f"pictures of {size} pixels")
        names = tuple(files[LABELS].decode().splitlines())
        checks = tuple(
            Check(name, _from_png(files[name], size), tuple(int(n) for n in outputs))
            for name, outputs in sorted(manifest["checks"].items())
        )
        if any(text != shown(text) for text in (*names, str(manifest["name"]))):
            raise ValueError("a name holds letters that cannot be printed")
        if not names or not checks or any(len(check.outputs) != len(names) for check in checks):
            raise ValueError("labels or checks do not fit each other")
        parity = manifest.get("parity", [])
        if not isinstance(parity, list) or len(parity) > MOST_PARITIES:
            raise ValueError("no list of runtimes, or too long a one")
        return cls(
            str(manifest["name"]),
            names,
            size,
            bool(manifest["simulated"]),
            Threshold.from_dict(manifest["threshold"]),
            Reference.from_dict(json.loads(files[DRIFT])),
            checks,
            files[MODEL],
            files[CARD].decode(),
            files.get(SCOPE, b"").decode(),
            hashlib.sha256(files[MANIFEST]).hexdigest()[:8],
            tuple(Parity.from_dict(entry) for entry in parity),
        )


def _compare(files, told, title):
    """Hold each file against its checksum; what is not listed has no place in a pack."""
    for name in sorted({*files, *told} - {MANIFEST}):
        if name not in told:
            raise KitError(f"{title} was altered: {name} was added to it; copy it again.")
        if name not in files:
            raise KitError(f"{title} was altered: {name} is missing; copy it again.")
        if hashlib.sha256(files[name]).hexdigest() != told[name]:
            raise KitError(f"{title} was altered: {name} is not as it was; copy it again.")


def _json(values):
    return (json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def shown_small(picture):
    """Reduce a picture to a quarter and repeat each pixel: a small file, and exact everywhere.

    Parameters
    ----------
    picture : numpy.ndarray
        uint8, ``(size, size, 3)``.

    Returns
    -------
    numpy.ndarray
        uint8, ``(size, size, 3)``.
    """
    return _repeated(_reduced(picture), len(picture))


def _reduced(picture):
    size = len(picture)
    small = max(8, size // 4)
    centres = (2 * np.arange(small) + 1) * size // (2 * small)
    return picture[centres][:, centres]


def _repeated(small, size):
    nearest = np.arange(size) * len(small) // size
    return small[nearest][:, nearest]


def _as_png(picture):
    buffer = io.BytesIO()
    Image.fromarray(_reduced(picture)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _from_png(content, size):
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        small = max(8, size // 4)
        if image.size != (small, small) or image.mode != "RGB":
            raise ValueError("a picture to check with has another size")
        return _repeated(np.asarray(image), size)
