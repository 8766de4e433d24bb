"""Ask another runtime on this computer: that of an environment with a Python of its own."""

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import lowres_kit

from ..errors import KitError
from .answers import Answers

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
from lowres_kit.field.answers import answer_all, opened
photos = numpy.load(photos, allow_pickle=False, mmap_mode="r")
answer_all(opened(model), photos, say=lambda line: print(line, file=sys.stderr)).save(out)
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
