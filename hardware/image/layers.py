"""The layers of the card that do not change with our code: Debian, the kernel, the wheels.

Each is made once and kept as an archive under a key of what it is made from.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The tree's files bear this date, so that two builds give the same: 25 November 2026.
EPOCH = 1795564800
PUBLIC = "http://deb.debian.org/{}"


class BuildError(Exception):
    """The build cannot go on: one sentence that says why, and what to do."""


def run(command, **options):
    """Run a program; raise BuildError with its last words if it fails."""
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if ran.returncode:
        words = (ran.stderr.strip() or ran.stdout.strip()).splitlines()[-6:]
        raise BuildError(f"{command[0]} failed: " + "\n  ".join(words))
    return ran.stdout


def key_of(*parts):
    """Twelve letters that stand for the inputs of a layer."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def kept(cache, name, key, make, say):
    """Return the archive of a layer; make it if it is not kept under this key.

    Parameters
    ----------
    cache : pathlib.Path
        Where layers are kept.
    name, key : str
        Of the layer.
    make : callable
        Takes an empty folder and fills it.
    say : callable
        Takes a line of text.

    Returns
    -------
    pathlib.Path
        A tar, compressed with zstd, with owners and dates.
    """
    archive = cache / f"{name}-{key}.tar.zst"
    if archive.exists():
        say(f"{name}: kept from before")
        return archive
    say(f"{name}: being made")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"lowres-{name}-") as place:
        folder = Path(place, "layer")
        make(folder)
        draft = archive.with_suffix(f".{os.getpid()}.part")
        try:
            pack(folder, draft)
            draft.rename(archive)
        finally:
            draft.unlink(missing_ok=True)
    return archive


def pack(folder, archive):
    """Pack a folder so that the same files give the same bytes."""
    tar = ["tar", "--create", "--sort=name", f"--mtime=@{EPOCH}", "--numeric-owner", "--xattrs",
           "--directory", folder, "--use-compress-program=zstd -3 -T2",
           "--file", archive, "."]  # fmt: skip
    run(tar)


def unpack(archive, folder):
    """Unpack one of our own layers."""
    folder.mkdir(parents=True, exist_ok=True)
    run(["tar", "--extract", "--numeric-owner", "--xattrs", "--directory", folder,
         "--use-compress-program=zstd", "--file", archive])  # fmt: skip


def sources(suite, mirror, options=""):
    """Lines that tell apt where Debian's packages are; `mirror` has {} for its part."""
    places = (
        ("debian", suite), ("debian", f"{suite}-updates"), ("debian-security", f"{suite}-security"),
    )  # fmt: skip
    return "".join(
        f"deb {options}{mirror.format(place)} {pocket} main\n" for place, pocket in places
    )


def make_debian(folder, recipe, mirror):
    """Install Debian's packages for arm64; their scripts run under QEMU's user emulation."""
    debian = recipe["debian"]
    suite = debian["suite"]
    command = [
        "mmdebstrap", "--mode=auto", "--variant=apt", f"--architectures={debian['architecture']}",
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        f"--include={','.join(debian['packages'])}",
        "--aptopt=APT::Install-Recommends false", "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={path}" for path in debian["leave_out"]),
        *(f"--dpkgopt=path-include={path}" for path in debian["keep"]),
        suite, folder, "-",
    ]  # fmt: skip
    told = sources(suite, mirror, f"[signed-by={KEYRING}] ")
    run(command, input=told, env=os.environ | {"SOURCE_DATE_EPOCH": str(EPOCH)})


def make_kernel(folder, recipe, mirror):
    """Fetch kernel, boot program and firmware through apt, which checks their signatures.

    They are unpacked and not installed: bookworm's tools would want to make an initrd of their own.
    """
    kernel = recipe["kernel"]
    with tempfile.TemporaryDirectory(prefix="lowres-apt-") as place:
        apt = _private_apt(Path(place), recipe, mirror)
        shown = run([*apt, "install", "--print-uris", "-y", f"{kernel['package']}"])
        names = {
            line.split()[1].partition("_")[0] for line in shown.splitlines() if ".deb " in line
        }
        wanted = [n for n in sorted(names) if n.startswith(("linux-b", "linux-m")) and "+" in n]
        wanted += [*kernel["firmware"], kernel["busybox"]]
        run([*apt, "download", *wanted], cwd=place)
        packages = sorted(Path(place).glob("*.deb"))
        folder.mkdir()
        for package in packages:
            run(["dpkg-deb", "--extract", package, folder])
        listed = [
            run(["dpkg-deb", "--show", "--showformat=${Package} ${Version}", p]) for p in packages
        ]
    (folder / "packages.txt").write_text("\n".join(listed) + "\n")
    modules = next((folder / "usr/lib/modules").iterdir())
    for pattern in kernel["leave_out"]:
        shutil.rmtree(modules / "kernel" / pattern, ignore_errors=True)
    (modules / "System.map").unlink(missing_ok=True)
    for tree in (modules / "dtb").iterdir():
        if tree.name != "broadcom":
            shutil.rmtree(tree) if tree.is_dir() else tree.unlink()
    run(["depmod", "--basedir", folder, "--moduledir", "/usr/lib/modules", modules.name]
        if _newer_depmod() else ["depmod", "--basedir", folder / "usr", modules.name])  # fmt: skip


def _newer_depmod():
    return "--moduledir" in run(["depmod", "--help"])


def _private_apt(place, recipe, mirror):
    """An apt with lists of its own, for another architecture and suite than the host's."""
    for name in ("etc/preferences.d", "etc/apt.conf.d", "state/lists/partial",
                 "cache/archives/partial"):  # fmt: skip
        (place / name).mkdir(parents=True)
    (place / "state/status").touch()
    kernel, architecture = recipe["kernel"], recipe["debian"]["architecture"]
    head = f"deb [signed-by={KEYRING} arch={architecture}] {mirror.format('debian')}"
    (place / "etc/sources.list").write_text(
        f"{head} {kernel['suite']} main\n"
        f"{head} {kernel['suite_of_firmware']} main non-free-firmware\n"
    )
    (place / "etc/preferences").write_text(
        f"Package: linux-*\nPin: release n={kernel['suite']}\nPin-Priority: 990\n"
    )
    options = {
        "Dir::State": place / "state", "Dir::State::status": place / "state/status",
        "Dir::Cache": place / "cache", "Dir::Etc": place / "etc",
        "APT::Architecture": architecture, "APT::Architectures": architecture,
        "APT::Sandbox::User": "root", "APT::Install-Recommends": "false",
    }  # fmt: skip
    apt = ["apt-get", "-q", *(word for k, v in options.items() for word in ("-o", f"{k}={v}"))]
    run([*apt, "update"])
    return apt


def make_wheels(folder, recipe):
    """Put each folder's Python packages into it, for the Pi's processor."""
    python = recipe["python"]
    pins = pins_of_the_laptop()
    tags = ["linux", "manylinux2014", *(f"manylinux_2_{n}" for n in range(17, python["glibc"] + 1))]
    for name, wanted in python["folders"].items():
        alone = name != "jupyter"
        packages = [f"{p}=={pins[p]}" if p in pins else p for p in wanted]
        command = [
            sys.executable, "-m", "pip", "install", "--quiet", "--no-compile",
            "--only-binary=:all:", "--implementation=cp", f"--python-version={python['version']}",
            *(f"--platform={tag}_aarch64" for tag in tags),
            "--target", folder / name, "--disable-pip-version-check", "--root-user-action=ignore",
            *(["--no-deps"] if alone else ["--constraint", ROOT / "constraints.txt"]), *packages,
        ]  # fmt: skip
        run(command, env=os.environ | {"SOURCE_DATE_EPOCH": str(EPOCH)})
        shutil.rmtree(folder / name / "bin", ignore_errors=True)  # they name this machine's Python


def pins_of_the_laptop():
    """Version of each package in the kit's constraints."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pairs = (
        line.partition(";")[0].split("==") for line in lines if "==" in line and line[0] != "#"
    )
    return {name.strip(): version.strip() for name, version in pairs}
