"""An emulated board that does not come up says what it waited for, in one sentence."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from pi import FAT_AT, EmulatedPi, SilentBoard

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("qemu-system-aarch64", "mcopy", "mkfs.vfat"))),
    reason="needs QEMU and mtools",
)


@pytest.fixture
def dead(tmp_path):
    """An emulated Pi whose card has a kernel of zeros: it computes for ever and says nothing."""
    boot, image = tmp_path / "boot.img", tmp_path / "card.img"
    subprocess.run(["mkfs.vfat", "-C", boot, "16384"], check=True, capture_output=True)
    for name in ("vmlinuz", "initrd.img", "cmdline.txt", "bcm2837-rpi-3-b.dtb"):
        (tmp_path / name).write_bytes(b"\0" * 65536 if name == "vmlinuz" else b"quiet")
        subprocess.run(["mcopy", "-i", boot, tmp_path / name, f"::{name}"], check=True)
    image.write_bytes(b"\0" * FAT_AT + boot.read_bytes())
    with EmulatedPi(image, cores=1) as pi:
        yield pi


def test_a_board_that_never_comes_up_says_what_was_waited_for(dead):
    with pytest.raises(SilentBoard) as caught:
        dead.expect([r"lowres login: "], "its login", seconds=3)
    assert re.fullmatch(
        r"An emulated board did not come to its login: its console was silent for \d+ s "
        r"\(each core computed \d+\) and had said nothing\.",
        str(caught.value),
    )


def test_a_board_whose_emulator_ends_says_so(dead):
    dead.process.kill()
    with pytest.raises(SilentBoard, match=r"did not come to its login: QEMU ended"):
        dead.expect([r"lowres login: "], "its login")


def test_its_end_is_no_trouble_where_it_is_waited_for(dead):
    dead.process.kill()
    assert dead.expect(["power down", pexpect.EOF], "power off") == 1


def test_a_console_that_goes_on_is_waited_for(dead, monkeypatch):
    """Seconds count from its last word on, not from the start."""
    dead.console.close(force=True)
    talk = "for i in 1 2 3 4 5; do echo step $i; sleep 2; done; echo ready"
    dead.console = pexpect.spawn("sh", ["-c", talk], encoding="utf-8", logfile=dead.log)
    monkeypatch.setattr("pi.IDLE", 1)
    assert dead.expect(["ready"], "its end", seconds=6) == 0


SHARED = """
import pytest
from pi import SilentBoard

@pytest.fixture(scope="module")
def board():
    raise SilentBoard("The board did not come to its login.")

@pytest.mark.parametrize("number", range(15))
def test_it(board, number):
    pass
"""


def test_tests_that_share_a_silent_board_say_it_once(tmp_path):
    (tmp_path / "test_shared.py").write_text(SHARED)
    rules = {"PYTHONPATH": str(Path(__file__).parent)}  # the conftest.py beside this file
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "conftest", "-c", os.devnull, tmp_path],
        env=os.environ | rules, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert "14 skipped, 1 error" in ran.stdout.splitlines()[-1], ran.stdout
    assert "Traceback" not in ran.stdout and "raise SilentBoard" not in ran.stdout


def test_a_command_gives_its_exit_code_and_its_words(dead):
    dead.console.close(force=True)
    dead.console = pexpect.spawn("sh", encoding="utf-8", logfile=dead.log, echo=False)
    dead.console.sendline("PS1=; PS2=")
    dead.shell("true")
    assert dead.shell("echo one; echo two") == (0, "one\ntwo")
    assert dead.shell("(echo gone; exit 3)") == (3, "gone")
