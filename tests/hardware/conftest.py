"""What tests of this room share: the demonstration pack and photos that the card has."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo():
    """Folder with pack.zip and photos/CLASS/*.png."""
    return Path(__file__).resolve().parents[2] / "hardware" / "demo"
