"""`lowres audit`, and `lowres data`: check, get, list, make."""

from collections import Counter
from pathlib import Path

from ..arguments import number, seed, whole


def add_commands(subparsers):
    """Add ``audit`` and ``data`` to the command line's sub-commands.

    Each parser sets ``run``: a function of the parsed arguments that returns the exit status.
    """
    audit = subparsers.add_parser(
        "audit", help="look for duplicates, blur, bad light and wrong labels in a folder of classes"
    )
    audit.add_argument("folder", type=Path, help="the folder: one sub-folder for each class")
    audit.add_argument("--html", type=Path, metavar="FILE", help="write the report with pictures")
    audit.add_argument("--seed", type=seed, default=0, help="of the search for wrong labels")
    audit.set_defaults(run=_audit)

    data = subparsers.add_parser("data", help="data sets, and folders of one's own photos")
    verbs = data.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="read a folder of classes and name every bad file")
    check.add_argument("folder", type=Path, help="the folder: one sub-folder for each class")
    check.set_defaults(run=_check)
    _add_sets(verbs)


def _audit(arguments):
    from ..places import refuse_unwritable
    from .audit import audit
    from .folder import read_folder

    if arguments.html:
        refuse_unwritable(arguments.html, ".html")
    found = audit(read_folder(arguments.folder), seed=arguments.seed)
    print(found)
    if not arguments.html:
        print("\nWith --html report.html there is a report that shows these photos.")
    if arguments.html:
        found.to_html(arguments.html)
        print(f"\nThe report with pictures is in {arguments.html}; open it in a browser.")


def _check(arguments):
    from .folder import read_folder

    photos = read_folder(arguments.folder)
    print(photos)
    for note in photos.notes:
        print(f"- {note}")
    for problem in photos.problems:
        print(f"- {problem}")
    reasons = Counter(problem.reason for problem in photos.problems)
    if len(photos.problems) > 3:
        print("Left out, by reason:")
        print("\n".join(f"{count:6,} {reason}" for reason, count in reasons.most_common()))


def _add_sets(verbs):
    """Add what fetches, lists and makes data sets to ``lowres data``."""
    get = verbs.add_parser("get", help="fetch a data set once, to have it offline")
    get.add_argument("name", help="such as beans")
    get.add_argument(
        "--from",
        dest="base",
        metavar="ADDRESS",
        help="fetch from here, such as a laptop in the room",
    )
    get.set_defaults(run=_get)

    verbs.add_parser("list", help="name all data sets").set_defaults(run=_list)

    make = verbs.add_parser("make", help="draw simulated bean leaves into a new folder of classes")
    make.add_argument("folder", type=Path, help="the folder to make")
    count, side, part = whole(1, 100_000), whole(32, 4096), number(0, 1)
    make.add_argument("--count", type=count, default=40, help="photos of each class (default 40)")
    make.add_argument("--seed", type=seed, default=0, help="another seed draws other leaves")
    make.add_argument("--size", type=side, default=160, help="side in pixels (default 160)")
    make.add_argument("--light", default="mixed", help="mixed, sun, shade or dusk")
    make.add_argument("--phone", default="mixed", help="mixed, good, cheap or old")
    make.add_argument("--background", default="mixed", help="mixed, soil, leaves, field or table")
    make.add_argument("--season", default="wet", help="wet or dry")
    make.add_argument("--label-errors", type=part, default=0.0, help="part in the wrong folder")
    make.add_argument("--bursts", type=part, default=0.0, help="part that nearly repeats the last")
    make.set_defaults(run=_make)


def _get(arguments):
    from .fetch import get
    from .registry import dataset_names, load_dataset

    get(arguments.name, arguments.base)
    photos = load_dataset(arguments.name)
    others = [name for name in dataset_names() if name.startswith(f"{arguments.name}-")]
    print(f"{len(photos)} photos are here now, for good: load_dataset({arguments.name!r}).")
    if others:
        print(f"Came with it: {', '.join(others)}.")


def _list(arguments):
    from .registry import dataset_names
    from .tables import table_names

    names = {**dataset_names(), **table_names()}
    for name, about in names.items():
        print(f"{name:28} {about}")


def _make(arguments):
    from .leaves.simulate import CLASSES, LeafSettings, simulate_leaves

    settings = LeafSettings(
        light=arguments.light,
        phone=arguments.phone,
        background=arguments.background,
        season=arguments.season,
        label_errors=arguments.label_errors,
        bursts=arguments.bursts,
    )
    simulate_leaves(arguments.folder, arguments.count, arguments.seed, arguments.size, settings)
    print(
        f"{arguments.folder}: {arguments.count} simulated photos of each of {', '.join(CLASSES)}."
    )
