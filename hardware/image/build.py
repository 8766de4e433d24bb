"""Build the card image for Raspberry Pi 3, 4 and 5: `sudo python3 hardware/image/build.py`.

Needs a Debian or Ubuntu machine and, once, a network. See README.md beside it.
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import card
import layers
import tree

TOOLS = {
    "mmdebstrap": "mmdebstrap", "arch-test": "arch-test", "qemu-aarch64-static": "qemu-user-static",
    "mkfs.vfat": "dosfstools", "mcopy": "mtools", "zstd": "zstd", "xz": "xz-utils",
    "sfdisk": "fdisk", "mkfs.ext4": "e2fsprogs", "cpio": "cpio", "depmod": "kmod",
}  # fmt: skip


ARCHIVE = "http://snapshot.debian.org/archive/{{}}/{}"
LOCK = layers.HERE / "lock.txt"


def cache_folder():
    """Where layers are kept between builds."""
    return Path(os.environ.get("LOWRES_IMAGE_CACHE", "~/.cache/lowres-kit-image")).expanduser()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=Path("lowres-card"), help="folder for the image"
    )
    parser.add_argument("--mirror", default=layers.PUBLIC, help="Debian's mirror, {} for its part")
    parser.add_argument(
        "--locked", action="store_true", help="Debian as it was on the day of lock.txt"
    )
    parser.add_argument("--write-lock", action="store_true", help="write lock.txt anew")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="where layers are kept")
    parser.add_argument("--no-compress", action="store_true", help="leave out card.img.zst")
    chosen = parser.parse_args(arguments)
    if chosen.locked:
        chosen.mirror = ARCHIVE.format(_read_recipe()["debian"]["snapshot"])
    try:
        build(chosen.out, chosen.mirror, chosen.cache, not chosen.no_compress)
    except layers.BuildError as error:
        print(f"build: {error}", file=sys.stderr)
        return 2
    if chosen.write_lock:
        LOCK.write_text((chosen.out / "packages.txt").read_text())
    return 0


def _read_recipe():
    return tomllib.loads((layers.HERE / "recipe.toml").read_text("utf-8"))


def build(out, mirror, cache, compress=True, say=print):
    """Build the image, with the lists of what is in it.

    Parameters
    ----------
    out : pathlib.Path
        Folder for card.img, card.img.zst, tree.txt, packages.txt and packages.json.
    mirror : str
        Where Debian's packages come from.
    cache : pathlib.Path
        Where layers are kept between builds.
    compress : bool
        Whether card.img.zst is written too.
    say : callable
        Takes a line of text.

    Raises
    ------
    layers.BuildError
        If a tool is missing or a step fails.
    """
    check_tools()
    recipe = _read_recipe()
    begun = time.monotonic()

    def tell(line):
        say(f"[{time.monotonic() - begun:4.0f} s] {line}")

    debian = layers.kept(
        cache, "debian", layers.key_of(recipe["debian"], layers.EPOCH),
        lambda folder: layers.make_debian(folder, recipe, mirror), tell,
    )  # fmt: skip
    kernel = layers.kept(
        cache, "kernel", layers.key_of(recipe["kernel"], layers.EPOCH),
        lambda folder: layers.make_kernel(folder, recipe, mirror), tell,
    )  # fmt: skip
    wheels = layers.kept(
        cache, "wheels", layers.key_of(recipe["python"], layers.pins_of_the_laptop()),
        lambda folder: layers.make_wheels(folder, recipe), tell,
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lowres-card-") as place:
        root, boot, initrd = (Path(place, name) for name in ("root", "boot", "initrd.img"))
        tell("tree: put together")
        parts = tree.compose(root, debian, kernel, wheels, recipe)
        card.make_initrd(parts, Path(place, "initrd"), recipe["kernel"]["first"], initrd)
        card.fill_boot(parts, boot, recipe, initrd)
        listed = "\n".join([*tree.manifest(root), *tree.manifest(boot)]) + "\n"
        (out / "tree.txt").write_text(listed)
        packages = card.packages_of(root, parts)
        (out / "packages.json").write_text(card.as_cyclonedx(packages))
        (out / "packages.txt").write_text("".join(f"{' '.join(one)}\n" for one in packages))
        _tell_differences(out / "packages.txt", tell)
        tell("card: written")
        card.make_card(root, boot, out / "card.img")
    if compress:
        tell("card: compressed")
        layers.run(["zstd", "--quiet", "--force", "-T0", "-3", out / "card.img"])
    fingerprint = hashlib.sha256(listed.encode()).hexdigest()[:12]
    tell(f"done: {out / 'card.img'}; fingerprint of the tree {fingerprint}")
    return fingerprint


def _tell_differences(found, tell):
    """Debian mends its packages: say which are not those of lock.txt."""
    was, now = (set(path.read_text().splitlines()) for path in (LOCK, found))
    if was != now:
        names = sorted({line.split()[1] for line in was ^ now})
        some = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        tell(f"{len(names)} packages are not those of lock.txt: {some}")


def check_tools():
    """Raise BuildError if this machine cannot build the card, with what to do."""
    missing = sorted({package for tool, package in TOOLS.items() if not _found(tool)})
    if missing:
        raise layers.BuildError(f"These packages are needed: sudo apt install {' '.join(missing)}")
    if os.geteuid():
        raise layers.BuildError(
            "The owners of files on the card can be set by root only: use sudo."
        )
    if not Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        raise layers.BuildError(
            "This machine does not run arm64 programs yet: `mount -t binfmt_misc binfmt_misc "
            "/proc/sys/fs/binfmt_misc; update-binfmts --enable qemu-aarch64`."
        )


def _found(tool):
    return shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


if __name__ == "__main__":
    sys.exit(main())
