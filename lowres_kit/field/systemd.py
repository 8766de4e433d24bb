"""Tell systemd that the station is ready, and that it is alive."""

import os
import socket


def notify(state):
    """Send a state, such as "READY=1"; nothing happens where systemd did not ask for it.

    The protocol of sd_notify(3): a datagram to the socket that the environment names.

    Parameters
    ----------
    state : str
        "READY=1", "WATCHDOG=1" or "STOPPING=1".
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return
    if address[0] == "@":
        address = "\0" + address[1:]  # a name that is no file
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(state.encode(), address)
    except OSError:  # systemd itself is being started anew; the next heartbeat comes in a second
        pass
