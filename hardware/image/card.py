"""The card image: a partition that any laptop can read, and the root folder.

No loop device and no mount is needed: the file systems are made from folders.
"""

import json
import os
import shutil
from pathlib import Path

from layers import EPOCH, HERE, run

BOOT_MEGABYTES, SPARE_MEGABYTES = 160, 300
# The same names and numbers on each build; a card is found by its label.
UUID, DISK_ID = "6c6f7772-6573-4b69-8000-000000000001", "0x4c4f5752"


def make_initrd(parts, folder, first, out):
    """Make the initrd: a shell, the modules for finding the disk, and our script.

    Parameters
    ----------
    parts : pathlib.Path
        The kernel's layer, unpacked.
    folder : pathlib.Path
        An empty place to work in.
    first : list of str
        Modules that are loaded.
    out : pathlib.Path
        The file.
    """
    for name in ("bin", "proc", "sys", "dev", "root"):
        (folder / name).mkdir(parents=True)
    busybox = next(path for path in parts.rglob("busybox") if path.parent.name == "bin")
    shutil.copyfile(busybox, folder / "bin/busybox")
    (folder / "bin/busybox").chmod(0o755)
    for name in ("sh", "mount", "modprobe", "findfs", "sleep", "cat", "echo", "switch_root"):
        (folder / "bin" / name).symlink_to("busybox")
    release = next((parts / "usr/lib/modules").iterdir())
    _copy_modules(release, folder / "lib/modules" / release.name, first)
    run(["depmod", "--basedir", folder, release.name])
    (folder / "modules.first").write_text(" ".join(first) + "\n")
    shutil.copyfile(HERE / "initrd-init", folder / "init")
    (folder / "init").chmod(0o755)
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    pack = (
        f"cd '{folder}' && cpio --quiet --null -o -H newc --reproducible -R 0:0 | gzip -n > '{out}'"
    )
    run(["bash", "-o", "pipefail", "-c", pack], input="\0".join(names))


def _copy_modules(release, target, first):
    """Copy modules with all that they need; unpacked, for the small shell reads no .xz."""
    needs = {}
    for line in (release / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[module_name(path)] = [path, *rest.split()]
    built_in = {module_name(p) for p in (release / "modules.builtin").read_text().split()}
    for name in first:
        name = name.replace("-", "_")
        if name in built_in:
            continue
        for path in needs[name]:
            copy = target / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release / path, copy)
            if copy.suffix == ".xz":
                run(["xz", "--decompress", "--force", copy])
    for name in ("modules.builtin", "modules.order"):
        shutil.copyfile(release / name, target / name)


def module_name(path):
    """Name of a module from its file: ``drivers/mmc/host/sdhci-iproc.ko.xz`` is sdhci_iproc."""
    return Path(path).name.partition(".")[0].replace("-", "_")


def fill_boot(parts, folder, recipe, initrd):
    """Fill the first partition: boot program, kernel, device trees, settings."""
    folder.mkdir()
    for path in sorted((parts / "usr/lib/raspi-firmware").iterdir()):
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    release = next((parts / "usr/lib/modules").iterdir())
    shutil.copyfile(release / "vmlinuz", folder / "vmlinuz")
    for board in recipe["kernel"]["boards"]:
        shutil.copyfile(release / f"dtb/broadcom/{board}.dtb", folder / f"{board}.dtb")
    shutil.copyfile(initrd, folder / "initrd.img")
    for path in (HERE / "boot").iterdir():
        shutil.copyfile(path, folder / path.name)


def make_card(root, boot, image):
    """Make the image of a card from the folders of its two partitions.

    Parameters
    ----------
    root, boot : pathlib.Path
        What is in them.
    image : pathlib.Path
        The file; it is sparse.
    """
    used = sum(path.lstat().st_blocks for path in root.rglob("*")) * 512 // 1_000_000
    megabytes = used * 11 // 10 + SPARE_MEGABYTES
    fat, ext4 = image.with_suffix(".fat"), image.with_suffix(".ext4")
    for path in (fat, ext4, image):
        path.unlink(missing_ok=True)
    os.environ["SOURCE_DATE_EPOCH"] = str(EPOCH)
    run(["mkfs.vfat", "-C", "-n", "PIBOOT", "--invariant", fat, BOOT_MEGABYTES * 1024])
    for path in boot.iterdir():
        os.utime(path, (EPOCH, EPOCH))
    run(["mcopy", "-m", "-i", fat, *sorted(boot.iterdir()), "::"])
    run(["mkfs.ext4", "-q", "-d", root, "-L", "PIROOT", "-U", UUID, "-E", f"hash_seed={UUID}",
         "-m", "1", ext4, f"{megabytes}M"])  # fmt: skip
    start, size = 8192, BOOT_MEGABYTES * 2048
    root_start = start + size
    with open(image, "wb") as file:
        file.truncate((root_start + megabytes * 2048 + 2048) * 512)
    table = (
        f"label: dos\nlabel-id: {DISK_ID}\nunit: sectors\n"
        f"{start},{size},c,*\n{root_start},{megabytes * 2048},83\n"
    )
    run(["sfdisk", "--quiet", image], input=table)
    for part, at in ((fat, start), (ext4, root_start)):
        run(["dd", f"if={part}", f"of={image}", "bs=512", f"seek={at}", "conv=notrunc,sparse",
             "status=none"])  # fmt: skip
        part.unlink()


def packages_of(root, parts):
    """List all packages on the card.

    Returns
    -------
    list of tuple of str
        Sorted; of each where it is ("debian", or its folder in /opt/lowres), name and version.
    """
    listed = run(["dpkg-query", f"--admindir={root / 'var/lib/dpkg'}", "--show",
                  "--showformat=${Package} ${Version}\n"])  # fmt: skip
    listed += (parts / "packages.txt").read_text()
    found = {("debian", *line.split()) for line in listed.splitlines()}
    for record in (root / "opt/lowres").glob("*/*.dist-info/METADATA"):
        lines = record.read_text("utf-8").split("\n\n")[0].splitlines()
        lines = [line for line in lines if line.startswith(("Name:", "Version:"))]
        facts = dict(line.split(": ", 1) for line in lines)
        found.add((record.parts[-3], facts["Name"].lower(), facts["Version"]))
    return sorted(found)


def as_cyclonedx(packages):
    """The list for other people's tools, in CycloneDX 1.5 (https://cyclonedx.org)."""
    components = [
        {
            "type": "library", "group": place, "name": name, "version": version,
            "purl": f"pkg:{'deb/debian' if place == 'debian' else 'pypi'}/{name}@{version}",
        }
        for place, name, version in packages
    ]  # fmt: skip
    told = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
    return json.dumps(told, indent=1)
