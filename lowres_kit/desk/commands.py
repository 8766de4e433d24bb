"""`lowres pack` and `lowres verify`; `lowres-field compare` and `lowres-field collect`."""

import json

from ..arguments import number, whole
from ..field.commands import add_verify, pack_facts
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
        print(json.dumps(pack_facts(pack), indent=1))
    else:
        print(pack.threshold, *pack.parity, sep="\n")
        print(f"Written to {arguments.out}; its fingerprint is {pack.fingerprint}.")
    return int(not pack.threshold.kept)


def add_field_commands(subparsers):
    """Add the laptop's end of the field to the parser of ``lowres-field``."""
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


def _compare(arguments):
    from ..field.pack.answers import Answers
    from .compare import compare, into_pack

    first = Answers.load(arguments.first)
    found = [compare(first, Answers.load(other)) for other in arguments.others]
    if arguments.json:
        print(json.dumps([one.as_dict() for one in found], indent=1))
    else:
        print("\n".join(map(str, found)))
    if arguments.into:
        pack = into_pack(arguments.into, found)
        teller(for_program=True)(
            f"Written into {arguments.into}; its fingerprint is now {pack.fingerprint}."
        )
    kept = all(one.exact if arguments.exact else 100 * one.share >= arguments.promise
               for one in found)  # fmt: skip
    return int(not kept)


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
    from ..field.handover.shared_token import FILE
    from .collect_server import Collector

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
