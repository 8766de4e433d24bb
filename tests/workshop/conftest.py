"""What the tests of plots share."""

import pytest


@pytest.fixture
def kit_style():
    """The kit's look for a test's plots, which are closed after it."""
    import matplotlib.pyplot as plt

    from lowres_kit import plotting

    plotting.apply_style()
    yield
    plt.close("all")
