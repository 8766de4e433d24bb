"""`lowres pack` and `lowres verify`."""

import json
import sys
from dataclasses import asdict

from ..arguments import number
from ..places import shown
from ..progress import teller


def add_commands(subparsers):
    """Add the room's commands to the parser of ``lowres``."""
    pack = subparsers.add_parser(
        "pack",
        help="put a small model into one file for a device",
        description="Make a field pack of what `lowres shrink` wrote: the model, its labels, a "
        "threshold below which a person is asked, the model card, what is usual, and checks that "
        "every device runs before it answers.",
    )
    pack.add_argument("model", help="folder that `lowres shrink` wrote")
    pack.add_argument("folder", help="the photos that it was trained on")
    pack.add_argument("--out", required=True, metavar="FILE.zip", help="the pack")
    pack.add_argument(
        "--errors",
        type=number(0.001, 99.999),
        default=5.0,
        metavar="PERCENT",
        help="of the answers given at most so many may be wrong (default 5)",
    )
    pack.add_argument("--scope", metavar="FILE", help="scope card to put in")
    pack.add_argument("--name", help="what it is called (default: the name of the file)")
    pack.add_argument(
        "--second-runtime",
        metavar="PYTHON",
        help="Python of an environment with another runtime (NumPy, Pillow, tflite-runtime), to "
        "write into the pack how far its answers differ",
    )
    pack.add_argument("--json", action="store_true", help="print the result for a program")
    pack.set_defaults(run=_pack)
    add_verify(subparsers)


def add_verify(subparsers):
    """Add the command that ``lowres-field`` has as well."""
    verify = subparsers.add_parser(
        "verify",
        help="open a field pack, run its checks here, and ask it about photos",
        description="Make sure that a pack is whole and that its model answers here as it did "
        "where the pack was made. The exit code is 2 if not.",
    )
    verify.add_argument("pack", metavar="FILE.zip")
    verify.add_argument("photos", nargs="*", metavar="PHOTO", help="photos to ask it about")
    verify.add_argument("--json", action="store_true", help="print the result for a program")
    verify.set_defaults(run=_verify)


def _facts(pack):
    threshold = pack.threshold
    return {
        "name": pack.name,
        "fingerprint": pack.fingerprint,
        "class_names": list(pack.class_names),
        "size": pack.size,
        "simulated": pack.simulated,
        "checks": len(pack.checks),
        "ask_below": threshold.below,
        "asked": threshold.asked,
        "errors_at_most": threshold.at_most,
        "promise_kept": threshold.kept,
        "parity": [asdict(entry) for entry in pack.parity],
    }


def _pack(arguments):
    from .packing import pack_folder

    pack = pack_folder(
        arguments.model,
        arguments.folder,
        arguments.out,
        arguments.errors / 100,
        arguments.scope,
        arguments.name,
        say=teller(arguments.json),
        second_runtime=arguments.second_runtime,
    )
    if arguments.json:
        print(json.dumps(_facts(pack), indent=1))
    else:
        print(pack.threshold, *pack.parity, sep="\n")
        print(f"Written to {arguments.out}; its fingerprint is {pack.fingerprint}.")
    return int(not pack.threshold.kept)


def _verify(arguments):
    from ..field.pack.model import FieldModel
    from ..field.pack.pack import Pack

    pack = Pack.open(arguments.pack)
    model = FieldModel(pack, say=lambda line: print(line, file=sys.stderr))
    answers = {photo: model.classify(photo) for photo in arguments.photos}
    if arguments.json:
        told = {
            photo: {"label": one.label, "confidence": one.confidence, "ask": one.ask}
            for photo, one in answers.items()
        }
        facts = _facts(pack) | {"plain_kernels": model.reference, "answers": told}
        print(json.dumps(facts, indent=1))
        return
    passed = f"whole, {len(pack.checks)} checks passed"
    print(f"Pack {pack.name}, fingerprint {pack.fingerprint}: {passed}.")
    for entry in pack.parity:
        print(f"Compared when it was made: {entry}")
    for photo, one in answers.items():
        told = "ask a person" if one.ask else one.label
        print(f"{shown(photo)}: {told} ({one.label} {100 * one.confidence:.0f} %)")
