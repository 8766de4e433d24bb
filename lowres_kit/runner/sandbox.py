"""The network, off: so that a lesson which asks it is caught before a class is.

Two things hold it. On Linux the lesson runs in a network namespace of its own, in which there
is no network but the loopback that Jupyter needs (``man 7 network_namespaces``). On every
system a guard inside the kernel (the folder ``guard``) refuses what is not loopback and writes it
down, so that a lesson which asks the network and hides the failure is caught as well.

Run as a program, inside ``unshare --net``, it sets that loopback up and becomes the command that
it is given: in a new namespace the device is there, but down.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path

GUARD = Path(__file__).parent / "guard"
LOG = "LOWRES_NETWORK_LOG"
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1  # linux/sockios.h, linux/if.h


@cache
def namespace_command():
    """Words to put before a command so that it runs without a network; () where that cannot be.

    Returns
    -------
    tuple of str
    """
    unshare = shutil.which("unshare")
    if not sys.platform.startswith("linux") or not unshare:
        return ()
    # Root may make a namespace as it is; others must become root of a user namespace first.
    for flags in (("--net",), ("--net", "--map-root-user")):
        words = (unshare, *flags, sys.executable, "-m", __name__)
        tried = subprocess.run([*words, sys.executable, "-c", ""], capture_output=True)
        if tried.returncode == 0:
            return words
    return ()


def guarded(environment, log):
    """Add the guard to a process's environment.

    Parameters
    ----------
    environment : dict of str to str
        The environment.
    log : pathlib.Path
        File that each refused request is written to, one a line.

    Returns
    -------
    dict of str to str
    """
    path = os.pathsep.join([str(GUARD), *filter(None, [environment.get("PYTHONPATH")])])
    return {**environment, "PYTHONPATH": path, LOG: str(log)}


def requests_in(log):
    """Read what the guard wrote down: one text for each request."""
    try:
        return Path(log).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def loopback_up():
    """Set the flag "up" of the device ``lo`` of this network namespace."""
    import fcntl  # Windows has none

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


if __name__ == "__main__":
    loopback_up()
    os.execvp(sys.argv[1], sys.argv[1:])
