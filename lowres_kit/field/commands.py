"""`lowres-field` on the device: run, settings, password, verify, answers, handover, export."""

import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from ..arguments import whole
from ..errors import KitError
from ..places import refuse_unwritable, shown, write_blocks, write_bytes
from ..progress import teller

_tell = teller(for_program=True)


def add_commands(subparsers):
    """Add what a device can do to the parser of ``lowres-field``."""
    add_verify(subparsers)
    _add_station(subparsers)
    _add_password(subparsers)
    _add_handover(subparsers)
    _add_answers(subparsers)


def _add_station(subparsers):
    run = subparsers.add_parser(
        "run",
        help="run the station",
        description="Take pictures from a camera or a folder, answer, keep a record of each, and "
        "show it. It goes on until it is stopped, and takes up where it was after a power cut.",
    )
    run.add_argument("settings", metavar="station.toml", help="the station's settings")
    run.add_argument("--once", type=whole(1, 2**31), metavar="N", help="stop after N pictures")
    run.add_argument("--page-host", metavar="ADDRESS", help="serve the page there, whatever is set")
    run.set_defaults(run=_run)

    settings = subparsers.add_parser("settings", help="check a station's settings and show them")
    settings.add_argument("settings", metavar="station.toml", help="the station's settings")
    settings.set_defaults(run=_settings)


def _settings(arguments):
    from .settings import Settings

    for name, value in vars(Settings.load(arguments.settings)).items():
        print(f"{name} = {value}")


def _run(arguments):
    from dataclasses import replace

    from .settings import Settings
    from .station import Station

    sys.stdout.reconfigure(line_buffering=True)
    settings = Settings.load(arguments.settings)
    if arguments.page_host:
        settings = replace(settings, page_host=arguments.page_host)
    station = Station(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: station.stop())
    station.run(arguments.once)


def _add_password(subparsers):
    password = subparsers.add_parser(
        "password",
        help="set the password of the status page",
        description="Ask twice for a password and keep its hash in the station's folder. There is "
        "none by default, and without one the status page does not start. A running station takes "
        "the new one at once, and everybody has to log in again.",
    )
    password.add_argument("place", metavar="PLACE", help="the station's folder")
    password.add_argument(
        "--stdin", action="store_true", help="take it from the first line of the input, unasked"
    )
    password.set_defaults(run=_password)


def _password(arguments):
    from .page.login import set_password

    word = sys.stdin.readline().rstrip("\r\n") if arguments.stdin else _asked()
    print(f"The password is set; its hash is in {set_password(arguments.place, word)}.")


def _asked():
    from getpass import getpass

    if not sys.stdin.isatty():
        raise KitError("There is no terminal to ask on; give the password with --stdin.")
    word = getpass("New password for the status page: ")
    if getpass("The same once more: ") != word:
        raise KitError("The two differ; nothing was changed. Try again.")
    return word


def _add_answers(subparsers):
    answers = subparsers.add_parser(
        "answers",
        help="write down what the model answers here, to compare machines",
        description="Ask a pack or a model about all photos of a folder, and write its exact "
        "outputs to a file. Do the same on another machine; `lowres-field compare` tells how the "
        "two differ.",
    )
    answers.add_argument("model", metavar="PACK_OR_MODEL", help="a .zip or a .tflite file")
    answers.add_argument("photos", metavar="FOLDER", help="photos, or a .npy file of prepared ones")
    answers.add_argument("--out", required=True, metavar="FILE.json", help="where they go")
    answers.add_argument("--plain", action="store_true", help="use the plain kernels alone")
    answers.add_argument(
        "--prepared",
        metavar="FILE.npy",
        help="write the prepared photos too, for a machine that reads JPEG otherwise",
    )
    answers.set_defaults(run=_answers)


def _answers(arguments):
    import io

    import numpy as np

    from .pack.answers import answer_all, opened, photos_of

    refuse_unwritable(arguments.out, ".json")
    if arguments.prepared:
        refuse_unwritable(arguments.prepared, ".npy")
    model = opened(arguments.model, arguments.plain, _tell)
    names, photos = photos_of(arguments.photos, model.looks.size, _tell)
    if arguments.prepared:
        buffer = io.BytesIO()
        np.save(buffer, photos)
        write_bytes(arguments.prepared, buffer.getvalue())
    found = answer_all(model, photos, names, _tell)
    found.save(arguments.out)
    print(
        f"{len(names)} photos answered by {found.title}: {1000 * found.seconds:.3g} ms for the "
        f"first look at one (the median). Written to {arguments.out}."
    )


def _add_handover(subparsers):
    handover = subparsers.add_parser(
        "handover",
        help="hand the records over to a stick, now",
        description="Write all records that were not handed over yet, and their photos, to a stick "
        "or another folder. A stick that has been used once is filled by the station itself when "
        "it is plugged in.",
    )
    handover.add_argument("settings", metavar="STATION.toml")
    handover.add_argument("folder", metavar="FOLDER", help="the stick's top folder")
    handover.set_defaults(run=_handover)

    export = subparsers.add_parser(
        "export",
        help="write all records of a station to a table",
        description="Write all records to a CSV file for a spreadsheet. They stay as they are, and "
        "are still handed over.",
    )
    export.add_argument("settings", metavar="STATION.toml")
    export.add_argument("--out", required=True, metavar="FILE.csv", help="the table")
    export.set_defaults(run=_export)


def _handover(arguments):
    from .handover.handover import FOLDER, to_stick

    settings, records = _station(arguments.settings)
    try:
        (Path(arguments.folder) / FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        raise KitError(
            f"{arguments.folder} cannot be written to ({error.strerror}); name the top folder of "
            "a stick that is plugged in."
        ) from None
    print(f"{to_stick(settings, records, arguments.folder)} records were handed over.")


def _export(arguments):
    from .store.records_csv import csv_blocks

    refuse_unwritable(arguments.out, ".csv")
    _, records = _station(arguments.settings)
    write_blocks(arguments.out, (block.encode("utf-8") for block in csv_blocks(records)))
    print(f"{records.counts()['records']} records were written to {arguments.out}.")


def _station(path):
    """Open the records of a station; one that never ran is told of, not made."""
    from .settings import Settings
    from .store.records import Records

    settings = Settings.load(path)
    file = settings.place / "records.db"
    if not file.exists():
        raise KitError(f"There are no records yet: {file} is missing; let the station run first.")
    return settings, Records(file, settings.name)


def add_verify(subparsers):
    """Add ``verify``, which `lowres` and `lowres-field` both have."""
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


def pack_facts(pack):
    """What a program is told of a pack: a dict that JSON can hold."""
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


def _verify(arguments):
    from .pack.model import FieldModel
    from .pack.pack import Pack

    pack = Pack.open(arguments.pack)
    model = FieldModel(pack, say=lambda line: print(line, file=sys.stderr))
    answers = {photo: model.classify(photo) for photo in arguments.photos}
    if arguments.json:
        told = {
            photo: {"label": one.label, "confidence": one.confidence, "ask": one.ask}
            for photo, one in answers.items()
        }
        facts = pack_facts(pack) | {"plain_kernels": model.reference, "answers": told}
        print(json.dumps(facts, indent=1))
        return
    passed = f"whole, {len(pack.checks)} checks passed"
    print(f"Pack {pack.name}, fingerprint {pack.fingerprint}: {passed}.")
    if not pack.threshold.kept:
        print(pack.threshold)
    for entry in pack.parity:
        print(f"Compared when it was made: {entry}")
    for photo, one in answers.items():
        told = "ask a person" if one.ask else one.label
        print(f"{shown(photo)}: {told} ({one.label} {100 * one.confidence:.0f} %)")
