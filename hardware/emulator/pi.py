"""A Raspberry Pi in QEMU, started from the card image that a real one would start from.

Kernel, initrd, device tree and command line are read out of the image's own first partition, so
all of the card takes part but the Pi's boot program and its config.txt, which QEMU does not run.
"""

import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

import pexpect
import psutil

FAT_AT = 8192 * 512  # where the card's first partition begins, in bytes
# The generic board has discs and USB; `raspi3b` is a Pi 3's own chips, and three times slower.
BOARDS = {
    "virt": ["-M", "virt", "-cpu", "cortex-a72", "-m", "1G"],
    "raspi3b": ["-M", "raspi3b", "-m", "1G"],
}
CONSOLE = {"virt": "ttyAMA0", "raspi3b": "ttyS1,115200"}
# What a Pi 3 has and QEMU's does not: drivers that would wait for it; and its watchdog, which in
# QEMU resets the board at once when it is set.
ABSENT = "module_blacklist=vc4,hci_uart,bluetooth,brcmfmac,vchiq systemd.watchdog_sec=0"


# An emulated Pi on a busy machine may be many times slower than a real one.
PATIENCE = "systemd.default_device_timeout_sec=600 systemd.default_timeout_start_sec=600"
IDLE = 3  # so many times longer by the clock it is waited for a board that does not even compute


class SilentBoard(Exception):
    """An emulated Pi did not come to what was waited for; the message is one sentence."""


class EmulatedPi:
    """An emulated Pi with its serial console.

    Parameters
    ----------
    card : pathlib.Path
        The image; it is written to, like a card.
    board : str
        "virt" or "raspi3b".
    stick : pathlib.Path, optional
        Image of a USB stick that is plugged in (board "virt").
    given : dict of str to pathlib.Path, optional
        Files and folders that `fetch` on the Pi unpacks, by their name there.
    words : str
        More words for the kernel's command line.
    fickle : bool
        Put a disk under it that forgets, at `cut_power`, all that was written and not flushed;
        and that refuses to write after `wear_out`.
    cores : int
        Of the board "virt"; more than this machine has free make it slower.

    Raises
    ------
    FileNotFoundError
        If QEMU is missing.
    """

    def __init__(self, card, board="virt", stick=None, given=None, words="", fickle=False, cores=2):
        self.card, self.board, self.words, self.cores = Path(card), board, words, cores
        self.place = Path(tempfile.mkdtemp(prefix="lowres-pi-"))
        self.given, self.stick, self.fickle = given or {}, stick, fickle
        self.disk_server = self.console = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.cut_power()
        shutil.rmtree(self.place, ignore_errors=True)

    def start(self):
        """Switch it on."""
        boot = {}
        dtb = "bcm2837-rpi-3-b.dtb"
        for name in ("vmlinuz", "initrd.img", "cmdline.txt", dtb):
            boot[name] = self.place / name
            read_card(self.card, name, boot[name])
        told = re.sub(r"console=\S+", "", boot["cmdline.txt"].read_text().strip())
        words = f"{told} console={CONSOLE[self.board]} {PATIENCE} {self.words}"
        command = ["qemu-system-aarch64", *BOARDS[self.board], "-kernel", boot["vmlinuz"],
                   "-initrd", boot["initrd.img"], "-nographic", "-no-reboot",
                   "-nic", "none"]  # fmt: skip
        disk = f"file={self.disk()},format=raw"
        if self.board == "raspi3b":
            command += ["-dtb", boot[dtb], "-drive", f"if=sd,{disk}", "-serial", "null",
                        "-serial", "mon:stdio", "-append", f"{words} {ABSENT}"]  # fmt: skip
        else:
            command += ["-smp", str(self.cores), "-append", words,
                        "-drive", f"if=none,id=card,{disk}",
                        "-device", "virtio-blk-pci,drive=card", "-device", "virtio-rng-pci",
                        "-device", "qemu-xhci", *self._exchange()]  # fmt: skip
            if self.stick:
                command += ["-drive", f"if=none,id=stick,file={self.stick},format=raw",
                            "-device", "usb-storage,drive=stick,removable=on"]  # fmt: skip
        self.log = open(self.place / "console.txt", "w+", encoding="utf-8")
        self.begun = time.monotonic()
        self.console = pexpect.spawn(
            str(command[0]), [str(word) for word in command[1:]], encoding="utf-8",
            codec_errors="replace", logfile=self.log, echo=False,
        )  # fmt: skip
        self.process = psutil.Process(self.console.pid)

    def disk(self):
        """Return what QEMU calls the card's disk; if it is fickle, its server is started."""
        if not self.fickle:
            return self.card
        # Writes stay in the server's memory until they are flushed, as in a card's own cache.
        socket = self.place / f"disk-{uuid.uuid4().hex[:6]}"
        self.disk_server = subprocess.Popen(
            ["nbdkit", "--foreground", "--unix", socket, "--filter=error", "--filter=cache",
             "file", self.card, "cache=writeback", "error-pwrite=EIO", "error-pwrite-rate=100%",
             f"error-pwrite-file={self.place / 'worn'}"],
        )  # fmt: skip
        while not socket.exists():
            time.sleep(0.02)
        return f"nbd+unix:///?socket={socket}"

    def _exchange(self):
        """Two disks that are tar files: what is given to the Pi, and what it gives back."""
        given, back = self.place / "given.tar", self.place / "back.tar"
        with tarfile.open(given, "w") as tar:
            for name, path in self.given.items():
                tar.add(path, arcname=name)
        os.truncate(given, -(-given.stat().st_size // 1_048_576) * 1_048_576)
        back.write_bytes(b"")
        os.truncate(back, 256 * 1_048_576)
        words = []
        for name, path in (("given", given), ("back", back)):
            words += ["-drive", f"if=none,id={name},file={path},format=raw",
                      "-device", f"virtio-blk-pci,drive={name},serial={name}"]  # fmt: skip
        return words

    def expect(self, texts, what, seconds=600):
        """Wait for a text on the console, as long as the board is on its way to it.

        Parameters
        ----------
        texts : list
            Patterns, or `pexpect.EOF`.
        what : str
            What is waited for, in words.
        seconds : float
            It is given up when the console has been silent while each of the board's cores
            computed for so long, and after `IDLE` times as long by the clock: a busy machine
            makes a board slow, and that is no fault of the board.

        Returns
        -------
        int
            Which of the texts it was.

        Raises
        ------
        SilentBoard
            If it is given up, or QEMU has ended.
        """
        heard = None
        awaited = [*texts, pexpect.TIMEOUT, *([] if pexpect.EOF in texts else [pexpect.EOF])]
        while True:
            if heard != (heard := self.log.tell()):
                since, computed = time.monotonic(), self._computed()
            found = self.console.expect(awaited, timeout=2)
            if found < len(texts):
                return found
            silent, worked = time.monotonic() - since, self._computed() - computed
            if found > len(texts) or worked > seconds or silent > IDLE * seconds:
                lines = [line.strip() for line in self.said().splitlines() if line.strip()]
                how = f"its console was silent for {silent:.0f} s (each core computed {worked:.0f})"
                if found > len(texts):
                    how = "QEMU ended"
                raise SilentBoard(
                    f"An emulated board did not come to {what}: {how} "
                    + (f"after '{lines[-1]:.150}'." if lines else "and had said nothing.")
                )

    def _computed(self):
        """Seconds that each of its cores has computed, since the start."""
        try:
            return sum(self.process.cpu_times()[:2]) / self.cores
        except psutil.Error:  # it has ended
            return 0.0

    def log_in(self, password, user="lowres"):
        """Log in at the serial console, as a person would; return the seconds since the start."""
        self.expect([r"lowres login: "], "its login")
        seconds = time.monotonic() - self.begun
        self.console.sendline(user)
        self.expect(["Password: "], "the question for the password")
        self.console.sendline(password)
        if self.expect([r"\$ ", "Login incorrect"], "the shell after the login"):
            raise PermissionError("The emulated Pi did not take the password.")
        self.console.sendline("stty -echo; PS1=; PS2=; export TERM=dumb LC_ALL=C.UTF-8")
        self.password = password
        self.shell("true")
        return seconds

    def shell(self, command, seconds=600, root=False):
        """Run a command; return its exit code and what it printed."""
        mark, what = uuid.uuid4().hex[:12], f"the end of '{command.strip().splitlines()[0]:.60}'"
        if root:
            quoted = command.replace("'", "'\\''")
            command = f"echo '{self.password}' | sudo -S -p '' sh -c '{quoted}'"
        self.console.sendline(f"{command}\ncode=$?; echo; echo {mark[:6]}''{mark[6:]} $code")
        self.expect([rf"{mark} (\d+)\s"], what, seconds)
        return int(self.console.match[1]), self.console.before.replace("\r", "").strip()

    def python(self, program):
        """Run a Python program as root; return the last line that it printed."""
        code, said = self.shell(f"python3 - <<'EOF'\n{program}\nEOF", root=True)
        if code:
            raise OSError(f"The program failed on the emulated Pi: {said}")
        return said.splitlines()[-1]

    def fetch(self, folder):
        """On the Pi, unpack what was given to it."""
        return self.shell(
            f"mkdir -p {folder} && tar -C {folder} -xf /dev/disk/by-id/virtio-given", root=True
        )

    def bring_back(self, folder, here):
        """Copy a folder of the Pi to this machine."""
        code, said = self.shell(
            f"tar -C {folder} -cf /dev/disk/by-id/virtio-back . && sync", root=True
        )
        if code:
            raise OSError(f"The emulated Pi gave nothing back: {said}")
        with tarfile.open(self.place / "back.tar") as tar:
            tar.extractall(here, filter="data")

    def power_off(self):
        """Shut it down in order."""
        self.console.sendline(f"echo '{self.password}' | sudo -S poweroff")
        # A Pi's board goes on drawing power; QEMU's `raspi3b` ends its process with a watchdog.
        self.expect([pexpect.EOF, "reboot: Power down"], "power off")
        self.cut_power()

    def wear_out(self):
        """From now on the card can be read and refuses to write, until the power is cut."""
        (self.place / "worn").touch()

    def said(self):
        """All that the console has shown since the last start."""
        self.log.flush()
        return (self.place / "console.txt").read_text("utf-8")

    def cut_power(self):
        """End it between two instructions, whatever it was writing."""
        if self.console is not None and self.console.isalive():
            os.kill(self.console.pid, signal.SIGKILL)
            with suppress(pexpect.TIMEOUT):
                self.console.expect(pexpect.EOF, timeout=5)  # what it had said before
            self.console.close(force=True)
        if self.disk_server is not None:
            self.disk_server.kill()
            self.disk_server.wait()
            self.disk_server = None
        (self.place / "worn").unlink(missing_ok=True)


def read_card(card, name, target):
    """Copy a file out of a card's first partition."""
    subprocess.run(
        ["mcopy", "-n", "-o", "-i", f"{card}@@{FAT_AT}", f"::{name}", target], check=True
    )


def write_card(card, source, name):
    """Copy a file into a card's first partition, as one does on a laptop."""
    subprocess.run(["mcopy", "-o", "-i", f"{card}@@{FAT_AT}", source, f"::{name}"], check=True)


def make_stick(path, megabytes=64):
    """Make the image of a USB stick that the station may write to."""
    path.unlink(missing_ok=True)
    subprocess.run(
        ["mkfs.vfat", "-C", "-n", "STICK", path, str(megabytes * 1024)],
        check=True,
        capture_output=True,
    )
    subprocess.run(["mmd", "-i", path, "::lowres"], check=True)
