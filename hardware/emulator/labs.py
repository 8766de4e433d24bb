"""Run the hardware labs on an emulated Pi: `python hardware/emulator/labs.py card.img --out DIR`.

The exit code is 0 if every lab passed; DIR holds the notebooks as they ran and results.json.
"""

import argparse
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from pi import EmulatedPi, make_stick, write_card

HERE = Path(__file__).resolve().parent


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("card", type=Path, help="the image; a copy of it is started")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--runtime", choices=("litert", "tflite"), default="litert")
    parser.add_argument("--board", choices=("virt", "raspi3b"), default="virt")
    chosen, more = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        code, said = run_labs(
            Path(place), chosen.card, chosen.runtime, chosen.out, chosen.board, more
        )
    print(said)
    return code


def run_labs(place, card, runtime, out, board="virt", more=(), cores=2):
    """Start a copy of the card, log in, and run the labs.

    Parameters
    ----------
    place : pathlib.Path
        For the copy.
    card : pathlib.Path
        As build.py wrote it.
    runtime : str
        "litert" or "tflite".
    out : pathlib.Path
        Folder that the results are copied to.
    board : str
        "virt" or "raspi3b".
    more : sequence of str
        More words for `lowres-labs`, such as ``--labs 3``, or ``--broken`` for the faults as well.
    cores : int
        Of the emulated board, if it is "virt".

    Returns
    -------
    tuple
        Exit code of the labs, and what they printed.
    """
    copy, password, stick = place / "card.img", secrets.token_hex(8), place / "stick.img"
    prepare(card, copy, password)
    make_stick(stick)
    given = {"simulate.sh": HERE / "simulate.sh"}
    with EmulatedPi(copy, board, stick, given, cores=cores) as pi:
        pi.log_in(password)
        pi.fetch("/run/given")
        code, said = pi.shell("sh /run/given/simulate.sh", root=True)
        if code:
            return code, f"The simulated hardware did not start: {said}"
        labs = (
            f"lowres-labs --runtime {runtime} --emulated "
            "--set chip=$(cat /run/lowres/simulated-chip) --out /tmp/results"
        )
        code, said = pi.shell(f"{labs} {' '.join(more)}", seconds=3600)
        pi.bring_back("/tmp/results", out)
        return code, said


def prepare(card, copy, password, megabytes=400, settings=""):
    """Copy a card as `dd` would, onto one that is larger, and write a password on it."""
    subprocess.run(["cp", "--sparse=always", card, copy], check=True)
    subprocess.run(["truncate", "--size", f"+{megabytes}M", copy], check=True)
    told = copy.with_name("lowres.toml")
    told.write_text(f'password = "{password}"\n{settings}')
    write_card(copy, told, "lowres.toml")
    told.unlink()


if __name__ == "__main__":
    sys.exit(main())
