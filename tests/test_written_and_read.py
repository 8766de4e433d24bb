"""What the kit writes, it reads, whatever photos and classes are called; or it refuses before."""

import csv
import io
import os
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from PIL import Image

from lowres_kit.data import labels_of, read_folder
from lowres_kit.data.labels.labelled_folder import LabelledFolder
from lowres_kit.desk.collect import Collection
from lowres_kit.desk.compare import compare
from lowres_kit.errors import KitError
from lowres_kit.field.handover.batch import same_facts, write_batch
from lowres_kit.field.pack.answers import FACTS, KERNELS, Answers, photos_of
from lowres_kit.field.pack.archive import read_archive
from lowres_kit.field.pack.drift import STATISTICS
from lowres_kit.field.pack.model import Answer
from lowres_kit.field.pack.pack import LABELS, Pack
from lowres_kit.field.settings import Settings
from lowres_kit.field.store.records import Records
from lowres_kit.learn import Classifier, EfficientNetLite0
from lowres_kit.places import shown
from lowres_kit.scope import Scope
from lowres_kit.scope.project import Project
from lowres_kit.shrink.measure.file_report import class_names

DEMO = Path(__file__).resolve().parents[1] / "hardware" / "demo" / "pack.zip"
ODD = [
    "7:45", "C:x", "\\x", "a\\b", "'it\"s'", "=1+1", "#1", "@a", "-rf", "--out", " a", "a ", "~",
    "~x", "a\nb", "a\r\nb", "a\tb", "\x1b[31m", "\x7f", "\x85", "a\u2028b", "\ufeffa", "\u202eabc",
    "con", "NUL.txt", "thumbs.db", "desktop.ini", "é", "e\u0301", "ጤናማ", "سالم\u200cتر", "דלקת",
    "🌱👩🏽‍🌾",
    "x" * 150, "ጤ" * 60, "\udce9", "caf\udce9", "\udcff\udcfe", "null", "true", "1", "a,b;c", "{}",
    "%s", "labels.jsonl", "sources.csv", "_", "a" + "\u0301" * 30,
]  # fmt: skip
TEXT = some.sampled_from(ODD) | some.text(max_size=20) | some.text(
    # Halves of letters; no system gives two of them that make a whole one.
    some.characters(min_codepoint=0xDC00, max_codepoint=0xDFFF, categories=["Cs"]), max_size=3
)  # fmt: skip


def _is_name(text):
    """Whether it can be the name of a file here, and is not hidden."""
    try:
        raw = os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return 0 < len(raw) < 200 and not text.startswith(".") and not set(text) & {"/", "\0"}


NAME = TEXT.filter(_is_name)
NAMES = some.lists(NAME, min_size=2, max_size=4, unique=True)
linux = pytest.mark.skipif(sys.platform != "linux", reason="here names hold what they like")
KINDS = some.sampled_from([("disc", "ring"), ("ጤናማ", "e\u0301", "#1"), ("=a b", "סגול")])
few = settings(max_examples=80)


def draw(path, shade=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(shade).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(pixels).save(path, "PNG")


def written(write, read):
    """What is read of what was written; None if it was refused in a sentence."""
    try:
        write()
    except KitError as told:
        assert str(told)
        return None
    return read()


@linux
@few
@given(NAMES, KINDS | some.lists(TEXT, min_size=2, max_size=3), TEXT)
@example(["a.jpg", "7:45.jpg", "b.jpg"], ["disc", "ring"], "Amina")
def test_labels(tmp_path_factory, names, classes, who):
    place = tmp_path_factory.mktemp("labels")
    for number, name in enumerate(names):
        draw(place / "in" / name, number)
    try:
        bench = LabelledFolder(place / "in", classes, place / "out")
    except KitError:  # a class that no folder can be called, or no photo among the names
        assert not (place / "out").exists()
        return
    given = {}
    for number, photo in enumerate(bench.photos):
        label = classes[number % len(classes)]  # as it was typed, accent and all
        given[photo] = bench.answer(photo, label, -1.0, who).label
    assert bench.follow() == []
    bench.close()
    assert labels_of(place / "out") == given
    LabelledFolder(place / "in", classes, place / "out").close()
    if len(set(given.values())) > 1:
        photos = read_folder(place / "out")
        assert photos.class_names == tuple(sorted(set(given.values())))
        assert len(photos) == len(given)


@linux
@few
@given(NAMES, some.lists(NAME, min_size=2, max_size=2, unique=True), some.data())
def test_a_folder_of_classes_and_its_sources(tmp_path_factory, names, classes, data):
    place = tmp_path_factory.mktemp("classes")
    classes = [name.replace("sources.csv", "b") for name in classes]
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(("file", "source"))
    told = {}
    for number, (name, kind) in enumerate((n, k) for k in classes for n in names):
        draw(place / kind / name, number)
        source = data.draw(some.sampled_from(["", "plant 1", "פ 2", "=3"]))
        text = f"{kind}/{name}"
        # A table is UTF-8, and takes a backslash for that of Windows.
        if text == text.encode(errors="replace").decode() and "\\" not in text:
            rows.writerow((text, source))
            told[place / kind / name] = source
    (place / "sources.csv").write_bytes(table.getvalue().encode())
    try:
        photos = read_folder(place)
    except KitError as error:  # names that mean the same, or the parts of a data set
        assert str(error)
        return
    assert all(name == shown(name).strip() for name in photos.class_names)
    # Two spellings of one name are one photo to a table.
    spelt = Counter(unicodedata.normalize("NFC", str(path)) for path in photos.paths)
    for path, source in zip(photos.paths, photos.sources):
        clear = spelt[unicodedata.normalize("NFC", str(path))] == 1
        assert source == told.get(path, "") or not clear


@few
@given(some.lists(TEXT, min_size=3, max_size=3, unique=True), TEXT)
@example(["سالم\u200cتر", "caf\\xe9", "🌱👩🏽‍🌾"], "my pack")
def test_packs_and_their_labels(tmp_path_factory, names, title):
    place = tmp_path_factory.mktemp("pack")
    path = place / "a.zip"
    pack = replace(Pack.open(DEMO), class_names=tuple(names), name=title, parity=())
    again = written(lambda: pack.save(path), lambda: Pack.open(path))
    fit = all(name and name == shown(name).strip() for name in (*names, title))
    assert (again is not None) == fit == path.exists()
    if fit:
        assert (again.class_names, again.name) == (tuple(names), title)
        (place / LABELS).write_bytes(read_archive(path)[LABELS])
        assert class_names(place / "model.tflite") == (tuple(names), LABELS)


@settings(max_examples=25)
@given(some.lists(TEXT, min_size=2, max_size=2, unique=True))
def test_model_folders(tmp_path_factory, names):
    place = tmp_path_factory.mktemp("model")
    classifier = Classifier(EfficientNetLite0(2, "24"), tuple(names), 48, {"who": names[0]})
    again = written(lambda: classifier.save(place / "m"), lambda: Classifier.load(place / "m"))
    if again is None:
        assert not (place / "m").exists()
    else:
        assert (again.class_names, again.facts) == (tuple(names), {"who": names[0]})
        assert class_names(place / "m" / "model.tflite") == (tuple(names), "classifier.json")


@linux
@few
@given(NAMES)
@example(["é", "e\u0301"])
def test_answers(tmp_path_factory, names):
    place = tmp_path_factory.mktemp("answers")
    for number, name in enumerate(names):
        draw(place / "in" / f"{name}.png", number)
    found, photos = photos_of(place / "in", 16, say=print)
    if not found:  # all were hidden, or what systems leave behind
        return
    facts = dict.fromkeys(FACTS, "x") | {"kernels": KERNELS[0]}
    outputs = np.arange(2 * len(found)).reshape(-1, 2)
    one = Answers(facts, 0.1, tuple(found), tuple(map(str, found)), outputs, outputs)
    one.save(place / "a.json")
    again = Answers.load(place / "a.json")
    assert (again.names, again.sums) == (one.names, one.sums) and compare(one, again).exact


@settings(max_examples=30)
@given(some.lists(TEXT, min_size=1, max_size=4), TEXT.filter(lambda text: text == shown(text)))
def test_records_and_their_batches(tmp_path_factory, names, label):
    place = tmp_path_factory.mktemp("records")
    records = Records(place / "records.db", "shed")
    answer = Answer(label, 0.75, False, {label: 0.75, "other": 0.25})
    rows = [
        records.add(source=shown(name), pack="0", answer=answer,
                    statistics=dict.fromkeys(STATISTICS, 0.5))
        for name in names
    ]  # fmt: skip
    records.close()
    with open(place / "1-9.zip", "wb") as file:
        write_batch(file.write, rows, place)
    collection = Collection(place / "laptop")
    assert collection.take(place / "1-9.zip").new == len(rows)
    assert all(map(same_facts, collection, rows))
    collection.write_table()
    collection.close()


@few
@given(TEXT, some.floats(allow_nan=False), some.integers())
def test_scope_cards_and_measurements(tmp_path_factory, text, number, count):
    place = tmp_path_factory.mktemp("scope")
    values = Scope.example().values() | {"users": text, "size_kb": number, "price": count}
    card = place / "scope.toml"

    def write():
        made.append(Scope.from_values(values))
        made[0].save(card)

    made = []
    again = written(write, lambda: Scope.load(card))
    assert again == made[0] if made else not card.exists()
    project = Project(place)
    project.record(text, {text: text, "n": count})
    assert project.measurements(text) == {text: text, "n": count}


@few
@given(TEXT, some.dictionaries(TEXT, some.integers(), max_size=2), some.integers() | some.floats())
@example("shed", {"healthy": 17}, 10**400)
def test_any_settings_are_taken_or_told(tmp_path_factory, text, leds, number):
    import tomli_w

    path = tmp_path_factory.mktemp("station") / "station.toml"
    values = {"name": text, "pack": text, "leds": leds, "every": number, "button": 4}
    path.write_bytes(tomli_w.dumps(values).encode("utf-8", "surrogatepass"))
    found = written(lambda: Settings.load(path), lambda: Settings.load(path))
    assert found is None or (found.name, found.leds, found.every) == (text, leds, number)


@given(TEXT)
def test_a_shown_name_is_one_line_and_stays_as_it_is(text):
    assert len(shown(text).splitlines()) <= 1 and shown(shown(text)) == shown(text)
    shown(text).encode()
