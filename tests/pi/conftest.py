"""The card image, built from what is checked out, and started in QEMU."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "hardware/image"), str(ROOT / "hardware/emulator")]

NEEDED = ("qemu-system-aarch64", "qemu-io", "nbdkit", "mcopy", "mmd")
NIGHTLY = os.environ.get("LOWRES_NIGHTLY") == "1"
_told = []  # boards that did not come up, said once


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Say in one sentence that a board did not come up; tests that share it are skipped by that."""
    from pi import SilentBoard

    report = yield
    trouble = call.excinfo.value if call.excinfo else None
    if isinstance(trouble, SilentBoard):
        report.longrepr = str(trouble)
        if trouble in _told:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1], f"Skipped: {trouble}")
        _told.append(trouble)
    return report


@pytest.fixture(scope="session")
def card(tmp_path_factory):
    """The folder that build.py fills: card.img, tree.txt, packages.json."""
    import build
    import layers

    missing = [name for name in NEEDED if not shutil.which(name)]
    try:
        if missing:
            raise layers.BuildError(f"{missing[0]} is missing; see hardware/README.md")
        build.check_tools()
    except layers.BuildError as error:
        # Where all must be proven, a missing emulator is a fault of the machine's set-up.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))
    out = tmp_path_factory.mktemp("card")
    build.build(out, layers.PUBLIC, build.cache_folder(), compress=NIGHTLY)
    yield out
    shutil.rmtree(out)


@pytest.fixture
def place(tmp_path):
    """A folder for copies of the card, which are large: emptied after the test."""
    yield tmp_path
    for path in tmp_path.glob("*.img"):
        path.unlink()
