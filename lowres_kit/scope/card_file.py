"""The scope card as a TOML file that a person reads and edits."""

import re
import tomllib

from ..errors import KitError
from .fields import BY_NAME, ERROR_KEYS, FIELDS, SECTIONS, did_you_mean, faults_of, words


def to_toml(scope):
    """Write a card as TOML, with the question as a comment above each line.

    Parameters
    ----------
    scope : Scope
        The card.

    Returns
    -------
    str
        The text of the file.
    """
    parts = [_comment(words("file.head"))]
    for section in SECTIONS:
        if section:
            parts.append(f"\n# {words(f'section.{section}')}\n[{section}]\n")
        parts += [
            _line(field.question, field.name, getattr(scope, field.name))
            for field in FIELDS
            if field.section == section and getattr(scope, field.name) is not None
        ]
    parts.append(f"\n{_comment(words('file.errors'))}")
    for error in scope.errors:
        parts.append("[[errors]]\n")
        parts += [
            _line("", key, getattr(error, key))
            for key in ERROR_KEYS
            if getattr(error, key) is not None
        ]
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


def _comment(text):
    return "".join(f"# {line}\n" for line in text.splitlines())


def _line(question, name, value):
    import tomli_w  # only needed where a card is written: a Pi that reads one does without

    if isinstance(value, tuple):
        line = f"{name} = [{', '.join(_toml(tomli_w, one) for one in value)}]\n"
    else:
        line = f"{name} = {_toml(tomli_w, value)}\n"
    return f"\n# {question}\n{line}" if question else line


def _toml(tomli_w, value):
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)  # a person would write 4000, not 4000.0
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


def read(path):
    """Read the values of a card from its file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict
        As `Scope.values` gives them; whole and checked.

    Raises
    ------
    KitError
        Which line or key is wrong, and the way out.
    """
    text = _text(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise KitError(
            f'{path.name} cannot be read: {problem}. Put texts in straight "quotes" and write '
            "numbers with a point, such as 0.9."
        ) from None
    values, wrong = _flatten(tables, text)
    wrong += [
        _place(text, fault.section, fault.key, fault.block) + f"{fault.key} {fault.text}"
        for fault in faults_of(values)
        # A wrong block is told once: the unknown key, not also what it leaves missing.
        if not any(f"Did you mean {fault.key!r}" in told for told in wrong)
    ]
    if wrong:
        several = f" has {len(wrong)} faults" if len(wrong) > 1 else ""
        raise KitError(f"{path.name}{several}: " + " | ".join(wrong))
    return values


def _text(path):
    try:
        return path.read_bytes().decode("utf-8-sig")  # Notepad may put a mark at the start
    except UnicodeDecodeError:
        raise KitError(f"{path.name} is not UTF-8 text; save it as UTF-8 in your editor.") from None
    except FileNotFoundError:
        raise KitError(
            f"There is no scope card {path.name} in {path.parent.name or 'this folder'}; "
            "the lesson Scope the problem writes one, and so does: lowres scope show"
        ) from None
    except OSError as problem:
        raise KitError(f"{path.name} cannot be opened: {problem.strerror or problem}.") from None


def _flatten(tables, text):
    """Take the tables of the file apart; return the values and what nobody knows."""
    values, wrong = {"errors": tables.get("errors")}, []
    for section in SECTIONS:
        table = tables if not section else tables.get(section, {})
        if not isinstance(table, dict):
            wrong.append(_place(text, "", section) + f"[{section}] must be a table.")
            continue
        for key, value in table.items():
            if not section and key in (*SECTIONS, "errors"):
                continue
            if key in BY_NAME and BY_NAME[key].section == section:
                values[key] = tuple(value) if isinstance(value, list) else value
            else:
                wrong.append(_place(text, section, key) + _stranger(key, section))
    wrong += _strange_error_keys(values["errors"], text)
    return values, wrong


def _strange_error_keys(errors, text):
    blocks = errors if isinstance(errors, list) else []
    return [
        _place(text, "errors", key, number) + _unknown(key, ERROR_KEYS)
        for number, block in enumerate(blocks, start=1)
        if isinstance(block, dict)
        for key in block
        if key not in ERROR_KEYS
    ]


def _stranger(key, section):
    """Say what to do with a key that stands where nobody reads it."""
    if key in BY_NAME:
        home = BY_NAME[key].section
        return f"{key!r} belongs {f'under [{home}]' if home else 'at the top of the file'}."
    return _unknown(key, [*BY_NAME, *filter(None, SECTIONS), "errors"])


def _unknown(key, known):
    return f"unknown key {key!r}.{did_you_mean(key, known)}"


def _place(text, section, key, block=0):
    """Find the line of a key, for a message; an empty text where the key is not written.

    A plain search is enough here: the TOML is already known to be valid, and a wrong guess
    inside a text of several lines would only name a neighbouring line.
    """
    here, blocks = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([\w-]+)\s*\]+", line)
        if header:
            here = header[1]
            blocks += here == "errors"
        named = re.match(r"""\s*["']?([^"'=]*?)["']?\s*=""", line) or header
        right_block = section != "errors" or not block or blocks == block
        if named and named[1] == key and (here == section or header) and right_block:
            return f"line {number}: "
    return ""
