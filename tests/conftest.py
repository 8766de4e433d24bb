"""What all tests share: places of their own, the real photos, and the order (lessons last)."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Rooms whose tests take long come last, so that a quick test that fails is seen first.
LAST = ("pi", "setup", "browser", "lessons")


@pytest.fixture(scope="session", autouse=True)
def own_places(tmp_path_factory):
    """Keep tests out of the learner's project folder and, unless it is named, out of the cache."""
    own = {"LOWRES_PROJECT": str(tmp_path_factory.mktemp("project"))}
    if "LOWRES_CACHE" not in os.environ:
        own["LOWRES_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    yield
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def real_beans():
    """Folder of the real bean photos (a sub-folder a class); skips where they are not."""
    named = os.environ.get("LOWRES_REAL_BEANS")
    folder = Path(named) if named else ROOT.parent / "shared" / "data" / "beans" / "train"
    if not folder.is_dir():
        pytest.skip("no real bean photos here; name their folder with LOWRES_REAL_BEANS")
    return folder


def pytest_collection_modifyitems(items):
    """Run the tests room by room, the long ones last."""
    def place(item):
        room = item.path.relative_to(ROOT / "tests").parts[0]
        return LAST.index(room) + 1 if room in LAST else 0

    items.sort(key=place)
