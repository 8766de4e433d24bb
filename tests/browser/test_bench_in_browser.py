"""The labelling bench in JupyterLab in a real browser: keys, buttons, a kill in the middle.

With the environment variable LOWRES_SCREENSHOTS, pictures of it go into that folder; the one in
docs/ is `labelling-bench.png` of these.
"""

import os
import random
import signal
from functools import partial
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter import Lab, OpenLesson, errors
from PIL import Image

from lowres_kit.data import answers_of, labels_of, read_folder
from lowres_kit.data.labels.label_log import LOG
from lowres_kit.data.leaves.simulate import CLASSES, leaf_photo

PHOTOS, LABELS = 42, 30
SIZE = 320 if "LOWRES_SCREENSHOTS" in os.environ else 160  # pixels; smaller ones are drawn faster
NAMES = ("afya", "kutu", "пятна")
BENCH = 'document.querySelector(".lowres-bench")'
PHOTO = f'{BENCH}.querySelector(".lowres-turn")'
READY = f"Boolean({BENCH} && {PHOTO} && {PHOTO}.complete && {BENCH}.lowresKeys)"
FREE = f'{BENCH}.getAttribute("aria-busy") === null'
CELLS = '[...document.querySelectorAll(".jp-Cell")].map(one => one.className.split(" ")[2])'
# Parts that stand out of the bench, or words that a button does not show whole.
HIDDEN = f"""(() => {{
    const edge = {BENCH}.getBoundingClientRect().right;
    return [...{BENCH}.querySelectorAll("button, img, li, div")].filter(one =>
        one.getBoundingClientRect().right > edge + 1 || one.tagName === "BUTTON"
        && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
    ).map(one => one.outerHTML.slice(0, 200));
}})()"""
SMALL = f"""[...{BENCH}.querySelectorAll("button")]
    .filter(one => one.getBoundingClientRect().height < 44).map(one => one.textContent)"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Simulated leaves in two fields of a farm, with the same names in both, and a broken one."""
    folder = tmp_path_factory.mktemp("farm") / "photos"
    for number in range(PHOTOS):
        place = folder / f"field {number % 2 + 1}" / f"IMG_{number // 2:03}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        drawn = leaf_photo(CLASSES[number % 3], number, size=SIZE)
        Image.fromarray(drawn).save(place, quality=90)
    (folder / "IMG_999.jpg").write_bytes(b"")
    return folder


@pytest.fixture(scope="module", autouse=True)
def picture_for_the_docs():
    """Put the bench on a laptop and on a phone side by side, in 40 colours: a small file."""
    yield
    folder = Path(os.environ.get("LOWRES_SCREENSHOTS", "no such folder"))
    files = [folder / f"bench-{name}.png" for name in ("screen", "phone")]
    if all(file.exists() for file in files):
        screen, phone = (Image.open(file).convert("RGB") for file in files)
        screen = screen.crop((292, 60, 1112, 785))  # without the list of files
        edge = 16
        size = (screen.width + phone.width + 3 * edge, phone.height + 2 * edge)
        sheet = Image.new("RGB", size, "#888888")
        sheet.paste(screen, (edge, edge))
        sheet.paste(phone, (screen.width + 2 * edge, edge))
        sheet = sheet.quantize(40, Image.Quantize.MEDIANCUT, 4, dither=Image.Dither.NONE)
        sheet.save(folder / "labelling-bench.png", optimize=True)


class OpenBench:
    """The bench in a JupyterLab of its own, and what a person expects of it."""

    def __init__(self, lab, page, photos, into):
        self.lab, self.page, self.into = lab, page, into
        cells = [
            f"from lowres_kit.workshop import label_photos\n\nbench = label_photos(\n"
            f"    {str(photos)!r},\n    {list(NAMES)!r}, {str(into)!r}, who='Asha')",
            "1 + 1",
        ]  # fmt: skip
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, self.lab.lessons / "bench.ipynb")
        self.lesson = OpenLesson(self.lab, page, "bench.ipynb")
        assert errors(self.lesson.run_all(60)) == []
        page.wait(READY)
        self.asked = []

    def photo(self):
        """Name of the photo on the bench."""
        return self.page.evaluate(f"{PHOTO}.alt").removeprefix("Photo to label: ")

    def done(self, act):
        """Do something and wait until the bench shows what comes next."""
        turn = self.page.evaluate(f"{PHOTO}.dataset.turn")
        act()
        self.page.wait(f'{PHOTO}.dataset.turn !== "{turn}" && {FREE}', 20)

    def press(self, key):
        self.done(lambda: self.page.press(key))

    def click(self, key):
        button = f"""{BENCH}.querySelector('button[title^="Key {key}:"]')"""
        self.done(lambda: self.page.click(button))

    def kill(self):
        """End server and kernel as a power cut does: at once."""
        programs = psutil.Process(self.lab.process.pid).children(recursive=True)
        for program in (self.lab.process, *programs):
            program.send_signal(signal.SIGKILL)
        self.lab.process.wait()


@pytest.fixture
def start_lab(tmp_path):
    """Return a function that starts one more JupyterLab; all end with the test."""
    labs = []

    def start():
        place = tmp_path / f"lab {len(labs)}"
        place.mkdir()
        labs.append(Lab(place))
        return labs[-1]

    yield start
    for lab in labs:
        lab.close()


def label(bench, expected, until, chance):
    """Answer with keys and buttons, with some undos, until so many photos have an answer."""
    stack = []
    while len(expected) < until:
        photo, draw = bench.photo(), chance.random()
        if stack and draw < 0.15:
            (bench.press if draw < 0.1 else bench.click)("Backspace" if draw < 0.05 else "U")
            undone = stack.pop()
            del expected[undone]
            assert bench.photo() == undone
            continue
        assert photo not in expected, "a photo that has an answer is asked for again"
        key = chance.choice("123123123s")
        (bench.press if draw < 0.8 else bench.click)(key.upper() if draw >= 0.8 else key)
        expected[photo] = None if key == "s" else NAMES[int(key) - 1]
        stack.append(photo)
        saved = {one.photo: one.label for one in answers_of(bench.into)}
        assert saved == expected, "the next photo is there, but the answer is not on the disk"


def test_thirty_labels_with_a_kill_in_the_middle(start_lab, page, photos, tmp_path):
    into, expected, chance = tmp_path / "labels", {}, random.Random(5)
    bench = OpenBench(start_lab(), page, photos, into)
    label(bench, expected, LABELS // 2, chance)
    page.press("2")  # this one is under way when the power fails: it may be saved or not
    under_way = {bench.photo(): NAMES[1]}
    bench.kill()
    found = {one.photo: one.label for one in answers_of(into)}
    assert found in (expected, expected | under_way)
    with open(into / LOG, "ab") as log:  # what the disk may hold of a line that was cut off
        log.write('{"photo": "field 1/IMG_003.jpg", "label": "пя'.encode()[:-1])
    expected = found

    bench = OpenBench(start_lab(), page, photos, into)
    assert "cut short" in page.evaluate(f"{BENCH}.innerText")
    assert page.evaluate(f"{BENCH}.innerText").startswith(f"{len(expected)} of ")
    label(bench, expected, LABELS, chance)
    page.evaluate(f"{BENCH}.scrollIntoView()")
    photograph(page, "bench-screen")
    assert page.outside() == []

    assert {one.photo: one.label for one in answers_of(into)} == expected
    classes = {photo: name for photo, name in expected.items() if name}
    assert labels_of(into) == classes and {one.who for one in answers_of(into)} == {"Asha"}
    copies = {path.relative_to(into / name).as_posix(): (name, path.read_bytes())
              for name in NAMES for path in (into / name).rglob("*") if path.is_file()}  # fmt: skip
    assert copies == {photo: (name, (photos / photo).read_bytes())
                      for photo, name in classes.items()}  # fmt: skip
    assert read_folder(into).problems == ()
    assert len(list(photos.rglob("*.jpg"))) == PHOTOS + 1


def test_keys_that_could_do_harm_and_a_small_screen(lab, page, photos, tmp_path):
    bench = OpenBench(lab, page, photos, tmp_path / "labels")
    before = page.evaluate(CELLS)
    # The bench has the focus at once, and keeps it after a click, so that JupyterLab does not take
    # a 1 for "make this cell a heading", or d d for "delete this cell".
    bench.press("1")
    bench.click("2")
    bench.press("1")
    for key in "ddxzab9":
        page.press(key)
    assert page.evaluate(CELLS) == before
    # A key held down, and one pressed before the next photo is there, label nothing unseen.
    send = partial(page.call, "Input.dispatchKeyEvent", code="Digit1")
    one = partial(send, key="1", windowsVirtualKeyCode=49)
    bench.done(lambda: one(type="keyDown", autoRepeat=False))
    for _ in range(9):
        one(type="keyDown", autoRepeat=True)
    one(type="keyUp")
    bench.done(
        lambda: page.evaluate(f"""{{
        const third = {BENCH}.querySelector('button[title^="Key 3:"]');
        third.click(); third.click(); third.click();
    }}""")
    )
    # Other keyboards: Arabic digits, and the row of digits of a French one.
    for key in ("١", "&"):
        bench.done(lambda: send(type="keyDown", key=key))
    assert [one.label for one in answers_of(tmp_path / "labels")] == [
        NAMES[0], NAMES[1], NAMES[0], NAMES[0], NAMES[2], NAMES[0], NAMES[0],
    ]  # fmt: skip
    assert page.evaluate(CELLS) == before
    assert page.evaluate(f"{BENCH}.contains(document.activeElement)")
    assert page.evaluate(HIDDEN) == [] and page.evaluate(SMALL) == []
    page.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1,
              mobile=True)  # fmt: skip
    page.press("b", modifiers=2)  # Ctrl+B closes the list of files, also from within the bench
    page.wait(f"{BENCH}.getBoundingClientRect().width > 240")
    assert page.evaluate(HIDDEN) == [] and page.evaluate(SMALL) == []
    page.evaluate(f"{BENCH}.scrollIntoView()")
    photograph(page, "bench-phone")
    lab.end_kernels()


def photograph(page, name):
    folder = os.environ.get("LOWRES_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.photograph(Path(folder) / f"{name}.png")
