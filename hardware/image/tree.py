"""The root folder of the card: the layers, our own files, and a list of all that is in it."""

import hashlib
import os
import shutil
import stat
import subprocess

from layers import PUBLIC, ROOT, BuildError, run, sources, unpack

OURS = ROOT / "hardware/image/tree"
USER, UID = "lowres", 1000
GPIO = 960  # number of the group that may use the pins
UNITS = ("lowres-setup", "lowres-field", "lowres-jupyter")
# Of the package the card gets these rooms, of the data room what reads and describes photos, and
# of the desk all but packing: where no laptop is, a second board compares and collects.
DEVICE_ROOMS = ("scope", "runtime", "field")
DEVICE_FILES = {
    "data": ("__init__.py", "folder.py", "folder_shape.py", "pictures.py", "describe.py"),
    "desk": ("__init__.py", "commands.py", "compare.py", "collect.py", "collect_server.py"),
}
NETWORK_UNITS = ("systemd-networkd", "systemd-resolved")


def compose(folder, debian, kernel, wheels, recipe):
    """Put the card's root folder together.

    Parameters
    ----------
    folder : pathlib.Path
        Where; it becomes the root folder.
    debian, kernel, wheels : pathlib.Path
        Archives of the layers.
    recipe : dict
        Of recipe.toml.

    Returns
    -------
    pathlib.Path
        What the kernel's layer has for the card's first partition and the initrd.
    """
    unpack(debian, folder)
    parts = folder.with_name("kernel")
    unpack(kernel, parts)
    for inside in ("usr/lib/modules", "usr/lib/firmware", "usr/share/doc"):
        shutil.copytree(parts / inside, folder / inside, symlinks=True, dirs_exist_ok=True)
    release = next((folder / "usr/lib/modules").iterdir())
    for name in ("vmlinuz", "dtb", "config"):  # they are on the first partition
        path = release / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    unpack(wheels, folder / "opt/lowres")
    _add_kit(folder / "opt/lowres")
    shutil.copytree(OURS, folder, symlinks=True, dirs_exist_ok=True)
    _add_user(folder / "etc")
    _start_services(folder / "etc/systemd/system")
    _forget_this_machine(folder, recipe["debian"]["suite"])
    _compile(folder, recipe["python"]["version"])
    _own(folder)
    return parts


def _add_kit(place):
    """What a device needs of our package, the labs and the demonstration, as git has them."""
    listed = run(["git", "-C", ROOT, "ls-files", "-z", "lowres_kit", "hardware"]).split("\0")
    for name in filter(None, listed):
        source, target = ROOT / name, None
        if on_the_device(name):
            target = place / "kit" / name
        elif name.startswith(("hardware/labs/", "hardware/wiring/", "hardware/demo/")):
            target = place / name.removeprefix("hardware/")
        if target and source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def on_the_device(name):
    """Tell whether a file of the package goes onto the card: the device's rooms, nothing else."""
    parts = name.split("/")
    if parts[0] != "lowres_kit":
        return False
    if len(parts) == 2:
        return parts[1] != "plotting.py"
    return parts[1] in DEVICE_ROOMS or parts[2] in DEVICE_FILES.get(parts[1], ())


def _add_user(etc):
    """One user without a password, who can do nothing until one is set."""
    _append(etc / "passwd", f"{USER}:x:{UID}:{UID}:Field station:/home/{USER}:/bin/bash")
    _append(etc / "group", f"{USER}:x:{UID}:")
    _append(etc / "shadow", f"{USER}:!:20000:0:99999:7:::")
    _append(etc / "gshadow", f"{USER}:!::")
    _append(etc / "group", f"gpio:x:{GPIO}:")
    _append(etc / "gshadow", "gpio:!::")
    for path in (etc / "group", etc / "gshadow"):
        lines = path.read_text().splitlines()
        for i, line in enumerate(lines):
            if line.partition(":")[0] in ("video", "gpio", "sudo"):
                lines[i] = line + ("" if line.endswith(":") else ",") + USER
        path.write_text("\n".join(lines) + "\n")
    (etc / "hostname").write_text("lowres\n")
    (etc / "hosts").write_text("127.0.0.1 localhost\n127.0.1.1 lowres\n::1 localhost\n")


def _append(path, line):
    with open(path, "a") as file:
        file.write(line + "\n")


def _start_services(units):
    wanted = units / "multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    for name in UNITS:
        (wanted / f"{name}.service").symlink_to(f"../{name}.service")
    for name in NETWORK_UNITS:
        link = wanted / f"{name}.service"
        if not link.is_symlink():
            link.symlink_to(f"/usr/lib/systemd/system/{name}.service")


def _forget_this_machine(folder, suite):
    """No key, name or log of the build is on the card: each card makes its own."""
    for path in folder.glob("etc/ssh/ssh_host_*"):
        path.unlink()
    (folder / "etc/machine-id").write_text("")
    (folder / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    resolve = folder / "etc/resolv.conf"
    resolve.unlink(missing_ok=True)
    resolve.symlink_to("/run/systemd/resolve/stub-resolv.conf")
    for pattern in ("var/log/**/*", "var/cache/apt/**/*", "var/lib/apt/lists/**/*",
                    "var/cache/ldconfig/*"):  # fmt: skip
        for path in folder.glob(pattern):
            if path.is_file():
                path.unlink()
    (folder / "boot/firmware").mkdir(parents=True, exist_ok=True)
    (folder / "media").mkdir(exist_ok=True)
    # Where the card's own mirror is: the public one, not that of the build.
    for path in folder.glob("etc/apt/sources.list.d/*"):
        path.unlink()
    (folder / "etc/apt/sources.list").write_text(sources(suite, PUBLIC))


def _compile(folder, version):
    """Compile Python once here: the first import costs a Pi seconds otherwise."""
    python = shutil.which(f"python{version}")
    if not python:
        raise BuildError(f"Python {version} is needed to compile for the card; install it.")
    done = subprocess.run(
        [python, "-m", "compileall", "-q", "-f", "-j", "2", "--invalidation-mode", "unchecked-hash",
         "-s", folder, "-p", "/", folder / "opt/lowres"],
        capture_output=True, text=True, env=os.environ | {"PYTHONHASHSEED": "0"},
    )  # fmt: skip
    if "Traceback" in done.stderr:  # a package's own test of bad syntax is no error of ours
        raise BuildError(f"compileall failed: {done.stderr.strip().splitlines()[-1]}")


def _own(folder):
    """Owners and modes of our files, whatever they are in the checkout."""
    ours = [folder / "opt/lowres", *(folder / p.relative_to(OURS) for p in OURS.rglob("*"))]
    for top in ours:
        for path in [top, *(top.rglob("*") if top == ours[0] else ())]:
            if path.is_symlink():
                continue
            runs = path.is_dir() or "/bin/" in str(path) or "/sbin/" in str(path)
            path.chmod(0o755 if runs else 0o644)
            os.chown(path, 0, 0)
    for path in folder.glob("etc/sudoers.d/*"):
        path.chmod(0o440)
    home = folder / "home" / USER
    home.mkdir(exist_ok=True)
    os.chown(home, UID, UID)
    home.chmod(0o700)


def manifest(folder):
    """List each file with kind, mode, owner, size and SHA-256: equal lists, equal trees.

    Parameters
    ----------
    folder : pathlib.Path
        A root folder.

    Returns
    -------
    list of str
        A line a file, sorted by name.
    """
    lines = []
    for path in sorted(folder.rglob("*")):
        found = path.lstat()
        name = path.relative_to(folder).as_posix()
        if stat.S_ISLNK(found.st_mode):
            what = f"-> {os.readlink(path)}"
        elif stat.S_ISREG(found.st_mode):
            what = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            what = "-"
        lines.append(f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid} {what} {name}")
    return lines
