"""Make the demonstration that is on each card: a pack and a few photos, all simulated.

Run it with the kit's Python; it takes some minutes. The pack is kept in the repository, so that
the card can be built where PyTorch is not.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PHOTOS = 4  # of each class


def main():
    with tempfile.TemporaryDirectory() as place:
        leaves, more, model, small = (Path(place, n) for n in ("leaves", "more", "model", "small"))
        _lowres("data", "make", leaves, "--count", "200", "--seed", "0")
        _lowres("train", leaves, "--out", model, "--profile", "quick", "--seed", "0")
        _lowres("shrink", model, leaves, "--to", "60kB", "--out", small, "--profile", "quick")
        _lowres(
            "pack", small, leaves, "--out", HERE / "pack.zip", "--name", "bean leaves (simulated)"
        )
        # Other leaves than those that it learned from.
        _lowres("data", "make", more, "--count", "10", "--seed", "1")
        shutil.rmtree(HERE / "photos", ignore_errors=True)
        for folder in sorted(path for path in more.iterdir() if path.is_dir()):
            (HERE / "photos" / folder.name).mkdir(parents=True)
            for photo in sorted(folder.iterdir())[:PHOTOS]:
                shutil.copy(photo, HERE / "photos" / folder.name)


def _lowres(*words):
    subprocess.run([sys.executable, "-m", "lowres_kit.cli", *map(str, words)], check=True)


if __name__ == "__main__":
    main()
