"""What a device answered, or a stand-in for its kernels: the other side of the comparison."""

import subprocess
import sys

from lowres_kit.errors import KitError
from lowres_kit.field.pack.answers import Answers
from lowres_kit.words import Words

words = Words(__package__)

BROUGHT, STAND_IN = "answers.json", "answers-of-the-stand-in.json"


def other_side(project, pack, photos, laptop, say=print):
    """Read the answers of a device from the project folder, or let a second process stand in.

    Parameters
    ----------
    project : Project
        The learner's project folder; ``answers.json`` in it comes from a device.
    pack : str or pathlib.Path
        The pack that both sides are asked with.
    photos : str or pathlib.Path
        The folder of photos that they are asked about.
    laptop : Answers
        This side's answers; those of another model or other photos cannot be compared with them.
    say : callable
        Takes lines that say whose answers these are.

    Returns
    -------
    Answers
        In the order of `laptop`.

    Raises
    ------
    KitError
        If ``answers.json`` is no file of answers, or the second process fails.
    """
    path = project.path / BROUGHT
    if path.is_file():
        brought = Answers.load(path)
        if brought.facts["model"] != laptop.facts["model"]:
            say(words("other_side.other_model", file=BROUGHT))
        elif brought.names != laptop.names:
            say(words("other_side.other_photos", file=BROUGHT))
        else:
            machine = brought.facts["machine"]
            if machine == laptop.facts["machine"]:
                say(words("other_side.no_device", file=BROUGHT, machine=machine))
            else:
                say(words("other_side.device", file=BROUGHT, machine=machine))
            return brought
    say(words("other_side.stand_in", file=BROUGHT))
    return _second_process(pack, photos, project.path / STAND_IN)


def _second_process(pack, photos, out):
    """Ask the plain kernels in a process of their own, by the command that a device runs too."""
    asked = ["answers", str(pack), str(photos), "--plain", "--out", str(out)]
    command = [sys.executable, "-m", "lowres_kit.field_cli", *asked]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        told = (done.stderr.strip().splitlines() or [words("other_side.silent")])[-1]
        raise KitError(words("other_side.failed", told=told))
    return Answers.load(out)
