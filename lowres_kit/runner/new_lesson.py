"""Begin a lesson: a notebook, its parts and their tests, small and whole, that the runner passes.

The files of the folder ``template`` are the least that keeps every rule of the lesson guide. The
author replaces their content piece by piece; the runner says at each step what is missing.
"""

import re
from pathlib import Path

from ..errors import KitError
from ..places import write_text
from .lessons import FOLDER, PARTS, lessons, name_of, read_lesson
from .refresh import refresh

TEMPLATE = Path(__file__).parent / "template"
NAME = re.compile(r"\d\d(-[a-z0-9]+)+")


def new_lesson(name, folder=FOLDER):
    """Write the files of a new lesson and run it once, so that its outputs are stored.

    Parameters
    ----------
    name : str
        Number and title as its file is called, such as ``"19-some-title"``. The first digit says
        the part (`PARTS`), the rest leaves room.
    folder : pathlib.Path
        The folder of lessons, in the kit's own tree.

    Returns
    -------
    list of pathlib.Path
        The files: the notebook, its checks, words and quiz, and the test of its parts.

    Raises
    ------
    KitError
        If the name is none, its number or title is taken, or the lesson does not run.
    """
    folder = Path(folder)
    notebook = folder / f"{name}.ipynb"
    title = name[3:].replace("-", " ").capitalize()
    files = {
        "lesson.ipynb": notebook,
        **{
            source: folder / "parts" / name_of(notebook) / target
            for source, target in (
                ("checks.txt", "checks.py"),
                ("words.toml", "words.toml"),
                ("quiz.toml", "quiz.toml"),
            )
        },
        "test_lesson.txt": folder.parent / "tests/lessons" / f"test_lesson_{name_of(notebook)}.py",
    }
    _refuse(name, title, folder, files.values())
    told = {"NAME": name_of(notebook), "TITLE": title, "NUMBER": name[:2], "PART": PARTS[name[0]]}
    for source, target in files.items():
        text = (TEMPLATE / source).read_text(encoding="utf-8")
        for word, value in told.items():
            text = re.sub(rf"\b{word}\b", value, text)
        write_text(target, text)
    refresh(read_lesson(notebook))
    return list(files.values())


def _refuse(name, title, folder, files):
    if not NAME.fullmatch(name):
        raise KitError(
            f"'{name}' is no name of a lesson: two digits and small letters with hyphens are "
            "wanted, such as 19-some-title."
        )
    if name[0] not in PARTS:
        raise KitError(
            f"No part begins with {name[0]}; there are "
            f"{', '.join(f'{digit}x {part}' for digit, part in PARTS.items())}."
        )
    for lesson in lessons(folder=folder):
        if lesson.number == name[:2] or lesson.title.lower() == title.lower():
            raise KitError(
                f"{lesson.number} {lesson.title} is there already; choose another number and title."
            )
    for file in files:
        if file.exists():
            raise KitError(f"{file.name} is there already in {file.parent.name}; nothing changed.")
