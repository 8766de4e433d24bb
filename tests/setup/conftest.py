"""Small kits to set up."""

import shutil

import pytest
from small_kit import SmallKit, make_wheels


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder of tiny wheels, and the pins that fit them."""
    folder = tmp_path_factory.mktemp("bundle") / "wheels"
    return folder, make_wheels(folder)


@pytest.fixture
def kit(tmp_path, wheels):
    """A kit never set up, in a folder whose name has a space and letters of other scripts."""
    return SmallKit.make(tmp_path / "mein Kit é 豆", *wheels)


@pytest.fixture(scope="session")
def set_up_once(tmp_path_factory, wheels):
    """A kit that is set up, for tests to copy."""
    kit = SmallKit.make(tmp_path_factory.mktemp("ready") / "kit", *wheels)
    code, said = kit.set_up()
    assert code == 0, said
    return kit


@pytest.fixture
def ready_kit(set_up_once):
    """A kit that is set up; what the test breaks is put right for the next."""
    saved = set_up_once.folder.with_name("saved")
    shutil.copytree(set_up_once.folder, saved, symlinks=True)
    yield set_up_once
    shutil.rmtree(set_up_once.folder, ignore_errors=True)
    saved.rename(set_up_once.folder)
