"""What board this is and how it feels (model, memory, temperature, power supply), and its systemd.

All is read from the files of the Linux kernel. What a board does not tell is None, so that the
same code runs on a Pi, on an emulated one and on a laptop; where no systemd asks for a sign of
life, `notify` does nothing.
"""

import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path

HOT = 80.0  # °C: from here on a Pi slows itself down (Raspberry Pi's documentation, config.txt)
UNDER_VOLTAGE = 0x1 | 0x10000  # bits of `vcgencmd get_throttled`: now, and since the start


def board_name(root="/"):
    """Name that the board gives itself, such as "Raspberry Pi 4 Model B Rev 1.5".

    Parameters
    ----------
    root : str or pathlib.Path
        Where the kernel's files begin.

    Returns
    -------
    str
        Where the kernel does not say, the kind of processor.
    """
    told = _read(Path(root) / "proc/device-tree/model")
    return told.rstrip("\0").strip() or platform.machine()


def memory_mb(root="/"):
    """Memory of the board and what of it is free, in MB (10**6 bytes): two floats, or None."""
    found = {}
    for line in _read(Path(root) / "proc/meminfo").splitlines():
        name, _, amount = line.partition(":")
        if name in ("MemTotal", "MemAvailable"):
            found[name] = int(amount.split()[0]) * 1024 / 1e6
    return (found["MemTotal"], found["MemAvailable"]) if len(found) == 2 else None


def temperature(root="/"):
    """Temperature of the processor in °C; None where the board does not tell it."""
    told = _read(Path(root) / "sys/class/thermal/thermal_zone0/temp").strip()
    try:
        return int(told) / 1000
    except ValueError:
        return None


def under_voltage(root="/"):
    """Whether the power supply gave too little since the start.

    The firmware watches the 5 V line; the kernel's driver raspberrypi-hwmon shows what it saw.
    Where that driver is missing, the program vcgencmd is asked.

    Returns
    -------
    bool or None
        None where neither is there, as on an emulated board.
    """
    for chip in sorted(Path(root).glob("sys/class/hwmon/hwmon*")):
        if _read(chip / "name").strip() == "rpi_volt":
            return _read(chip / "in0_lcrit_alarm").strip() != "0"
    if not shutil.which("vcgencmd"):
        return None
    asked = subprocess.run(["vcgencmd", "get_throttled"], capture_output=True, text=True)
    try:
        return bool(int(asked.stdout.strip().removeprefix("throttled="), 16) & UNDER_VOLTAGE)
    except ValueError:  # no access to the firmware: it says so in words
        return None


def free_mb(place="."):
    """Free room on the disk that holds `place`, in MB (10**6 bytes), for an ordinary user."""
    return shutil.disk_usage(os.fspath(place)).free / 1e6


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


def _read(path):
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
