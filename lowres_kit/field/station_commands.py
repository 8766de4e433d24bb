"""`lowres-field run` and `lowres-field settings`."""

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
    run.add_argument("--page-host", metavar="ADDRESS", help="serve the page there, whatever is set")
    run.set_defaults(run=_run)

    settings = subparsers.add_parser("settings", help="read a station's settings, and tell faults")
    settings.add_argument("settings", metavar="station.toml", help="the station's settings")
    settings.set_defaults(run=_settings)


def _settings(arguments):
    from .settings import Settings

    print(Settings.load(arguments.settings))


def _run(arguments):
    from dataclasses import replace

    from .settings import Settings
    from .station import Station

    # A file name may hold letters that the terminal or the log cannot show.
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
    settings = Settings.load(arguments.settings)
    if arguments.page_host:
        settings = replace(settings, page_host=arguments.page_host)
    station = Station(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: station.stop())
    station.run(arguments.once)
