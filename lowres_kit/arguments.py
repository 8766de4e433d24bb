"""Numbers on a command line: within their limits, or refused in a sentence before the work."""

import argparse


def whole(least, most):
    """Make a type of whole numbers for argparse.

    Parameters
    ----------
    least, most : int
        Both are allowed.

    Returns
    -------
    callable
        Takes a word, returns an int.
    """
    return _within(int, "whole number", least, most)


def number(least, most):
    """Make a type of numbers with a fraction for argparse; like `whole`, but gives a float."""
    return _within(float, "number", least, most)


def _within(kind, title, least, most):
    def read(word):
        try:
            value = kind(word)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:  # nan is in no limits
            raise argparse.ArgumentTypeError(f"{word!r} is not a {title} from {least} to {most}")
        return value

    return read


seed = whole(0, 2**32 - 1)  # what NumPy, torch and scikit-learn all take
