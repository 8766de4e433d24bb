"""`lowres data check`, and `lowres audit`."""

from pathlib import Path

from . import fetch_commands


def add_commands(subparsers):
    """Add ``audit`` and ``data`` to the command line's sub-commands.

    Each parser sets ``run``: a function of the parsed arguments that returns the exit status.
    """
    audit = subparsers.add_parser(
        "audit", help="look for doubles, blur, bad light and wrong labels in a folder of classes"
    )
    audit.add_argument("folder", type=Path, help="the folder: one sub-folder for each class")
    audit.add_argument("--html", type=Path, metavar="FILE", help="write the report with pictures")
    audit.add_argument("--seed", type=int, default=0, help="of the search for wrong labels")
    audit.set_defaults(run=_audit)

    data = subparsers.add_parser("data", help="data sets, and folders of one's own photos")
    verbs = data.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="read a folder of classes and name every bad file")
    check.add_argument("folder", type=Path, help="the folder: one sub-folder for each class")
    check.set_defaults(run=_check)
    fetch_commands.add_commands(verbs)


def _audit(arguments):
    from .audit import audit
    from .folder import read_folder

    found = audit(read_folder(arguments.folder), seed=arguments.seed)
    print(found)
    if arguments.html:
        found.to_html(arguments.html)
        print(f"\nThe report with pictures is in {arguments.html}; open it in a browser.")


def _check(arguments):
    from .folder import read_folder

    photos = read_folder(arguments.folder)
    print(photos)
    for problem in photos.problems:
        print(f"- {problem}")
