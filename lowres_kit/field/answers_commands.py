"""`lowres-field answers` and `lowres-field compare`."""

import json

from ..places import write_bytes
from ..progress import teller

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
        "--promise", type=float, default=99.5, metavar="PERCENT",
        help="so many photos must get the same prediction (default 99.5)",
    )  # fmt: skip
    compare.add_argument("--exact", action="store_true", help="demand the same bits")
    compare.add_argument("--into", metavar="PACK.zip", help="write what was found into the pack")
    compare.add_argument("--json", action="store_true", help="print the result for a program")
    compare.set_defaults(run=_compare)


def _answers(arguments):
    import io

    import numpy as np

    from .answers import answer_all, opened
    from .inputs import photos_of

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
    from .answers import Answers
    from .compare import compare, into_pack

    first = Answers.load(arguments.first)
    found = [compare(first, Answers.load(other)) for other in arguments.others]
    if arguments.json:
        print(json.dumps([one.as_dict() for one in found], indent=1, ensure_ascii=False))
    else:
        print("\n".join(map(str, found)))
    if arguments.into:
        pack = into_pack(arguments.into, found)
        _tell(f"Written into {arguments.into}; its fingerprint is now {pack.fingerprint}.")
    kept = all(one.exact if arguments.exact else 100 * one.share >= arguments.promise
               for one in found)  # fmt: skip
    return int(not kept)
