"""Memory that was freed, and that the system does not have back yet."""

import contextlib
import ctypes
import sys


def hand_back_memory():
    """Let go of freed memory: Linux's C library keeps it, in pieces too small for larger steps."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
