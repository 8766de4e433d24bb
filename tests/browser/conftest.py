"""A real JupyterLab, a real Chromium."""

import os

import pytest
from devtools import NAMES, Chromium, find_chromium
from jupyter import Lab

from setup_kit import environment


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    if not environment.PYTHON.exists():
        pytest.skip("JupyterLab is started from .venv, which is not there: python3 start.py setup")
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    program = find_chromium()
    if program is None:
        said = f"none of {', '.join(NAMES)} is installed"
        # Where all must be proven, a missing browser is a fault of the machine's set-up.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(said)
    chromium = Chromium(program, tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.close()


@pytest.fixture
def page(chromium):
    page = chromium.open()
    yield page
    page.close()
