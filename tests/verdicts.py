"""What the tests of the exercises share."""

import re


def assert_says(verdict, sign):
    """A check has not passed, and says what the pattern asks for."""
    said = str(verdict)
    assert not verdict.passed, said
    assert re.search(sign, said, re.IGNORECASE), said
