"""The pages of the Python interface can be built, and are complete without a network."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Folder of the built pages; any warning of the builder stops it."""
    if importlib.util.find_spec("pdoc") is None:
        pytest.skip("the extra docs is not installed")
    folder = tmp_path_factory.mktemp("api")
    command = [sys.executable, ROOT / "docs" / "build_api.py", folder]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-2000:]
    return folder


def test_each_module_has_a_page(pages):
    import lowres_kit

    modules = [path.relative_to(ROOT) for path in Path(lowres_kit.__path__[0]).rglob("*.py")]
    modules = [path for path in modules if "guard" not in path.parts]
    wanted = {
        (path.parent if path.stem == "__init__" else path).with_suffix(".html") for path in modules
    }
    assert wanted <= {path.relative_to(pages) for path in pages.rglob("*.html")}


@pytest.mark.parametrize("room", ["scope", "data", "learn", "shrink", "field", "workshop"])
def test_public_names_of_a_room_are_on_its_page(pages, room):
    """They load when somebody asks for them, so the builder must ask."""
    public = importlib.import_module(f"lowres_kit.{room}").__all__
    page = (pages / "lowres_kit" / f"{room}.html").read_text("utf-8")
    assert public and [name for name in public if f'id="{name}"' not in page] == []


def test_parameters_are_read_from_the_docstrings(pages):
    page = (pages / "lowres_kit" / "shrink.html").read_text("utf-8")
    assert re.search(r"<h6[^>]*>Parameters</h6>", page) and re.search(r"<h6[^>]*>Raises</h6>", page)


def test_the_pages_load_nothing_from_elsewhere(pages):
    for page in pages.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(
            r"""<(script|link|img)[^>]+(src|href)=["']https?://(?!localhost)""", text
        )
