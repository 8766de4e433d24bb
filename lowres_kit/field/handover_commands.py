"""`lowres-field handover`, `lowres-field export` and `lowres-field collect`."""

from pathlib import Path


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
    collect.add_argument("--port", type=int, default=8090, help="port to listen at (default 8090)")
    collect.set_defaults(run=_collect)


def _handover(arguments):
    from ..errors import KitError
    from .handover import FOLDER, to_stick

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
    from .records_csv import csv_blocks

    _, records = _station(arguments.settings)
    write_blocks(arguments.out, (block.encode("utf-8") for block in csv_blocks(records)))
    print(f"{records.counts()['records']} records were written to {arguments.out}.")


def _station(path):
    """Open the records of a station; one that never ran is told of, not made."""
    from ..errors import KitError
    from .records import Records
    from .settings import Settings

    settings = Settings.load(path)
    file = settings.place / "records.db"
    if not file.exists():
        raise KitError(f"There are no records yet: {file} is missing; let the station run first.")
    return settings, Records(file, settings.name)


def _collect(arguments):
    from .collect import Collection, take_all

    collection = Collection(arguments.folder)
    try:
        if arguments.batches:
            return int(not take_all(collection, arguments.batches))
        return _serve(arguments, collection)
    finally:
        collection.close()


def _serve(arguments, collection):
    from .collect_server import Collector
    from .secret import FILE

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
