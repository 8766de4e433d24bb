"""What all tests share: places of their own, the real photos, the order, and where time goes."""

import os
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["where_time_goes", "passed_before"]

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

if os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") != "1":
    # Tests that compute at once take one thread each, or their threads wait for one another.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
# No test asserts a time, so neither does hypothesis: an emulated Pi may be running beside it.
settings.register_profile("kit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kit")

ROOT = Path(__file__).resolve().parents[1]
# The emulated Pi comes first, since it takes longest and other tests run beside it (start.py test).
# Of the others the quick ones come next, so that one that fails is seen early. The lessons come
# last, two at a time: then no long file is left for one worker alone.
LONG = ("test_real_photos", "test_one_thread")
LAST = ("setup", "browser", "lessons")


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


@pytest.fixture
def kit_style():
    """The kit's look for a test's plots, which are closed after it."""
    import matplotlib.pyplot as plt

    from lowres_kit import plotting

    plotting.apply_style()
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def real_beans():
    """Folder of the real bean photos (a sub-folder a class); skips where they are not."""
    named = os.environ.get("LOWRES_REAL_BEANS")
    folder = Path(named) if named else ROOT.parent / "shared" / "data" / "beans" / "train"
    if not folder.is_dir():
        pytest.skip("no real bean photos here; name their folder with LOWRES_REAL_BEANS")
    return folder


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Two tests at a time where the memory is enough for two lessons and an emulated Pi."""
    return 2 if psutil.virtual_memory().total > 7e9 else 1


class _ByFile(LoadFileScheduling):
    """A file's tests stay together; so do all of the emulated Pi, which share a costly card.

    The lessons' runs do not: each goes to whoever is free.
    """

    def _split_scope(self, nodeid):
        if "::test_its_run" in nodeid:
            return nodeid
        return "pi" if nodeid.startswith("tests/pi/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Say which tests are given to the same worker."""
    return _ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Keep the machine for a test marked "alone": it measures by the clock, or takes both cores."""
    if fcntl is None or not hasattr(item.config, "workerinput"):
        return (yield)
    how = fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH
    # Any two files will do that both workers have and that stay.
    with open(ROOT / "start.py") as gate, open(ROOT / "pyproject.toml") as machine:
        # Who waits at the machine holds the gate, so that no other test slips in before.
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(machine, how)
        fcntl.flock(gate, fcntl.LOCK_UN)
        return (yield)


def pytest_collection_modifyitems(items):
    """Run the tests room by room: the emulated Pi first, the lessons last."""

    def place(item):
        room = item.path.relative_to(ROOT / "tests").parts[0]
        if item.path.stem in LONG:
            return 1
        if room == "pi":  # the labs have the machine, so the card is built quickest there
            return -2 if item.path.stem == "test_labs" else -1
        return LAST.index(room) + 2 if room in LAST else 0

    items.sort(key=place)
