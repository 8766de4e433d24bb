"""`lowres-field password`."""

import sys

from ..errors import KitError


def add_commands(subparsers):
    """Add the page's command to the parser of ``lowres-field``."""
    password = subparsers.add_parser(
        "password",
        help="set the password of the status page",
        description="Ask twice for a password and keep its hash in the station's folder. There is "
        "none by default, and without one the status page does not start. A running station takes "
        "the new one at once, and everybody has to log in again.",
    )
    password.add_argument("place", metavar="PLACE", help="the station's folder")
    password.add_argument(
        "--stdin", action="store_true", help="take it from the first line of the input, unasked"
    )
    password.set_defaults(run=_password)


def _password(arguments):
    from .password import set_password

    word = sys.stdin.readline().rstrip("\r\n") if arguments.stdin else _asked()
    print(f"The password is set; its hash is in {set_password(arguments.place, word)}.")


def _asked():
    from getpass import getpass

    if not sys.stdin.isatty():
        raise KitError("There is no terminal to ask on; give the password with --stdin.")
    word = getpass("New password for the status page: ")
    if getpass("The same once more: ") != word:
        raise KitError("The two differ; nothing was changed. Try again.")
    return word
