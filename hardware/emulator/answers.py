"""Ask models on an emulated Pi: `python hardware/emulator/answers.py card.img DIR`.

DIR holds a folder for each model, with `model.tflite` and `photos.npy`, as `benchmarks/parity.py
--carry DIR` writes them. The answers of both runtimes come back into these folders, as
pi-litert.json and pi-tflite.json. With --photos N the older runtime, which takes seconds a photo
here, is asked about the first N photos alone. The kit is that of this checkout, not the card's.
"""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from labs import prepare
from pi import EmulatedPi

ROOT = Path(__file__).resolve().parents[2]
# On the Pi: all of a pack's photos, or the first few.
ASK = """
import sys, numpy
from lowres_kit.field.pack.answers import answer_all, opened
photos = numpy.load(sys.argv[1] + "/photos.npy", mmap_mode="r")[: int(sys.argv[2])]
found = answer_all(opened(sys.argv[1] + "/model.tflite"), photos)
found.save(sys.argv[1] + "/" + sys.argv[3] + ".json")
print(found.title, len(photos), "photos,", found.seconds, "s each")
"""


def main(arguments=None):
    """Boot it once, and ask it about all models; the exit code is 1 if one could not be asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("card", type=Path, help="the image; a copy of it is started")
    parser.add_argument("folder", type=Path, help="as `--carry` wrote it")
    parser.add_argument("--runtime", choices=("litert", "tflite"), action="append")
    parser.add_argument("--photos", type=int, default=10**6, metavar="N")
    chosen = parser.parse_args(arguments)
    given = {"models": chosen.folder, "lowres_kit": ROOT / "lowres_kit"}
    failed, password = 0, secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as place:
        copy, program = Path(place) / "card.img", Path(place) / "ask.py"
        program.write_text(ASK)
        prepare(chosen.card, copy, password, megabytes=1500)
        with EmulatedPi(copy, given=given | {"ask.py": program}) as pi:
            pi.log_in(password)
            pi.fetch("/var/given")
            for runtime in chosen.runtime or ("litert", "tflite"):
                most = chosen.photos if runtime == "tflite" else 10**6
                for number in sorted(path.name for path in chosen.folder.glob("[0-9][0-9]")):
                    code, said = pi.shell(
                        f"PYTHONPATH=/var/given:/opt/lowres/kit:/opt/lowres/{runtime} "
                        f"python3 /var/given/ask.py /var/given/models/{number} {most} pi-{runtime}",
                        seconds=3600, root=True,
                    )  # fmt: skip
                    print(number, said.splitlines()[-1:], flush=True)
                    failed += code != 0
                    # After each, so that what was answered is here if the rest takes too long.
                    pi.bring_back("/var/given/models --exclude=*.npy --exclude=*.tflite",
                                  chosen.folder)  # fmt: skip
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
