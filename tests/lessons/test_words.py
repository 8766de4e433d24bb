"""What lessons say to people stands in TOML, a file a package, and nothing of it in Python."""

import ast
import re
import shutil
import tomllib
from importlib import import_module
from string import Formatter

import pytest

from lowres_kit.errors import KitError
from lowres_kit.runner.lessons import FOLDER
from lowres_kit.words import Words

PARTS = sorted(path.parent for path in (FOLDER / "parts").glob("*/words.toml"))
KIT = FOLDER.parent / "lowres_kit"

SPEAKERS = ("words", "_words")  # how the code calls its `Words`
WORD = re.compile(r"[^\W\d_]{3}")
# Where a word alone is shown to people; elsewhere it may be a name, and only two are a sentence.
SHOWN = {"title", "titles", "label", "xlabel", "ylabel", "description", "placeholder", "tooltip"}
SHOWS = {"set_title", "set_xlabel", "set_ylabel", "suptitle", "supxlabel", "supylabel", "text",
         "bar", "barh", "set_xticks", "set_yticks", "HTML", "print", "say"}  # fmt: skip
# What looks like a sentence and is none that is said.
DATA = {
    "Another problem",  # typed by the proof of the form
    "kind 1",  # a field of the form
    "Ask Amina about the last row.\n",  # a note from the field, planted among photos
    "copy of {}",  # a file's name, as a computer gives it
    "wide and slow", "fills both limits", "fast and large",  # networks that a check makes up
    "answered, wrong", "battery, panel",  # what a learner's function gives back, by its names
}  # fmt: skip


# ---- The scan


def modules(folder):
    """Yield the name and the tree of each module of a folder."""
    for path in sorted(folder.glob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def texts(file):
    """Key to text, of a file of words."""
    if not file.exists():
        return {}
    words = tomllib.loads(file.read_text(encoding="utf-8"))
    words.pop("glossary", None)  # the glossary is read whole, by nobody's key
    return dict(_flat(words))


def _flat(table, before=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def keys(node):
    """Yield a pattern for each key that a node writes; none where it is a variable."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        parts = (part.value if isinstance(part, ast.Constant) else None for part in node.values)
        yield "".join("[^.]+" if part is None else re.escape(part) for part in parts)
    elif isinstance(node, ast.IfExp):
        yield from [*keys(node.body), *keys(node.orelse)]


def sayings(tree):
    """Yield each call that says something: its line, a pattern of its key, names of its values."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            values = {keyword.arg for keyword in node.keywords}  # None stands for **
            if node.func.id in SPEAKERS and node.args:
                for key in keys(node.args[0]):
                    yield node.lineno, key, values
            elif node.func.id == "not_yet" and len(node.args) == 2:
                for key in keys(node.args[1]):  # of a table
                    yield node.lineno, rf"{key}\.text", values
                    yield node.lineno, rf"{key}\.hint", values


def asked(text):
    """Names of the values that a text asks for."""
    names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    return {re.split(r"[.[]", name)[0] for name in names}  # of "found[0]" and "found.shape", found


def lacking(text, values):
    """What a text asks for and its call does not give."""
    if not values:  # then nothing is filled in, and a brace is a brace
        return set(re.findall(r"\{([a-z_]+)[}:!]", text))
    return set() if None in values else asked(text) - values


def words_in(tree):
    """Yield the line and the text of each string of a module that looks like words for people."""
    not_ours, shown = set(not_for_people(tree)), set(for_people(tree))
    for node in ast.walk(tree):
        if node in not_ours:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [part for part in node.values if isinstance(part, ast.Constant)]
            not_ours.update(parts)  # they are seen here, as one
            text = "".join(part.value if part in parts else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        plain = re.sub("<[^>]*>", "", text)
        sentence = WORD.search(plain) and (node in shown or re.search(r"\s", plain))
        if sentence and text not in DATA:
            yield node.lineno, text


def not_for_people(tree):
    """Yield docstrings, complaints of a proof to the kit's makers, names that code writes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.keyword) and node.arg == "loc":
            yield from ast.walk(node)
        elif isinstance(node, ast.Assert) and node.msg:
            yield from ast.walk(node.msg)
        elif isinstance(node, ast.Raise) and "RuntimeError(" in ast.unparse(node):
            yield from ast.walk(node)
    for node in tree.body:  # a table of cases: a learner's answer names them
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield from node.value.keys


def for_people(tree):
    """Yield what stands in an argument that is shown, but for the keys of words."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        arguments = [keyword.value for keyword in node.keywords if keyword.arg in SHOWN]
        for argument in arguments + node.args * (name in SHOWS):
            yield from _but_keys(argument)


def _but_keys(node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SPEAKERS:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _but_keys(child)


def complaints(folder, python=True):
    """Say what is wrong with the words of a package.

    A key that only a variable holds is beyond this scan; the lessons' own tests hear what those
    calls say.
    """
    english, found, written = texts(folder / "words.toml"), [], set()
    for name, tree in modules(folder):
        written.update(pattern for node in ast.walk(tree) for pattern in keys(node))
        for line, pattern, values in sayings(tree):
            said = [key for key in english if re.fullmatch(pattern, key)]
            if not said and not pattern.endswith(r"\.hint"):
                found.append(f"{name}:{line}: there is no text {pattern}")
            found += [f"{name}:{line}: {key} lacks {lack}"
                      for key in said for lack in lacking(english[key], values)]  # fmt: skip
        if python:
            found += [f"{name}:{line}: words in Python: {text}" for line, text in words_in(tree)]
    some_key = re.compile(rf"({'|'.join(sorted(written))})(\.text|\.hint)?")
    found += [f"{key} is never said" for key in english if not some_key.fullmatch(key)]
    for edition in sorted(folder.glob("words.*.toml")):
        for key, text in texts(edition).items():
            if key not in english:
                found.append(f"{edition.name}: {key} is never said")
            elif more := asked(text) - asked(english[key]):
                found.append(f"{edition.name}: {key} asks for {', '.join(sorted(more))}")
    return found


@pytest.mark.parametrize("folder", PARTS, ids=lambda path: path.name)
def test_all_that_a_lesson_says_stands_in_its_words(folder):
    assert complaints(folder) == []


@pytest.mark.parametrize("room", ["workshop", "scope"])
def test_all_that_a_room_says_to_learners_is_there(room):
    assert complaints(KIT / room, python=False) == []


BROKEN = """
from lowres_kit.words import Words
words = Words(__package__)
def check(answer, case):
    if answer == 1:
        return not_yet(words, "mask.shape", mask=answer)
    if answer == 2:
        return not_yet(words, "mask.sign")
    if answer == 3:
        return words(f"because.{case}")
    slip = {4: "slip.four"}[answer]
    return words("right") if answer == 5 else words("wrnog" if case else "wrong", case=case)
"""
WORDS = """
right = "Right, {share:.0%}."
wrong = "Wrong: {case}, `{{1, 2}}`."
unsaid = "Nobody says this."
[mask.shape]
text = "the mask has {mask[0]}."
hint = "The weights have {weights}."
[because]
leaf = "Think of a leaf: `{1, 2}`."
[slip]
four = "Four."
"""


def test_the_scan_sees_what_is_wrong(tmp_path):
    (tmp_path / "checks.py").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "words.toml").write_text(WORDS, encoding="utf-8")
    edition = 'wrong = "Baya: {kesi}"\nmaks = ""'
    (tmp_path / "words.sw.toml").write_text(edition, encoding="utf-8")
    assert complaints(tmp_path) == [
        "checks.py:6: mask.shape.hint lacks weights",
        r"checks.py:8: there is no text mask\.sign\.text",
        "checks.py:12: right lacks share",
        "checks.py:12: there is no text wrnog",
        "unsaid is never said",
        "words.sw.toml: wrong asks for kesi",
        "words.sw.toml: maks is never said",
    ]


@pytest.mark.parametrize(
    "code",
    [
        'not_yet("it is not the mean.", hint="Divide.")',
        'axis.set(xlabel="accuracy")',
        'axis.set_title(f"accuracy {share:.0%}")',
        'axis.plot(x, y, label="model")',
        'axis.legend(["with labels", *rest], loc="best")',
        'for level, said in ((1, "with all labels"), (2, 3)): axis.text(0, level, said)',
        'widgets.Button(description="Back")',
        'form.value = f"<b>Written</b> on {day}"',
        'say("simulated")',
        'raise KitError("There are too few photos.")',
        'CASES = {"tank": (True, "Read again.")}',
    ],
)
def test_the_scan_sees_words_in_python(code):
    assert len(list(words_in(ast.parse(code)))) >= 1


@pytest.mark.parametrize(
    "code",
    [
        '"""Checks of the exercises."""',
        'axis.legend(loc="upper left", title=words("legend.title"))',
        'axis.set_title(words(f"leak.{what}"), color="black")',
        'CASES = {"health post": "has_examples"}',
        'assert button.disabled, "it can be pressed"',
        'raise RuntimeError("A button does nothing.")',
        "box.value = f\"<b style='color: red'>{name}</b>\"",
        'name.replace(" ", "_")',
    ],
)
def test_what_is_for_the_code_may_stand_there(code):
    assert list(words_in(ast.parse(code))) == []


# ---- An edition


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make a package of the lesson Welcome's code, with other words beside its own."""

    def make(name, **files):
        shutil.copytree(FOLDER / "parts" / "welcome", tmp_path / name)
        for file, text in files.items():
            (tmp_path / name / f"{file.replace('_', '.')}.toml").write_text(text, encoding="utf-8")
        return name

    monkeypatch.syspath_prepend(tmp_path)
    return make


def count(answers, truth):
    return sum(answer == true for answer, true in zip(answers, truth, strict=True))


def test_an_edition_changes_no_code(package, monkeypatch):
    edition = '[accuracy]\nright = "Sawa."\n[accuracy.count]\ntext = "{found} ni idadi."'
    check = import_module(f"{package('welcome_in_swahili', words_sw=edition)}.checks")
    english = "it gives 6: that is how many are right, not the share."
    assert check.accuracy(count).text == english
    monkeypatch.setenv("LOWRES_LANGUAGE", "sw")
    assert check.accuracy(count).text == "6 ni idadi."
    assert check.accuracy(lambda answers, truth: count(answers, truth) / len(truth)).text == "Sawa."
    # What it lacks is said in English: a hint, a verdict, the words of the workshop.
    assert check.accuracy(count).hint == "Divide by how many answers there are: `/ len(truth)`."
    assert check.accuracy(lambda answers, truth: "6").text.startswith("it gives a list or a text")
    assert str(check.accuracy(lambda answers, truth: None)).startswith(
        "Exercise 1. Not yet: your function gives nothing back."
    )


@pytest.mark.parametrize(
    ("text", "values", "told"),
    [
        ('other = "…"', {}, "have no text 'mask'; add it"),
        ('mask = {shape = "…"}', {}, "have no text 'mask'; add it"),
        ('mask = "has {shape}"', {"size": 4}, "'mask' of .* with size .KeyError: 'shape'"),
        ('mask = "has {0}"', {"size": 4}, "'mask' of .* correct what stands in its braces"),
        ('mask = "has {size:.0%}"', {"size": "4"}, "'mask' of .* with size .ValueError"),
        ('mask = "has {size"', {"size": 4}, "'mask' of .* with size .ValueError"),
        ('mask = "has {size.x}"', {"size": 4}, "'mask' of .* with size .AttributeError"),
        ('mask = "', {}, "words.toml of .* cannot be read"),
    ],
)
def test_a_text_that_cannot_be_said_is_told_in_a_sentence(package, request, text, values, told):
    name = re.sub(r"\W", "_", request.node.name)
    with pytest.raises(KitError, match=told):
        Words(package(name, words=text))("mask", **values)


def test_a_text_may_have_any_value_and_braces_of_its_own(package):
    words = Words(package("any_value", words='case = "{key} in {words}, {self}: {{1, 2}}"'))
    assert words("case", key="a", words="b", self="c") == "a in b, c: {1, 2}"
    words = Words(package("no_value", words='case = "{1, 2}"'))
    assert words("case") == "{1, 2}"
