"""What `lint` asks of each cell: tags, length, outputs, pictures, words, and what is forbidden."""

import json
import re

from .lessons import glossary

COMPARED, IGNORED = "nbval-check-output", "nbval-ignore-output"
ROLES = {"box", "parameters", "widget", "exercise", "check", "solution", "quiz"}
TAGS = ROLES | {COMPARED, IGNORED, "nbval-skip"}
LONG, LONGEST = 15, 24  # lines of code in a cell: seldom more than the first, never than the second
SELDOM = 1 / 5  # of the code cells may be long
WIDEST = 100  # characters in a line of code
LARGEST_OUTPUT = 200_000  # bytes

FORBIDDEN = (
    (r"\b(pip|conda|apt(-get)?)\s+install\b", "it installs something; the environment has it all"),
    (r"^\s*[!%]", "it calls a shell or a magic command, which differs by system; write Python"),
    (
        r"\b(urlopen|urlretrieve|wget|curl|requests\.(get|post)|fetch_openml)\b|https?://",
        "it asks the network; use data that ship with the kit",
    ),
    (r"\bsys\.path\b", "it changes sys.path; put what is shared into lowres_lessons"),
    (r"\bos\.chdir\b", "it changes the folder; give the path instead"),
    (
        r"""["'](/[A-Za-z]|~[/\\]|[A-Za-z]:[/\\])""",
        "it names a place of one computer; use a path below the project folder",
    ),
)
PLACE = re.compile(r"(Posix|Windows)Path\(|/(home|Users|root|tmp|work|mnt)/|[A-Z]:\\+Users")
BANNED = re.compile(r"\b(simply|just|obviously)\b", re.IGNORECASE)


def banned_words(text):
    """Find the words that tell a reader who struggles that the matter is easy."""
    return sorted({word.lower() for word in BANNED.findall(text)})


def _words(notebook, lesson):
    for position, cell in enumerate(notebook.cells, 1):
        for word in banned_words(cell.source):
            yield position, f"the word '{word}' helps nobody; leave it out."


def _tags(notebook, lesson):
    for position, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        for tag in sorted(set(tags) - TAGS):
            yield position, f"the tag '{tag}' is not known; use one of {', '.join(sorted(TAGS))}."
        if cell.cell_type != "code":
            continue
        compared = [tag for tag in (COMPARED, IGNORED) if tag in tags]
        if cell.outputs and len(compared) != 1:
            yield position, f"it shows output; give it one of the tags {COMPARED} and {IGNORED}."
        if not cell.outputs and COMPARED in tags:
            yield position, f"it has no output to compare; run `{_refresh(lesson)}`."


def _runs(notebook, lesson):
    before = 0
    for position, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or "solution" in cell.metadata.get("tags", []):
            continue
        if not cell.source.strip():
            yield position, "the cell is empty; delete it."
        if cell.execution_count is None or cell.execution_count <= before:
            yield position, f"the cells were not run in order; run `{_refresh(lesson)}`."
            return
        before = cell.execution_count


def _refresh(lesson):
    return f"lowres lessons refresh {lesson.number}"


def _length(notebook, lesson):
    lengths = {}
    for position, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if line.strip()]
            lengths[position] = len(lines)
            if len(lines) > LONGEST:
                text = f"{len(lines)} lines of code; {LONGEST} is the most."
                yield position, f"{text} Move what is not today's idea into the lesson's parts."
            widest = max(map(len, lines), default=0)
            if widest > WIDEST:
                yield position, f"a line has {widest} characters; break it at {WIDEST}."
    long = [position for position, length in lengths.items() if length > LONG]
    if len(long) > SELDOM * len(lengths):
        cells = ", ".join(map(str, long))
        text = f"{len(long)} of {len(lengths)} code cells have more than {LONG} lines"
        yield None, f"{text} (cells {cells}); shorten some, a fifth at most may be long."


def _forbidden(notebook, lesson):
    for position, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            for pattern, text in FORBIDDEN:
                if re.search(pattern, cell.source, re.MULTILINE):
                    yield position, f"{text}."


def _outputs(notebook, lesson):
    for position, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", ()):
            size = len(json.dumps(output))
            if size > LARGEST_OUTPUT:
                yield (
                    position,
                    f"an output has {size / 1000:.0f} kB; 200 kB is the most. Shrink it.",
                )
            if output.output_type == "error":
                yield position, f"an error is stored; mend it and run `{_refresh(lesson)}`."
            place = PLACE.search(json.dumps(output))
            if place:
                yield (
                    position,
                    f"an output names a place of this computer ({place[0]}…); print less.",
                )
            if output.get("name") == "stderr":
                yield position, f"a warning is stored; mend it and run `{_refresh(lesson)}`."


def _alt_texts(notebook, lesson):
    for position, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", ()):
            for kind in output.get("data", {}):
                if kind.startswith("image/") and not _alt(output, kind):
                    yield position, "a picture has no text for the blind; use `show(figure, alt)`."
        shown = [cell.source] if cell.cell_type == "markdown" else []
        shown += [_text(out.data["text/html"]) for out in cell.get("outputs", ()) if _html(out)]
        for text in shown:
            if re.search(r"!\[\s*\]\(", text) or re.search(r"<img(?![^>]*\balt=[\"'][^\"'])", text):
                yield position, "an image has no text for the blind; give it an alt text."


def _alt(output, kind):
    return output.get("metadata", {}).get(kind, {}).get("alt", "").strip()


def _html(output):
    return "text/html" in output.get("data", {})


def _text(source):
    return source if isinstance(source, str) else "".join(source)


def _terms(notebook, lesson):
    """The lesson's metadata list the words that it explains; text and glossary must have them."""
    terms = notebook.metadata.lowres_kit.get("terms")
    if not terms:
        yield None, "the metadata list no 'terms' that the lesson explains; name them."
        return
    known = glossary(lesson.path.parent)
    texts = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    marked = {" ".join(words.lower().split()) for words in re.findall(r"\*+([^*]+?)\*+", texts)}
    for term in terms:
        if term not in known:
            yield None, f"the term '{term}' is not in the glossary; explain it in words.toml."
        if not marked & {term.lower(), f"{term.lower()}s"}:
            text = f"the term '{term}' is not marked in the text"
            yield None, f"{text}; write *{term}* where it is explained."


CELL_RULES = (_words, _tags, _runs, _length, _forbidden, _outputs, _alt_texts, _terms)
