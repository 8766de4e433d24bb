"""The card: what can be seen of it without a board, and what its first start makes of it."""

import gzip
import hashlib
import json
import os
import re
import secrets
import subprocess
import tomllib
from pathlib import Path

import pytest
from card_files import same_card
from labs import prepare
from pi import EmulatedPi, read_card, write_card

pytestmark = same_card

ROOT = Path(__file__).resolve().parents[2]
RECIPE = tomllib.loads((ROOT / "hardware/image/recipe.toml").read_text("utf-8"))
LARGEST = 900_000_000  # bytes of the unpacked tree: a card of 2 GB holds it twice

# It says a word each second: a board whose console is silent counts as one that hangs.
UNTIL_ALL_IS_UP = """
(for second in $(seq 900); do
    systemctl -q is-active lowres-field && ss -Hltn | grep -q :8888 && exit
    echo "second $second"
    sleep 1
done
systemctl --no-pager status lowres-field lowres-jupyter; exit 1)
"""


@pytest.fixture(scope="module")
def tree(card):
    """Each file on the card by its name: mode, owner, and what it holds."""
    lines = (card / "tree.txt").read_text("utf-8").splitlines()
    found = (re.fullmatch(r"(\S+) (\S+) (-> .*?|\S+) (.+)", line).groups() for line in lines)
    return {name: (mode, owner, what) for mode, owner, what, name in found}


def test_no_password_and_no_key_is_on_it(card, tree):
    assert not [name for name in tree if "ssh_host" in name or name.endswith("id_rsa")]
    shadow = _debugfs(card, "cat /etc/shadow").splitlines()
    assert {line.split(":")[1] for line in shadow} <= {"!", "*", "!*"}
    assert len([line for line in shadow if line.startswith("lowres:")]) == 1
    assert tree["etc/machine-id"][2] == hashlib.sha256(b"").hexdigest()
    assert not [name for name in tree if name.startswith("etc/lowres/jupyter")]


def test_nothing_of_this_machine_is_on_it(card):
    for name in ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/apt/sources.list"):
        text = _debugfs(card, f"cat {name}")
        assert os.uname().nodename not in text
    assert "deb.debian.org" in _debugfs(card, "cat /etc/apt/sources.list")


def test_every_board_has_its_device_tree_and_the_drivers_of_its_card(card, tree, tmp_path):
    """The initrd must hold the drivers that each board's card needs, and ext4."""
    read_card(card / "card.img", "initrd.img", tmp_path / "initrd.gz")
    listed = subprocess.run(
        ["cpio", "--list", "--quiet"], input=gzip.decompress((tmp_path / "initrd.gz").read_bytes()),
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    loaded = {Path(name).name.removesuffix(".ko") for name in listed.split()}
    builtin = _debugfs(card, f"cat /usr/lib/modules/{_release(tree)}/modules.builtin")
    loaded |= {Path(name).name.removesuffix(".ko") for name in builtin.split()}
    # Pi 3; Pi 4; Pi 5; what their card's power hangs on.
    needed = {"bcm2835", "sdhci-iproc", "sdhci-brcmstb", "fixed", "gpio-regulator"}
    assert {"ext4", "mmc_block", *needed} <= loaded
    for board in RECIPE["kernel"]["boards"]:
        assert f"{board}.dtb" in tree
    for part in ("start.elf", "start4.elf", "fixup.dat", "fixup4.dat", "bootcode.bin"):
        assert part in tree  # a Pi 5 has these in a chip of its own


def test_firmware_of_the_radios_is_there(tree):
    files = {Path(name).name for name in tree}
    # Pi 3 B and Zero 2 W; Pi 3 B+, 4 and 5.
    assert {"brcmfmac43430-sdio.bin", "brcmfmac43455-sdio.bin"} <= files


def test_boot_settings_name_files_that_are_there(card, tree, tmp_path):
    read_card(card / "card.img", "config.txt", tmp_path / "config.txt")
    lines = (tmp_path / "config.txt").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    assert told["arm_64bit"] == "1" and told["kernel"] in tree
    [initrd] = [line.split()[1] for line in lines if line.startswith("initramfs ")]
    assert initrd in tree
    read_card(card / "card.img", "vmlinuz", tmp_path / "vmlinuz")
    # A plain arm64 Image: the Pi's boot program takes nothing else for sure.
    assert (tmp_path / "vmlinuz").read_bytes()[56:60] == b"ARM\x64"


def test_list_of_packages_is_whole_and_pins_hold(card):
    listed = json.loads((card / "packages.json").read_text("utf-8"))["components"]
    found = {(one["group"], one["name"]): one["version"] for one in listed}
    assert found["debian", "python3"].startswith("3.11")
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    assert f"\nnumpy=={found['litert', 'numpy']}\n" in pins
    assert f"\nai-edge-litert=={found['litert', 'ai-edge-litert']}\n" in pins
    assert found["tflite", "numpy"] == "1.26.4" and found["tflite", "tflite-runtime"] == "2.14.0"
    assert ("debian", "torch") not in found and len(found) > 200


def test_tree_is_small(card):
    sizes = _debugfs(card, "stats")
    blocks, free = (int(re.search(rf"{name}:\s+(\d+)", sizes)[1]) for name in
                    ("Block count", "Free blocks"))  # fmt: skip
    assert (blocks - free) * 4096 < LARGEST


def test_same_inputs_give_the_same_tree(card, tmp_path):
    import build
    import layers

    again = build.build(tmp_path, layers.PUBLIC, build.cache_folder(), compress=False)
    first = (card / "tree.txt").read_bytes()
    assert hashlib.sha256(first).hexdigest()[:12] == again
    (tmp_path / "card.img").unlink()


def test_first_start_takes_in_what_the_owner_wrote(card, place):
    image, password = place / "card.img", secrets.token_hex(8)
    prepare(card / "card.img", image, password, settings="share = 3\n")
    (place / "pack.zip").write_bytes(b"no pack")
    write_card(image, place / "pack.zip", "pack.zip")
    with EmulatedPi(image) as pi:
        pi.log_in(password)
        code, disk = pi.shell("df --output=avail -m / | tail -1")
        assert code == 0 and int(disk) > 500  # 400 MB more than the image had
        _, login = pi.shell("cut -d: -f2 /etc/shadow | grep -v '^[!*]'", root=True)
        assert login.startswith("$y$") and len(login.splitlines()) == 1
        _, hashed = pi.shell("cat /etc/lowres/jupyter.hash /var/lib/lowres/password", root=True)
        assert "argon2" in hashed and "scrypt" in hashed and password not in hashed
        code, waited = pi.shell(UNTIL_ALL_IS_UP)
        assert code == 0, waited
        _, units = pi.shell("systemctl is-active lowres-field lowres-jupyter ssh", root=True)
        assert units.split() == ["active"] * 3
        _, listening = pi.shell("ss -Hltn")
        # Nobody outside can ask for anything but to log in, as long as `share` is not set.
        outside = {line.split()[3] for line in listening.splitlines()} - {""}
        outside = {one for one in outside if not one.startswith(("127.", "[::1]"))}
        assert {one.rpartition(":")[2] for one in outside} <= {"22", "5355"}
        assert any(one.endswith(":8888") for one in (x.split()[3] for x in listening.splitlines()))
        pi.power_off()
    read_card(image, "lowres-said.txt", place / "said.txt")
    read_card(image, "lowres.toml", place / "lowres.toml")
    said = (place / "said.txt").read_text("utf-8")
    assert "pack.zip was not taken" in said and "share is not understood" in said
    assert password not in (place / "lowres.toml").read_text("utf-8")


def _release(tree):
    [name] = [name for name in tree if name.endswith("/modules.dep")]
    return Path(name).parent.name


def _debugfs(card, order):
    """Ask the root file system of the image, without mounting it."""
    image = card / "card.img"
    table = json.loads(
        subprocess.run(["sfdisk", "--json", image], capture_output=True, text=True).stdout
    )
    at = table["partitiontable"]["partitions"][1]["start"] * 512
    asked = ["debugfs", "-R", order, f"{image}?offset={at}"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(os.environ.get("LOWRES_NIGHTLY") != "1", reason="takes minutes: at night")
def test_card_starts_on_the_chips_of_a_pi_3(card, place):
    image, password = place / "card.img", secrets.token_hex(8)
    prepare(card / "card.img", image, password)
    os.truncate(image, 2 * 1024**3)  # QEMU's card slot takes powers of two
    with EmulatedPi(image, board="raspi3b") as pi:
        pi.log_in(password)
        assert "Raspberry Pi 3 Model B" in pi.shell("cat /proc/device-tree/model")[1]
        code, said = pi.shell("lowres-field verify /opt/lowres/demo/pack.zip")
        assert code == 0 and "checks passed" in said
        assert pi.shell("systemctl is-active lowres-field")[1] == "active"
        assert int(pi.shell("cat /sys/class/thermal/thermal_zone0/temp")[1]) > 0
