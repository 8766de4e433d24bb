"""The command `lowres`: a thin door to the rooms."""

import argparse
import importlib
import sys

from . import __version__
from .errors import KitError

ROOMS = ("scope", "data", "learn", "shrink", "desk", "runner")


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        Words after ``lowres``; those of the process if not given.

    Returns
    -------
    int
        The exit code: 0, or what the command says; 2 if the person has to mend something first;
        130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="lowres", description="The low-resource machine learning workshop kit."
    )
    parser.add_argument("--version", action="version", version=f"lowres {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in ROOMS:
        importlib.import_module(f".{room}.commands", __package__).add_commands(subparsers)
    return obey(parser, arguments)


def obey(parser, arguments):
    """Do what the words say; return the exit code. Errors are told in one sentence."""
    chosen = parser.parse_args(arguments)
    try:
        return chosen.run(chosen) or 0
    except KitError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped; the same command goes on where it can.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
