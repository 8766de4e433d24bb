"""The command `lowres`: a thin door to the rooms."""

import argparse
import importlib
import os
import re
import sys
from contextlib import suppress

from . import __version__
from .errors import KitError
from .places import shown

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
        130 after Ctrl-C; 141 if nobody reads what is told any longer.
    """
    return obey(parser(), arguments)


def parser():
    """Make the parser of all commands; each one's parser sets ``run``."""
    parser = argparse.ArgumentParser(
        prog="lowres", description="The low-resource machine learning workshop kit."
    )
    parser.add_argument("--version", action="version", version=f"lowres {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in ROOMS:
        importlib.import_module(f".{room}.commands", __package__).add_commands(subparsers)
    return parser


def obey(parser, arguments):
    """Do what the words say; return the exit code. Errors are told in one sentence."""
    _open_what_is_closed()
    _let_any_letter_through()
    code, told = 2, ""
    try:
        try:
            _refuse_nothing(sys.argv[1:] if arguments is None else arguments)
            chosen = parser.parse_args(arguments)
            code = chosen.run(chosen) or 0
        except SystemExit:  # after --help, or words that make no sense
            sys.stdout.flush()
            raise
        sys.stdout.flush()  # a full disk or a closed pipe may only show itself now
    except KitError as error:
        told = str(error)
    except KeyboardInterrupt:
        code, told = 130, "stopped; the same command goes on where it can."
    except BrokenPipeError:  # `lowres … | head`
        code = 141
    except OSError as error:
        told = _about_place(error)
    except UnicodeError as error:
        letters = ascii(error.object[error.start : error.end]) if hasattr(error, "start") else error
        told = f"Some letters of a name or a text cannot be used here ({letters}); rename it."
    except MemoryError:
        told = "There is not enough memory for that; close other programs, or ask for less."
    if told:
        print(f"{parser.prog}: {told}", file=sys.stderr)
    _drop_what_cannot_be_told()
    return code


def _open_what_is_closed():
    """Let what is told go nowhere where the shell has closed the screen (``>&-``)."""
    for name, way in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, way, encoding="utf-8"))


def _refuse_nothing(words):
    """Refuse an empty word: mostly a variable of a script that was never set."""
    for before, word in zip(["", *words], words):
        if word == "" or re.fullmatch(r"--[\w-]+=(--)?", word):
            place = f"for {word.partition('=')[0]}" if word else f"after {before!r}"
            raise KitError(
                f"There is an empty text {place}, where a name or a number should stand. Was a "
                "variable of a script not set?"
            )


def _let_any_letter_through():
    """Let no letter that the screen cannot show, and no name that is no text, end the work."""
    letters = ((sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace"),
               (sys.stdin, "surrogateescape"))  # fmt: skip
    for stream, way in letters:
        if hasattr(stream, "reconfigure") and stream.errors != way:
            stream.reconfigure(errors=way)


def _about_place(error):
    names = [shown(name) for name in (error.filename, error.filename2) if isinstance(name, str)]
    place = " or ".join(names) or "A file, or what is printed,"
    return (
        f"{place} cannot be read or written ({error.strerror or error}). Look whether it is there "
        "and whether the disk is full, or name another place."
    )


def _drop_what_cannot_be_told():
    """Write what is left; where that fails, Python must not try again when it ends."""
    with suppress(AttributeError, ValueError):
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
