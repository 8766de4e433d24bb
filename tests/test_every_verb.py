"""Whatever a name, a screen, a place or a number is: every command ends well, or in a sentence.

The commands are found in the parsers themselves, so one that is new fails here until it has a line
in `VERBS`. They run in a process of their own whose screen is a real one of Windows (cp1252), in a
folder whose name and photos are no UTF-8, with a training of a few steps.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from red_and_blue import draw_photos

from lowres_kit import cli, field_cli

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere no file can have a name that is no UTF-8"
)
ROOT = Path(__file__).resolve().parents[1]
ODD = os.fsdecode(b"d\xe9p\xf4t \xe1\x8c\xa4")  # é, ô in an encoding of old; an Amharic letter
FULL = "/proc/nope"  # not even root can write here
# For each command: words that make it work in the odd folder, what it may then answer, and words
# that send what it writes to a place that cannot be written ("": it writes nothing).
VERBS = {
    "lowres scope show": ("{at}/project", 0, "{no}"),
    "lowres scope check": ("{at}/project", 0, ""),
    "lowres audit": ("{at}/photos --html {at}/report.html", 0, "{at}/photos --html {no}/r.html"),
    "lowres data check": ("{at}/photos", 0, ""),
    "lowres data get": ("beans --from http://127.0.0.1:9", 2, "beans"),  # the cache is {no}, too
    "lowres data list": ("", 0, ""),
    "lowres data make": ("{at}/leaves --count 1 --size 32", 0, "{no}/leaves --count 1"),
    "lowres train": ("{at}/photos --out {at}/model", 0, "{at}/photos --out {no}"),
    "lowres evaluate": ("{at}/model {at}/photos", 0, ""),
    "lowres measure": ("{at}/model {at}/photos --runs 1", 0, ""),
    "lowres shrink": (
        "{at}/model {at}/photos --to 10MB --out {at}/small", 0,
        "{at}/model {at}/photos --to 10MB --out {no}",
    ),
    "lowres pack": (
        "{at}/small {at}/photos --out {at}/{odd}.zip --errors 50", 0,
        "{at}/small {at}/photos --out {no}/pack.zip",
    ),
    "lowres verify": ("{at}/{odd}.zip {at}/{photo} --json", 0, ""),
    "lowres lessons run": ("99", 2, ""),
    "lowres lessons refresh": ("99", 2, ""),
    "lowres lessons new": ("19", 2, ""),
    "lowres lessons check": ("", 0, ""),
    "lowres lessons table": ("", 0, "--write {no}/README.md"),
    "lowres-field verify": ("{at}/{odd}.zip {at}/{photo}", 0, ""),
    "lowres-field run": ("{at}/station.toml --once 2", 0, "{at}/nowhere.toml"),
    "lowres-field settings": ("{at}/station.toml", 0, ""),
    "lowres-field password": ("{at}/station --stdin", 0, "{no} --stdin"),
    "lowres-field handover": ("{at}/station.toml {at}/stick", 0, "{at}/station.toml {no}"),
    "lowres-field export": (
        "{at}/station.toml --out {at}/t.csv", 0, "{at}/station.toml --out {no}/t.csv"
    ),
    "lowres-field collect": ("{at}/stick --folder {at}/laptop", 0, "{at}/stick --folder {no}"),
    "lowres-field answers": (
        "{at}/{odd}.zip {at}/photos --out {at}/a.json", 0,
        "{at}/{odd}.zip {at}/photos --out {no}/a.json",
    ),
    "lowres-field compare": (
        "{at}/a.json {at}/a.json --into {at}/{odd}.zip --json", 0,
        "{at}/a.json {at}/a.json --into {no}/pack.zip",
    ),
}  # fmt: skip
# Runs commands one after the other; writes how each ended.
PROGRAM = """
import json, sys, traceback
from lowres_kit import cli
from lowres_kit import field_cli
from lowres_kit.learn import job
from lowres_kit.shrink import candidates
job.PROFILES["quick"] = job.Profile(48, 60, ("24",), 32, 1, 3, 48)
candidates.EFFORTS["quick"] = candidates.Effort(1, 1, 1, 2, 1, 1)
mains, ends = {"lowres": cli.main, "lowres-field": field_cli.main}, []
for name, *words in json.load(open(sys.argv[1])):
    print("\\n$", ascii([name, *words]), flush=True)
    try:
        ends.append(mains[name](words))
    except SystemExit as end:
        ends.append(end.code)
    except BaseException:
        ends.append(traceback.format_exc())
json.dump(ends, open(sys.argv[2], "w"))
"""


def leaves(parser):
    """Each command of a parser, with the parser of its own words."""
    below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not below:
        return {parser.prog: parser}
    return {name: leaf for one in below for child in one.choices.values()
            for name, leaf in leaves(child).items()}  # fmt: skip


COMMANDS = leaves(cli.parser()) | leaves(field_cli.parser())


def run_all(place, lines, **settings):
    """Run commands on a screen that shows few letters; how each ended, and what was printed."""
    (place.parent / "lines.json").write_text(json.dumps(lines), encoding="ascii")
    ends = place.parent / "ends.json"
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, ends.with_name("lines.json"), ends],
        env=os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"} | settings,
        input=b"p\xe9ssword of many letters\n", capture_output=True, cwd=ROOT,
    )  # fmt: skip
    printed = ran.stdout.decode("cp1252"), ran.stderr.decode("cp1252")
    assert not ran.returncode and "Traceback" not in "".join(printed), printed
    return json.loads(ends.read_text()), *printed


def words_of(verb, words, **places):
    return [*verb.split(), *(word.format(**places) for word in words.split())]


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A folder with a name that is no UTF-8, where every command was run; how they ended."""
    place = tmp_path_factory.mktemp("odd") / ODD
    draw_photos(place / "photos")
    red, blue = place / "photos" / os.fsdecode(b"caf\xe9"), place / "photos" / "ጤናማ\n\u200c"
    (place / "photos" / "red").rename(red)
    (place / "photos" / "blue").rename(blue)
    (red / "00.png").rename(red / os.fsdecode(b"ni\xf1o\n.png"))
    (red / os.fsdecode(b"\x80.jpg")).touch()
    (place / "incoming").mkdir()
    for number, photo in enumerate([*red.glob("*.png")][:2]):
        shutil.copy(photo, place / "incoming" / os.fsdecode(b"\xff-%d.png" % number))
    (place / "stick").mkdir()
    for name, folder in (("station", "station"), ("nowhere", FULL)):
        lines = f'pack = "pack.zip"\nplace = "{folder}"\nevery = 0.1\npage_port = 8099\n'
        (place / f"{name}.toml").write_text(lines)
    (place / "pack.zip").write_bytes((ROOT / "hardware" / "demo" / "pack.zip").read_bytes())
    photo = "photos/" + os.fsdecode(b"caf\xe9/ni\xf1o\n.png")
    lines = [words_of(verb, words, at=place, odd=os.fsdecode(b"p\xe9"), photo=photo)
             for verb, (words, *_) in VERBS.items()]  # fmt: skip
    return place, *run_all(place, lines, LOWRES_PROJECT="")


def test_every_command_has_a_line():
    assert sorted(VERBS) == sorted(COMMANDS)


def test_names_that_are_no_text_and_a_screen_that_shows_few_letters(odd):
    place, ends, out, err = odd
    wanted = {verb: code for verb, (_, code, _) in VERBS.items()}
    assert dict(zip(VERBS, ends)) == wanted, out + err
    assert "caf\\xe9/\\x80.jpg is empty" in out and "\\u1324" in out
    assert "\\x80.jpg is empty" in (place / "report.html").read_text("utf-8")
    names = [row["name"] for row in json.loads((place / "a.json").read_text("utf-8"))["photos"]]
    assert os.fsdecode(b"caf\xe9/ni\xf1o\n.png") in names
    card = json.loads((place / "model" / "classifier.json").read_text("utf-8"))
    assert card["class_names"] == ["caf\\xe9", "ጤናማ\\x0a\u200c"]
    assert "\\xff-0.png" in (place / "t.csv").read_text("utf-8")


@pytest.mark.parametrize("nowhere", [FULL, "{at}/station.toml/below"])
def test_places_that_cannot_be_written(odd, nowhere):
    place = odd[0]
    no = nowhere.format(at=place)
    before = sorted(place.rglob("*"))
    verbs = {verb: words for verb, (*_, words) in VERBS.items() if words}
    lines = [words_of(verb, words, at=place, no=no, odd=os.fsdecode(b"p\xe9"))
             for verb, words in verbs.items()]  # fmt: skip
    ends, out, err = run_all(place, lines, LOWRES_CACHE=no, LOWRES_PROJECT=no)
    assert dict(zip(verbs, ends)) == dict.fromkeys(verbs, 2), out + err
    told = [line for line in err.splitlines() if line.startswith("lowres")]
    assert len(told) == len(verbs) and "LOWRES_CACHE" in err, err
    assert "Trial" not in out and "answered" not in out  # refused before the work
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize("verb", COMMANDS)
def test_numbers_out_of_range(verb, capsys):
    for option in COMMANDS[verb]._actions:
        if option.type in (None, Path):
            continue
        for bad in ("-1", "nan", "1e999", "9" * 30, "9" * 5000, "x", ""):
            with pytest.raises(SystemExit) as end:
                COMMANDS[verb].parse_args([option.option_strings[0], bad])
            told = f"argument {option.option_strings[0]}: '{bad}' is not a"
            assert end.value.code == 2 and told in capsys.readouterr().err


def test_a_pipe_that_nobody_reads():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "lowres_kit.cli", "data", "list"]
    ran = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_ctrl_c_ends_in_a_sentence(odd, tmp_path):
    words = ["train", odd[0] / "photos", "--out", tmp_path / "model"]
    command = [sys.executable, "-m", "lowres_kit.cli", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        ran.stdout.readline()  # the photos were read
        ran.send_signal(signal.SIGINT)
        _, err = ran.communicate(timeout=60)
    assert ran.returncode == 130
    assert b"goes on where it can" in err and b"Traceback" not in err
