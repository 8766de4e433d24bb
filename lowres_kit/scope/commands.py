"""`lowres scope show` and `lowres scope check`."""

from pathlib import Path

from .project import CARD, Project, project_path


def add_commands(subparsers):
    """Add ``scope show`` and ``scope check`` to the command line's sub-commands.

    Each parser sets ``run``: a function of the parsed arguments that returns the exit status.
    """
    scope = subparsers.add_parser("scope", help="the scope card: what the project promises")
    verbs = scope.add_subparsers(dest="verb", required=True)
    show = verbs.add_parser("show", help="show the card; write the example where there is none")
    show.add_argument("folder", nargs="?", default="my-project", help="the project folder")
    show.set_defaults(run=_show)
    check = verbs.add_parser("check", help="check a card, and hold measurements against it")
    check.add_argument(
        "folder", nargs="?", default="my-project", help="the project folder, or a card's file"
    )
    check.set_defaults(run=_check)


def _show(arguments):
    project = Project.open(arguments.folder)
    print(project.scope())
    return 0


def _check(arguments):
    from .need import review
    from .scope_card import Scope

    place = Path(arguments.folder)
    place = place if place.suffix == ".toml" else project_path(place)
    card = place if place.suffix == ".toml" else place / CARD
    scope = Scope.load(card)
    print(f"{card.name} is whole.")
    for remark in review(scope):
        print(f"To think about: {remark}")
    project = Project(card.parent)
    for step in project.steps():
        if scope.metric in project.measurements(step):
            print(f"\nLatest measurements of {step}")
            print(scope.budget.compare(project.measurements(step)))
    return 0
