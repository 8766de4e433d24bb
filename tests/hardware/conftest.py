"""What tests of this room share: the demonstration pack and photos that the card has."""

import sys
from pathlib import Path

import pytest

# The labs import their helpers from their own folder, as Jupyter starts them there.
sys.path.append(str(Path(__file__).resolve().parents[2] / "hardware" / "labs"))


@pytest.fixture(scope="session")
def demo():
    """Folder with pack.zip and photos/CLASS/*.png."""
    return Path(__file__).resolve().parents[2] / "hardware" / "demo"
