"""`lowres-field run`."""

import signal
import sys


def add_commands(subparsers):
    """Add the station's command to the parser of ``lowres-field``."""
    run = subparsers.add_parser(
        "run",
        help="run the station",
        description="Take pictures from a camera or a folder, answer, keep a record of each, and "
        "show it. It goes on until it is stopped, and takes up where it was after a power cut.",
    )
    run.add_argument("settings", metavar="station.toml", help="the station's settings")
    run.add_argument("--once", type=int, metavar="N", help="stop after N pictures")
    run.set_defaults(run=_run)


def _run(arguments):
    from .settings import Settings
    from .station import Station

    # A file name may hold letters that the terminal or the log cannot show.
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
    station = Station(Settings.load(arguments.settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: station.stop())
    station.run(arguments.once)
