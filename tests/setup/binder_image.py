"""What Binder makes of the kit: its builder's packages, our pins laid over them, our last steps.

Binder's builder, repo2docker, begins with an environment of its own, with a lock file of all
versions, and lets pip install ``binder/requirements.txt`` into it. Here that is done with the
builder's lock for the Python that runs the tests. What our pins have in any case (PyTorch, 1 GB)
is seen in the kit's environment and not installed a second time; the rest is installed for real.
"""

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from setup_kit import environment

ROOT = Path(__file__).resolve().parents[2]
KEPT = user_cache_path("lowres-kit-tests", appauthor=False)
# What conda calls otherwise than PyPI.
PYPI = {
    "jupyterhub-base": "jupyterhub",
    "nbconvert-core": "nbconvert",
    "python-fastjsonschema": "fastjsonschema",
    "brotli-python": "brotli",
}
# What the builder asks for in its environment.yml; all else comes because these need it.
ASKED = (
    "ipywidgets",
    "jupyter-offlinenotebook",
    "jupyter-resource-usage",
    "jupyter_server",
    "jupyterhub",
    "jupyterlab",
    "notebook",
)
UNUSED_DAYS = 14
PATIENCE = ("--no-input", "--retries", "2", "--timeout", "30")
NO_NETWORK = "package server cannot be reached"


def builders_versions(builder):
    """Read the builder's lock file.

    Parameters
    ----------
    builder : pathlib.Path
        A Python that has repo2docker.

    Returns
    -------
    dict of str to str
        Version by PyPI's name.
    """
    code = "import repo2docker.buildpacks.conda as conda; print(conda.__path__[0])"
    folder = subprocess.check_output([builder, "-c", code], text=True).strip()
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    machine = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}[platform.machine()]
    lock = (Path(folder) / f"environment.py-{version}-{machine}.lock").read_text("utf-8")
    found = dict(
        re.findall(r"/([A-Za-z0-9][A-Za-z0-9_.-]*)-([^-\s]+)-[^-\s]+\.(?:conda|tar\.bz2)", lock)
    )
    return {PYPI.get(name, name): version for name, version in found.items()}


def make_image(builder, place):
    """Make Binder's environment in a folder, from the one that is kept outside the checkout.

    Parameters
    ----------
    builder : pathlib.Path
        A Python that has repo2docker.
    place : pathlib.Path
        Folder for the environment, ``env``, and for a copy of the kit, ``kit``.

    Returns
    -------
    dict of str to str
        Environment variables with which its ``python`` is the first on the path.
    """
    versions = builders_versions(builder)
    kept = _kept_environment(versions)
    shutil.copytree(kept, place / "env", symlinks=True)
    _see_kits_packages(place / "env")
    ignored = shutil.ignore_patterns(".venv", ".git", "__pycache__", "my-project", "*.egg-info")
    shutil.copytree(ROOT, place / "kit", ignore=ignored)
    variables = environment.surroundings() | {
        "PATH": f"{place / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(place / "env"),
        "HOME": str(place),
        "LOWRES_CACHE": str(KEPT / "binder-photos"),  # drawing them takes a minute
        "LOWRES_PROJECT": str(place / "my-project"),
    }
    pip(
        place / "env",
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--editable",
        place / "kit",
    )
    subprocess.run(
        [place / "kit" / "binder" / "postBuild"],
        cwd=place / "kit",
        env=variables,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return variables


def pip(home, *words):
    """Run pip in an environment; skip without a network, fail with pip's words otherwise."""
    done = subprocess.run(
        [home / "bin" / "python", "-m", "pip", *words],
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode and NO_NETWORK in environment.explain(done.stdout):
        pytest.skip("no network, and no environment of Binder's kept from an earlier run")
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def _kept_environment(versions):
    requirements = (ROOT / "binder" / "requirements.txt").read_text("utf-8")
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = project["dependencies"]
    key = (sorted(versions.items()), requirements, pins, needs, sys.version_info[:2])
    name = f"binder-{hashlib.sha256(repr(key).encode()).hexdigest()[:12]}"
    home = KEPT / name
    if home.exists():
        os.utime(home)
        return home
    # Made beside and renamed: two test runs, or one that was cut short, do no harm.
    draft = KEPT / f"{name}.{os.getpid()}"
    try:
        subprocess.run([sys.executable, "-m", "venv", draft], check=True, capture_output=True)
        lock = draft / "lock.txt"
        lock.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
        asked = [f"{name}=={versions[name]}" for name in ASKED]
        pip(draft, "install", *PATIENCE, "--only-binary=:all:", "--constraint", lock, *asked)
        _see_kits_packages(draft)
        # As Binder does it. The kit itself comes later, since it changes more often; PyTorch is
        # there, so its index, which not every network reaches, is not asked.
        ours = draft / "requirements.txt"
        kit = "\n".join(needs)
        index = f"--extra-index-url {environment.TORCH_INDEX}\n"
        ours.write_text(
            requirements.replace(index, "")
            .replace("--editable .", kit)
            .replace("../constraints.txt", str(ROOT / "constraints.txt"))
        )
        pip(draft, "install", *PATIENCE, "--requirement", ours)
        for old in KEPT.glob("binder-????????????"):  # of pins that nobody has any more
            if old.stat().st_mtime < time.time() - UNUSED_DAYS * 86400:
                shutil.rmtree(old, ignore_errors=True)
        draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return home


def _see_kits_packages(home):
    """Let an environment see the kit's packages, after its own."""
    site = next(home.glob("lib/python3*/site-packages"))
    ours = Path(importlib.util.find_spec("torch").origin).parents[1]
    (site / "zzz_kits_packages.pth").write_text(f"{ours}\n", "utf-8")
