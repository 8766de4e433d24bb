"""Links to lessons: each leads to a lesson that exists, by its title; no text counts lessons."""

import json
import re
from pathlib import Path

from .lessons import lessons

TEXTS = ("*.md", "docs/*.md", "hardware/**/*.md", "datasets/**/*.md", "benchmarks/**/*.md")
NOTEBOOKS = ("lessons/*.ipynb", "hardware/labs/*.ipynb")
WORDS = ("lessons/parts/*/*.toml",)
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#]+\.ipynb)(?:#[^)]*)?\)")
COUNTED = re.compile(r"\b[Ll]essons? \d\d?\b")


def broken_links(root):
    """Check every text of the kit that people read.

    Parameters
    ----------
    root : pathlib.Path
        The kit's folder.

    Returns
    -------
    list of str
        What is to mend, one sentence each; empty if all is well.
    """
    titles = {lesson.path.resolve(): lesson.title for lesson in lessons(folder=root / "lessons")}
    found = []
    for pattern in (*TEXTS, *NOTEBOOKS, *WORDS):
        for path in sorted(Path(root).glob(pattern)):
            where = path.relative_to(root).as_posix()
            found += [f"{where}: {complaint}" for complaint in _complaints(path, titles)]
    return found


def _complaints(path, titles):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    for counted in COUNTED.findall(text):
        yield f"'{counted}' names a lesson by its number; give its title, with a link."
    for name, target in LINK.findall(text):
        if "://" in target:
            continue
        place = (path.parent / target).resolve()
        if not place.exists():
            yield f"the link [{name}]({target}) leads to nothing; `lowres lessons table` lists all."
        elif titles.get(place, name) != re.sub(r"^\d\d ", "", name):
            yield f"the link [{name}]({target}) leads to the lesson '{titles[place]}'; call it so."
