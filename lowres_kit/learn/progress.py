"""Progress that one can see, and that stays out of the way where nobody looks."""

import os
import sys


def progress_bar(items, title, unit="photo", least=2):
    """Walk through `items` and show how far it is and how long it will take.

    Parameters
    ----------
    items : sequence
        Something with a length.
    title : str
        What is going on, in a word or two.
    unit : str
        What one item is.
    least : int
        With fewer items than this nothing is shown: it is over before one could read it.

    Returns
    -------
    iterable
        The items; the bar is written to standard error, never mixed into results.

    Notes
    -----
    ``LOWRES_QUIET=1`` turns it off.
    """
    from tqdm import tqdm  # comes with papermill

    quiet = os.environ.get("LOWRES_QUIET") == "1" or len(items) < least
    return tqdm(
        items, desc=title, unit=f" {unit}", file=sys.stderr, disable=quiet, leave=False, ncols=80
    )
