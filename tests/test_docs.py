"""Pages for contributors lead where they say: links, paths in code marks, the picture, citation."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "hardware").glob("**/*.md"),
    *(ROOT / ".github").glob("**/*.md"),
]
# Examples, what commands make, and what a learner or a device has.
NOT_HERE = re.compile(r"NN|NAME|<|some.title|my-|build/|wheels|results")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def without_examples(text):
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


@each_page
def test_its_links_lead_somewhere(page):
    text = without_examples(page.read_text("utf-8"))
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize(
    "page",
    ["CONTRIBUTING.md", *(f"docs/{name}.md" for name in ("architecture", "lesson-guide"))]
    + [f"docs/add-a-{what}.md" for what in ("lesson", "data-set", "layer", "board")],
)
def test_its_paths_are_there(page):
    """A folder that was renamed would leave a stranger with a wrong answer."""
    text = without_examples((ROOT / page).read_text("utf-8"))
    paths = [word for word in re.findall(r"`([\w./<>-]+)`", text) if "/" in word]
    assert paths
    missing = [path for path in paths if not NOT_HERE.search(path) and not (ROOT / path).exists()]
    assert missing == []


def test_the_picture_is_the_one_that_its_program_draws():
    spec = importlib.util.spec_from_file_location("draw", ROOT / "docs" / "draw_architecture.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    assert program.FILE.read_text("utf-8") == program.draw()
    for room in program.WAY:
        assert (ROOT / "lowres_kit" / room / "__init__.py").exists()


def test_binders_address_is_in_one_place_and_opens_a_lesson():
    text = (ROOT / "README.md").read_text("utf-8")
    addresses = re.findall(r"https://mybinder\.org/v2/\S+", text)
    assert len(addresses) == 1
    assert (ROOT / addresses[0].partition("urlpath=lab/tree/")[2]).is_file()


def test_the_citation_is_whole_and_of_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert cited["version"] == version[1]
    assert f"## [{version[1]}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("path", [*(ROOT / ".github").rglob("*.yml")], ids=lambda path: path.name)
def test_forms_and_workflows_can_be_read(path):
    found = yaml.safe_load(path.read_text("utf-8"))
    if path.parent.name == "ISSUE_TEMPLATE" and path.stem != "config":
        assert {"name", "description", "body"} <= set(found)
    if path.parent.name == "workflows":
        assert all("timeout-minutes" in job for job in found["jobs"].values())
        assert ".ci/run" in path.read_text("utf-8")
