"""Progress that one can see, and that stays out of the way where nobody looks."""

import os
import sys

NOW_AND_THEN = 10  # seconds between two lines where no bar can be drawn


def progress_bar(items, title, unit="photo", patience=4.0):
    """Walk through `items` and show how far it is and how long it will take.

    Parameters
    ----------
    items : sequence
        Something with a length.
    title : str
        What is going on, in a word or two.
    unit : str
        What one item is.
    patience : float
        Nothing is shown in the first so many seconds: most work is over by then.

    Returns
    -------
    iterable
        The items; the bar is written to standard error, never mixed into results. Where that is
        a file or a pipe, a line is written every ten seconds instead.

    Notes
    -----
    ``LOWRES_QUIET=1`` turns it off.
    """
    return bar(items, desc=title, unit=f" {unit}", delay=patience)


def bar(items=None, delay=0.0, **options):
    """Make a bar of tqdm, or what stands in for it; `progress_bar` and downloads use it.

    Parameters
    ----------
    items, delay, options
        As for `tqdm.tqdm`.

    Returns
    -------
    tqdm.tqdm
    """
    from tqdm import tqdm  # comes with papermill

    ways = {"file": sys.stderr, "delay": delay, "ncols": 80}
    if not _can_redraw(sys.stderr):
        ways = {
            "file": _Lines(sys.stderr),
            "delay": max(delay, NOW_AND_THEN),
            "mininterval": NOW_AND_THEN,
            "maxinterval": NOW_AND_THEN,
            "bar_format": "{desc}: {percentage:.0f} %, {n_fmt} of {total_fmt}{unit}"
            f"{'' if options.get('unit_scale') else 's'}, {{elapsed}} so far, {{remaining}} to go",
        }
    quiet = os.environ.get("LOWRES_QUIET") == "1"
    return tqdm(items, disable=quiet, leave=False, **ways, **options)


def _can_redraw(stream):
    """Whether a line can be drawn over: in a terminal and in a notebook, not in a file."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")


class _Lines:
    """A stream that makes a line of each state of a bar, for a file or a pipe."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text):
        if text.strip():
            self._stream.write(text.strip() + "\n")

    def flush(self):
        self._stream.flush()


def teller(for_program):
    """Make a function that tells, a line at a time, what goes on.

    Parameters
    ----------
    for_program : bool
        Whether standard output holds a result for a program (``--json``), so that what goes on is
        told on standard error.

    Returns
    -------
    callable
        Takes a line of text.
    """
    return lambda line: print(line, file=sys.stderr if for_program else sys.stdout, flush=True)
