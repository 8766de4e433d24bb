"""`lowres measure` and `lowres shrink`."""

import json

from ..arguments import seed, whole
from ..progress import teller

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
    runs = whole(1, 100_000)
    measure.add_argument("--runs", type=runs, default=50, help="answers to time (default 50)")
    measure.add_argument("--threads", type=whole(1, 64), default=1, help="threads (default 1)")
    measure.add_argument(
        "--pixels",
        choices=PIXELS,
        default="-1..1",
        help="what a model with float inputs, made elsewhere, expects of a pixel (default -1..1)",
    )
    measure.add_argument("--json", action="store_true", help="print the result for a program")
    measure.set_defaults(run=_measure)

    shrink = subparsers.add_parser(
        "shrink",
        help="make a trained classifier small enough for a budget",
        description="Make the smallest model that holds a budget of what `lowres train` made: "
        "int8, and where that is too large, channels taken out and taught again. What is promised "
        "and not kept is told with by how much, and the exit code is 1. Cut short, the same "
        "command goes on where it was.",
    )
    shrink.add_argument("model", help="folder that `lowres train` wrote")
    shrink.add_argument("folder", help="the photos that it was trained on")
    shrink.add_argument(
        "--to",
        required=True,
        metavar="BUDGET",
        help="a size such as 100kB or 1MB; or a scope card, for all its promises at once",
    )
    shrink.add_argument("--out", required=True, help="folder that the small model is written to")
    shrink.add_argument(
        "--profile",
        choices=("quick", "full"),
        default="quick",
        help="quick: few rounds; full: the best that minutes can buy",
    )
    shrink.add_argument("--seed", type=seed, default=0, help="random seed of the training")
    shrink.add_argument("--json", action="store_true", help="print the result for a program")
    shrink.set_defaults(run=_shrink)


def _measure(arguments):
    from .measure.file_report import measure_file

    measured = measure_file(
        arguments.file, arguments.folder, arguments.runs, arguments.threads, arguments.pixels
    )
    if arguments.json:
        print(json.dumps(measured.as_dict(), indent=1))
    else:
        print(measured)


def _shrink(arguments):
    from .job import budget_of, shrink_folder
    from .measure.profile import table

    budget = budget_of(arguments.to)
    shrunk = shrink_folder(
        arguments.model,
        arguments.folder,
        budget,
        arguments.out,
        arguments.profile,
        arguments.seed,
        say=teller(arguments.json),
    )
    if arguments.json:
        result = {
            "made_by": shrunk.chosen.name,
            "tried": [
                {"made_by": one.name, "size_kb": one.size_kb, "accuracy_choosing": one.accuracy}
                for one in shrunk.tried
            ],
            "teacher": shrunk.teacher.as_dict(),
            **shrunk.measured.as_dict(),
            "budget": shrunk.budget.verdicts,
        }
        print(json.dumps(result, indent=1))
    else:
        print(f"\nOn the test photos:\n{table([shrunk.teacher, shrunk.measured])}\n")
        if budget.at_least > 0:
            print(f"Against the budget:\n{shrunk.budget}\n")
        print(f"Written to {arguments.out}: model.tflite, labels.txt, shrunk.json.")
    return int("falls short" in shrunk.budget.verdicts.values())
