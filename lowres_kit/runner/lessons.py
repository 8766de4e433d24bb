"""What the lessons say of themselves, and what is made from it: box, lesson table, glossary."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..errors import KitError

FOLDER = Path(__file__).resolve().parents[2] / "lessons"
# The first digit of a lesson's number says its part; the second leaves room.
PARTS = {
    "0": "Decide",
    "1": "Learn from little",
    "2": "Make it small",
    "3": "Take it to the field",
    "4": "Keep it honest",
    "5": "Capstones",
}
START, END = "<!-- lessons -->", "<!-- /lessons -->"


@dataclass(frozen=True)
class Lesson:
    """One lesson, by its notebook's metadata.

    Attributes
    ----------
    path : pathlib.Path
        The notebook.
    number, title, part, question : str
        ``"11"``, ``"Transfer learning"``, ``"Learn from little"``, and what it answers.
    objectives : tuple of str
        Each begins with a verb that one can test.
    minutes : dict of str to int
        ``read`` and ``do``.
    needs : tuple of str
        Names (see `name`) of the lessons that come before.
    costs : dict of str to int
        ``seconds`` of one core and ``peak_mb`` of a run in the quick profile; the runner holds
        them.
    """

    path: Path
    number: str
    title: str
    part: str
    question: str
    objectives: tuple
    minutes: dict
    needs: tuple
    costs: dict

    @property
    def name(self):
        """What the lesson teaches, as its parts are called: ``"transfer_learning"``."""
        return name_of(self.path)

    @property
    def parts(self):
        """Folder with what belongs to this lesson alone."""
        return self.path.parent / "parts" / self.name


def name_of(path):
    """Read a lesson's name from its file: ``11-transfer-learning.ipynb`` is transfer_learning."""
    return Path(path).stem.partition("-")[2].replace("-", "_")


def read_lesson(path):
    """Read a lesson's metadata from its notebook.

    Raises
    ------
    KitError
        If the notebook cannot be read or lacks an entry.
    """
    path = Path(path)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))["metadata"]["lowres_kit"]
        return Lesson(
            path,
            raw["number"],
            raw["title"],
            raw["part"],
            raw["question"],
            tuple(raw["objectives"]),
            raw["minutes"],
            tuple(raw["needs"]),
            raw["costs"],
        )
    except OSError as error:
        raise KitError(f"The lesson {path.name} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise KitError(
            f"The notebook {path.name} lacks the kit's metadata ({error!r}); "
            "take the lesson anew from the kit."
        ) from None


def lessons(numbers=(), folder=FOLDER):
    """Find the lessons.

    Parameters
    ----------
    numbers : sequence of str
        Which ones, such as ``["00", "transfer_learning"]``; all if empty.
    folder : pathlib.Path
        Where they are.

    Returns
    -------
    list of Lesson
        By number.

    Raises
    ------
    KitError
        If one of the numbers is not there.
    """
    found = {path.name[:2]: path for path in sorted(Path(folder).glob("[0-9][0-9]-*.ipynb"))}
    by_name = {name_of(path): number for number, path in found.items()}
    chosen = [by_name.get(number.replace("-", "_"), number.zfill(2)) for number in numbers]
    for number, asked in zip(chosen, numbers):
        if number not in found:
            raise KitError(f"There is no lesson {asked}; there are {', '.join(found)}.")
    return [read_lesson(found[number]) for number in sorted(set(chosen or found))]


def box(lesson):
    """Write the box at the top of a lesson, from its metadata.

    Parameters
    ----------
    lesson : Lesson
        The lesson.

    Returns
    -------
    str
        Markdown.
    """
    read, do = lesson.minutes["read"], lesson.minutes["do"]
    before = {one.name: one for one in lessons(folder=lesson.path.parent)}
    needs = ", ".join(link(before[name]) for name in lesson.needs if name in before) or "nothing"
    goals = "".join(
        f">\n> - {goal}" if i == 0 else f"\n> - {goal}" for i, goal in enumerate(lesson.objectives)
    )
    return (
        f"> **{lesson.question}**\n>\n> After this lesson you can\n{goals}\n>\n"
        f"> **Time:** {read} minutes to read, {do} to do. **Needs:** {needs}.\n>\n"
        f"> **Costs here:** at most {lesson.costs['seconds']} seconds on one core "
        f"(two are faster), {lesson.costs['peak_mb']} MB of memory; downloads: none."
    )


def link(lesson, folder=""):
    """Name a lesson by its title, with a link: lessons move, titles stay."""
    return f"[{lesson.title}]({folder}{lesson.path.name})"


def lesson_table(chosen=None):
    """Write the table of lessons for the README, from their metadata.

    Parameters
    ----------
    chosen : sequence of Lesson, optional
        The lessons; all if not given.

    Returns
    -------
    str
        Markdown.
    """
    lines = ["| part | lesson | question | minutes |", "|---|---|---|---|"]
    before = None
    for lesson in lessons() if chosen is None else chosen:
        part = "" if lesson.part == before else lesson.part
        before = lesson.part
        link = f"[{lesson.number} {lesson.title}](lessons/{lesson.path.name})"
        minutes = sum(lesson.minutes.values())
        lines.append(f"| {part} | {link} | {lesson.question} | {minutes} |")
    return "\n".join(lines)


def with_table(text, table):
    """Put the table between the two marks of the README's text.

    Raises
    ------
    KitError
        If the marks are not there.
    """
    head, start, rest = text.partition(START)
    _, end, tail = rest.partition(END)
    if not start or not end:
        raise KitError(f"The README lacks the marks {START} and {END}.")
    return f"{head}{START}\n{table}\n{END}{tail}"


def glossary(folder=FOLDER):
    """Read the glossary, to which each lesson's words add: term to meaning, by the alphabet.

    Returns
    -------
    dict of str to str
    """
    terms = {}
    for file in sorted(Path(folder).glob("parts/*/words.toml")):
        terms |= tomllib.loads(file.read_text(encoding="utf-8")).get("glossary", {})
    return dict(sorted(terms.items(), key=lambda item: item[0].lower()))
