"""Refuse and write down every request to the network, in each Python started below the runner.

Python imports a module of this name at its start if it finds one on its path (``site`` module);
the runner puts this folder there. It hooks into Python's own audit events (PEP 578), which no
library can go round.
"""

import os
import sys

_LOG = os.environ.get("LOWRES_NETWORK_LOG")


def _is_this_machine(host):
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    host = str(host or "").strip("[]").lower()
    return host in ("", "localhost", "::1", "0.0.0.0", "::") or host.startswith("127.")


def _guard(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto"):
        # A local socket's address is a file's path, not a pair.
        host = arguments[1][0] if isinstance(arguments[1], tuple) else ""
    elif event in ("socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not _is_this_machine(host):
        with open(_LOG, "a", encoding="utf-8") as log:
            log.write(f"{event} {host}\n")
        raise OSError(f"The network is off while lessons are tested; {host} was asked for.")


if _LOG:
    sys.addaudithook(_guard)
