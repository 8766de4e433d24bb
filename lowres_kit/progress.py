"""Progress that one can see, and that stays out of the way where nobody looks."""

import os
import sys


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
        The items; the bar is written to standard error, never mixed into results.

    Notes
    -----
    ``LOWRES_QUIET=1`` turns it off.
    """
    from tqdm import tqdm  # comes with papermill

    return tqdm(
        items,
        desc=title,
        unit=f" {unit}",
        file=sys.stderr,
        disable=os.environ.get("LOWRES_QUIET") == "1",
        delay=patience,
        leave=False,
        ncols=80,
    )


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
