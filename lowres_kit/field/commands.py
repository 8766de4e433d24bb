"""`lowres-field run` and `lowres-field settings`."""

import json
import signal
import sys
from pathlib import Path

from ..arguments import number, whole
from ..errors import KitError
from ..places import refuse_unwritable, write_bytes
from ..progress import teller


def add_commands(subparsers):
    """Add the station's command to the parser of ``lowres-field``."""
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

    settings = subparsers.add_parser("settings", help="read a station's settings, and tell faults")
    settings.add_argument("settings", metavar="station.toml", help="the station's settings")
    settings.set_defaults(run=_settings)


def _settings(arguments):
    from .settings import Settings

    print(Settings.load(arguments.settings))


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


def add_commands(subparsers):
    """Add the page's command to the parser of ``lowres-field``."""
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


_tell = teller(for_program=True)


def add_commands(subparsers):
    """Add the commands that compare machines to the parser of ``lowres-field``."""
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

    compare = subparsers.add_parser(
        "compare",
        help="tell how the answers of machines differ",
        description="Hold answers of other machines against the first ones. The exit code is 1 if "
        "fewer photos than promised get the same prediction.",
    )
    compare.add_argument("first", metavar="FIRST.json", help="of the laptop")
    compare.add_argument("others", nargs="+", metavar="OTHER.json", help="of other machines")
    compare.add_argument(
        "--promise", type=number(0, 100), default=99.5, metavar="PERCENT",
        help="so many photos must get the same prediction (default 99.5)",
    )  # fmt: skip
    compare.add_argument("--exact", action="store_true", help="demand the same bits")
    compare.add_argument("--into", metavar="PACK.zip", help="write what was found into the pack")
    compare.add_argument("--json", action="store_true", help="print the result for a program")
    compare.set_defaults(run=_compare)


def _answers(arguments):
    import io

    import numpy as np

    from .pack.answers import answer_all, opened, photos_of

    for place in filter(None, (arguments.out, arguments.prepared)):
        refuse_unwritable(place)
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


def _compare(arguments):
    from ..desk.compare import compare, into_pack
    from .pack.answers import Answers

    first = Answers.load(arguments.first)
    found = [compare(first, Answers.load(other)) for other in arguments.others]
    if arguments.json:
        print(json.dumps([one.as_dict() for one in found], indent=1))
    else:
        print("\n".join(map(str, found)))
    if arguments.into:
        pack = into_pack(arguments.into, found)
        _tell(f"Written into {arguments.into}; its fingerprint is now {pack.fingerprint}.")
    kept = all(one.exact if arguments.exact else 100 * one.share >= arguments.promise
               for one in found)  # fmt: skip
    return int(not kept)


def add_commands(subparsers):
    """Add the commands that move records to the parser of ``lowres-field``."""
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

    collect = subparsers.add_parser(
        "collect",
        help="on the laptop: take in what stations handed over",
        description="Take in batches from sticks, or, if none is named, wait for stations that "
        "send theirs over the network. Each record is taken in once, however often it comes.",
    )
    collect.add_argument("batches", nargs="*", metavar="STICK", help="sticks, folders or batches")
    collect.add_argument("--folder", required=True, metavar="DIR", help="where all is kept")
    collect.add_argument("--host", default="127.0.0.1", help="address to listen at; 0.0.0.0 for "
                         "all of this computer's (default: this computer alone)")  # fmt: skip
    port = whole(0, 65_535)
    collect.add_argument("--port", type=port, default=8090, help="port to listen at (default 8090)")
    collect.set_defaults(run=_collect)


def _handover(arguments):
    from ..errors import KitError
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
    from ..places import write_blocks
    from .store.records_csv import csv_blocks

    _, records = _station(arguments.settings)
    write_blocks(arguments.out, (block.encode("utf-8") for block in csv_blocks(records)))
    print(f"{records.counts()['records']} records were written to {arguments.out}.")


def _station(path):
    """Open the records of a station; one that never ran is told of, not made."""
    from ..errors import KitError
    from .settings import Settings
    from .store.records import Records

    settings = Settings.load(path)
    file = settings.place / "records.db"
    if not file.exists():
        raise KitError(f"There are no records yet: {file} is missing; let the station run first.")
    return settings, Records(file, settings.name)


def _collect(arguments):
    from ..desk.collect import Collection, take_all

    collection = Collection(arguments.folder)
    try:
        if arguments.batches:
            return int(not take_all(collection, arguments.batches))
        return _serve(arguments, collection)
    finally:
        collection.close()


def _serve(arguments, collection):
    from ..desk.collect_server import Collector
    from .handover.shared_token import FILE

    with Collector(collection, arguments.host, arguments.port) as collector:
        host, port = collector.server_address[:2]
        print(
            f"Collecting to {collection.folder} at http://{host}:{port}, until Ctrl-C. Stations "
            f"need a copy of {collection.folder / FILE} in their place.",
            flush=True,
        )
        try:
            collector.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            collection.write_table()
            print(f"The table is {collection.folder / 'records.csv'}.")
