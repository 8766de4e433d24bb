"""The other side of the lesson Deploy to a Raspberry Pi: what a device answered, or a stand-in for its kernels."""

import subprocess
import sys

from lowres_kit.errors import KitError
from lowres_kit.field.pack.answers import Answers

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
            say(f"{BROUGHT} comes from another model; make it again with this pack.")
        elif brought.names != laptop.names:
            say(f"{BROUGHT} is about other photos; make it again with the folder above.")
        else:
            same = brought.facts["machine"] == laptop.facts["machine"]
            say(f"Compared with {BROUGHT}, which comes from {brought.facts['machine']}"
                + (": a computer like this one, no device." if same else "."))  # fmt: skip
            return brought
    say(
        f"No {BROUGHT} of a device could be compared. A second process on this computer answered, "
        "with the plain kernels. It stands in for the kernels of a Raspberry Pi; it is no Pi."
    )
    return _second_process(pack, photos, project.path / STAND_IN)


def _second_process(pack, photos, out):
    """Ask the plain kernels in a process of their own, by the command that a device runs too."""
    words = ["answers", str(pack), str(photos), "--plain", "--out", str(out)]
    command = [sys.executable, "-m", "lowres_kit.field_cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        told = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise KitError(f"The second process failed ({told}); restart the kernel and try again.")
    return Answers.load(out)
