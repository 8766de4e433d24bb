"""The command `lowres-field`: what runs on the device, and the laptop's end of it.

A door of its own, beside `lowres`: on a Pi the rooms of the laptop would take seconds to import.
"""

import argparse
import sys
from importlib import import_module

from . import __version__
from .cli import obey


def main(arguments=None):
    """Run the command line, as `cli.main` does for ``lowres``."""
    return obey(parser(), arguments)


def parser():
    """Make the parser of all commands; each one's parser sets ``run``."""
    parser = argparse.ArgumentParser(
        prog="lowres-field", description="The field station of the low-resource workshop kit."
    )
    parser.add_argument("--version", action="version", version=f"lowres-field {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    import_module(".field.commands", __package__).add_commands(subparsers)
    import_module(".desk.commands", __package__).add_field_commands(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
