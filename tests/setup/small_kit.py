"""A copy of the kit's set-up with tiny packages, so that a whole set-up takes seconds."""

import base64
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "lowres_kit"
version = "0.1.0"
dependencies = ["torch==2.13.0", "alpha==1.0"]
[project.optional-dependencies]
tests = ["beta==1.0"]
[project.scripts]
lowres = "lowres_kit.cli:main"
[tool.setuptools.packages.find]
include = ["lowres_kit*"]
"""
TINY = {"torch": "2.13.0+cpu", "alpha": "1.0", "beta": "1.0"}


def write_wheel(folder, name, version, files):
    """Write a wheel with these files (path in the wheel -> bytes)."""
    info = f"{name}-{version}.dist-info"
    files = dict(files)
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files.setdefault(f"{info}/METADATA", about)
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = ""
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            record += f"{path},sha256={digest},{len(content)}\n"
            wheel.writestr(path, content)
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")


def repack(folder, name):
    """Write the wheel of a package that this environment has."""
    installed = importlib.metadata.distribution(name)
    wanted = [
        path
        for path in installed.files
        if ".." not in path.parts
        and "__pycache__" not in path.parts
        and path.name not in ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json")
    ]
    files = {path.as_posix(): path.locate().read_bytes() for path in wanted}
    write_wheel(folder, name, installed.version, files)
    return installed.version


def make_wheels(folder):
    """Fill a folder with the small kit's wheels; return the text of its constraints."""
    folder.mkdir(parents=True)
    pins = {name: repack(folder, name) for name in ("pip", "setuptools")}
    for name, version in TINY.items():
        write_wheel(folder, name, version, {f"{name}/__init__.py": f"answer = '{name} is whole'\n"})
    return "".join(f"{name}=={version}\n" for name, version in (pins | TINY).items())


class SmallKit:
    """A folder that holds start.py, what it needs, and perhaps a folder of wheels."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.environment = self.folder / ".venv"
        self.python = self.environment / "bin" / "python"

    @classmethod
    def make(cls, folder, wheels, pins):
        for name in ("lowres_kit/__init__", "lowres_kit/errors", "lowres_kit/places",
                     "setup_kit/__init__", "setup_kit/environment"):  # fmt: skip
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / f"{name}.py", folder / f"{name}.py")
        shutil.copy(ROOT / "start.py", folder)
        (folder / "lowres_kit" / "cli.py").write_text("def main():\n    return 0\n", "utf-8")
        (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        (folder / "constraints.txt").write_text(pins, encoding="utf-8")
        if wheels:
            shutil.copytree(wheels, folder / "wheels")
        return cls(folder)

    @property
    def site(self):
        return next(self.environment.glob("lib/python3*/site-packages"))

    def command(self, python=sys.executable, before="pass", offline=True):
        """Return the words that start `start.py setup`; `before` is Python code run first."""
        code = (
            "import sys, runpy; sys.path.insert(0, '.'); import setup_kit.environment as e; "
            "e.NEEDED_MB = 1; sys.argv = ['start.py', 'setup']; "
            f"{before}; runpy.run_path('start.py', run_name='__main__')"
        )
        return [*(no_network() if offline else []), python, "-c", code]

    def surroundings(self):
        """Return the variables of a machine that has no settings of pip and no wheels kept."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        return kept | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "1",
            "PIP_NO_CACHE_DIR": "1",
            "PIP_NO_COMPILE": "1",
        }

    def set_up(self, **options):
        """Run it; return the exit code, and all that it printed."""
        done = subprocess.run(
            self.command(**options),
            cwd=self.folder,
            env=self.surroundings(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    def works(self):
        """Tell whether every package is there and whole, and the command starts."""
        code = "import torch, alpha, beta; print(torch.answer, alpha.answer, beta.answer)"
        said = subprocess.run(
            [self.python, "-c", code], capture_output=True, text=True, check=False
        )
        lowres = subprocess.run(
            [self.environment / "bin" / "lowres"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        return said.stdout.count("is whole") == 3 and lowres.returncode == 0


def no_network():
    """Return the words that run a command with no network, as far as this machine lets us."""
    words = ["unshare", "--net", "--map-root-user", "--user"]
    if shutil.which("unshare") is None:
        return []
    return (
        words
        if subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0
        else []
    )
