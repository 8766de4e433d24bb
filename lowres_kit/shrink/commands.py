"""`lowres measure`."""

import json

# Written out: the module that knows them would load NumPy before the command line is read.
PIXELS = ("-1..1", "0..1", "0..255")


def add_commands(subparsers):
    """Add the room's commands to the parser of ``lowres``."""
    measure = subparsers.add_parser(
        "measure",
        help="what a model is made of, what it takes, and what it is worth",
        description="Measure any .tflite file, or a folder that `lowres train` wrote: size, "
        "parameters, multiply-adds, memory, time, and on a folder of photos accuracy and "
        "calibration. The names of the outputs come from labels.txt or classifier.json beside "
        "the file.",
    )
    measure.add_argument("file", help=".tflite file, or folder that `lowres train` wrote")
    measure.add_argument(
        "folder", nargs="?", help="folder of classes, or the name of a data set of the kit"
    )
    measure.add_argument("--runs", type=_count, default=50, help="answers to time (default 50)")
    measure.add_argument("--threads", type=_count, default=1, help="threads (default 1)")
    measure.add_argument(
        "--pixels",
        choices=PIXELS,
        default="-1..1",
        help="what a model with float inputs, made elsewhere, expects of a pixel (default -1..1)",
    )
    measure.add_argument("--json", action="store_true", help="print the result for a program")
    measure.set_defaults(run=_measure)


def _count(text):
    count = int(text)
    if count < 1:
        raise ValueError
    return count


def _measure(arguments):
    from .measure_file import measure_file

    measured = measure_file(
        arguments.file, arguments.folder, arguments.runs, arguments.threads, arguments.pixels
    )
    if arguments.json:
        print(json.dumps(measured.as_dict(), indent=1, ensure_ascii=False))
    else:
        print(measured)
