"""Bring up loopback in a new network namespace, then become the given command.

Run by `sandbox.namespace_command`, inside ``unshare --net``: a new namespace has a loopback
device that is down, and Jupyter talks to its kernels through it.
"""

import fcntl
import os
import socket
import struct
import sys

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1  # linux/sockios.h, linux/if.h


def loopback_up():
    """Set the flag "up" of the device ``lo`` of this network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


if __name__ == "__main__":
    loopback_up()
    os.execvp(sys.argv[1], sys.argv[1:])
