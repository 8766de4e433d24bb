"""The learner's project folder: scope card, measurements, and a sub-folder for what is built."""

import json
import math
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from ..errors import KitError
from ..places import expanded, write_text
from .scope_card import Scope

CARD, MEASUREMENTS = "scope.toml", "measurements.json"
NUMBERED = re.compile(r"^\d\d-")  # older project folders have the lesson's number before a step


class Project:
    """One learner's project: each lesson adds to it, and it goes to the Raspberry Pi at the end.

    Printed text names the folder alone, never the whole path: a notebook with its outputs can
    be handed on without telling where it ran.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    """

    def __init__(self, path):
        self.path = Path(path)

    @classmethod
    def open(cls, folder="my-project"):
        """Open the project folder, and make it if it is not there.

        A relative folder lies beside ``lessons/`` of the kit, so that notebooks and commands
        find the same one; outside the kit it lies where the program was started. The
        environment variable ``LOWRES_PROJECT`` wins over both: a test run never touches a
        learner's own folder.

        Raises
        ------
        KitError
            If the folder cannot be made.
        """
        return cls(_made(project_path(folder)))

    def __repr__(self):
        return f"Project({self.path.name})"

    def scope(self):
        """Load the scope card; where there is none, write the example card and say so."""
        if not (self.path / CARD).exists():
            Scope.example().save(self.path / CARD)
            print(
                "The project folder had no scope card: it now has the example, a bean-leaf helper."
            )
        return Scope.load(self.path / CARD)

    def save_scope(self, scope):
        """Write the scope card (`Scope`) into the folder."""
        scope.save(self.path / CARD)

    def folder(self, name):
        """Return a sub-folder such as ``"model"``, made if it is missing."""
        if not name or Path(name).name != name or name in (".", ".."):
            raise KitError(f"{name!r} is not the name of a folder inside the project.")
        return _made(self.path / name)

    def record(self, step, measured):
        """Keep measurements of a step, after those that are there already.

        Parameters
        ----------
        step : str
            Which step of the work, such as ``"fine-tuned"``.
        measured : dict of str to (float, int, str, bool or None)
            What was measured; NumPy numbers are taken too, and nan is kept as null.
        """
        history = self._history()
        when = datetime.now(UTC).isoformat(timespec="seconds")
        history.setdefault(step, []).append({"when": when, "measured": _plain(measured)})
        text = json.dumps(history, indent=1, ensure_ascii=False, allow_nan=False)
        write_text(self.path / MEASUREMENTS, text + "\n")

    def measurements(self, step):
        """Return the latest measurements of a step; an empty dict if there are none."""
        entries = self.history(step)
        return entries[-1]["measured"] if entries else {}

    def history(self, step):
        """Return all measurements of a step, oldest first: dicts with ``when`` and ``measured``."""
        return self._history().get(step, [])

    def steps(self):
        """Return the names of the steps that have measurements, in the order they came."""
        return list(self._history())

    def _history(self):
        path = self.path / MEASUREMENTS
        if not path.exists():
            return {}
        try:
            history = json.loads(path.read_text(encoding="utf-8"))
            whole = isinstance(history, dict) and all(
                isinstance(entry["measured"], dict) and entry["when"]
                for entries in history.values()
                for entry in entries
            )
        except (ValueError, TypeError, KeyError):
            whole = False
        if not whole:
            raise KitError(
                f"{MEASUREMENTS} in {self.path.name} is damaged; rename it, and the lessons "
                "measure again."
            )
        unnumbered = {}
        for step, entries in history.items():
            unnumbered.setdefault(NUMBERED.sub("", step), []).extend(entries)
        return unnumbered


def project_path(folder="my-project"):
    """Say where a project folder lies (see `Project.open`), without making it."""
    path = expanded(os.environ.get("LOWRES_PROJECT") or folder)
    return path if path.is_absolute() else _kit_folder() / path


def _made(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise KitError(
            f"The project folder {path.name} cannot be made: {problem.strerror or problem}. "
            "Choose another name, or another place."
        ) from None
    return path


def _kit_folder():
    """Find the clone of the kit above the current folder; the current folder if there is none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "lessons").is_dir() and (folder / "lowres_kit").is_dir():
            return folder
    return here


def _plain(value):
    """Turn NumPy numbers and arrays into what JSON can hold, and nan or inf into None."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise KitError(f"A measurement must be a number or a text, not {type(value).__name__}.")
