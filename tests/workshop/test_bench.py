"""The bench: which photo comes next, what its buttons do, and what it says."""

import re

import numpy as np
import pytest
from PIL import Image

from lowres_kit.data import answers_of, labels_of, photo_names
from lowres_kit.data.label_log import LOG
from lowres_kit.data.labelled_folder import LabelledFolder
from lowres_kit.errors import KitError
from lowres_kit.workshop import bench as bench_module
from lowres_kit.workshop import bench_view, label_photos
from lowres_kit.workshop.bench import Bench
from lowres_kit.workshop.bench_view import BenchView, prove

CLASSES = ("leaf spot", "ጤናማ")


@pytest.fixture
def photos(tmp_path):
    """Eight pictures in two folders, and three files that are none."""
    rng = np.random.default_rng(0)
    for number in range(8):
        place = tmp_path / "photos" / f"field {number % 2}" / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(place)
    cmyk = Image.new("CMYK", (1500, 900))
    cmyk.save(tmp_path / "photos" / "cmyk.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    (tmp_path / "photos" / "empty.jpg").write_bytes(b"")
    whole = (tmp_path / "photos" / "field 0" / "0.png").read_bytes()
    (tmp_path / "photos" / "half.png").write_bytes(whole[:90])
    (tmp_path / "photos" / "<b>.heic").write_bytes(b"\0\0\0\x18ftypheic")
    return tmp_path / "photos"


GOOD = 9
PNGS = [f"field {number % 2}/{number}.png" for number in range(8)]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def begin(photos, tmp_path):
    opened = []

    def begin(order=None, into=tmp_path / "labels", **words):
        if opened and opened[-1].into == into:
            opened[-1].close()
        opened.append(LabelledFolder(photos, CLASSES, into))
        return Bench(opened[-1], order, **words)

    yield begin
    for one in opened:
        one.close()


@pytest.fixture
def shown(monkeypatch):
    """Stands for the notebook's front end."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
    monkeypatch.delenv("LOWRES_PROVE", raising=False)
    yield shown
    for bench in bench_module.OPEN.values():
        bench.close()
    bench_module.OPEN.clear()


def answer_all(bench, label="ጤናማ"):
    asked = []
    while bench.current:
        asked.append(bench.current)
        bench.answer(label)
    return asked


def test_every_good_photo_is_asked_for_once_and_bad_files_are_named(begin):
    bench = begin()
    asked = answer_all(bench)
    assert len(asked) == len(set(asked)) == GOOD and asked != sorted(asked)
    assert set(bench.problems) == {"empty.jpg", "half.png", "<b>.heic"}
    assert "is a HEIC photo" in bench.problems["<b>.heic"]
    assert bench.progress() == f"{GOOD} of {GOOD} labelled; finished."
    assert answer_all(begin(into=bench.labelled.into.with_name("other"))) == asked, "same seed"
    assert answer_all(begin(into=bench.labelled.into.with_name("third"), seed=1)) != asked
    bench.answer("ጤናማ")
    assert "nothing left to label" in bench.message and len(bench.answers()) == GOOD


def test_it_goes_on_where_it_was(begin):
    bench = begin()
    bench.answer("ጤናማ")
    bench.answer(None)
    waiting = bench.current
    again = begin()
    assert again.current == waiting and again.answers() == bench.answers()
    assert not set(answer_all(again)) & set(bench.answers()), "nobody is asked twice"


def test_undo_brings_the_photos_back_in_the_order_they_were_asked_for(begin):
    bench = begin()
    first, second = bench.current, (bench.answer("ጤናማ"), bench.current)[1]
    bench.answer(None)
    third = bench.current
    bench.undo()
    assert bench.current == second
    bench.undo()
    assert bench.current == first and bench.answers() == {}
    bench.undo()
    assert bench.message == "There is nothing to undo."
    asked = [bench.current, (bench.answer("leaf spot"), bench.current)[1]]
    bench.answer("leaf spot")
    assert asked == [first, second] and bench.current == third and bench.message == ""
    assert list(labels_of(bench.labelled.into).values()) == ["leaf spot"] * 2


def test_cannot_tell_is_an_answer_without_a_class(begin):
    bench = begin(PNGS, who="Asha")
    bench.answer(None)
    assert labels_of(bench.labelled.into) == {}
    assert answers_of(bench.labelled.into)[0].who == "Asha"
    assert [path.name for path in bench.labelled.into.iterdir()] == [LOG]
    assert bench.progress() == "1 of 8 labelled (1 of them “cannot tell”)."


def test_names_and_positions_say_the_order(begin, photos):
    names = photo_names(photos)
    assert names[1] == "cmyk.jpg" and names[3] == PNGS[0]
    asked = answer_all(begin([PNGS[5], 1, photos / PNGS[2], np.int64(3)]))
    assert asked == [PNGS[5], "cmyk.jpg", PNGS[2], PNGS[0]]
    for wrong, said in (
        ([99], "positions go from 0 to 11"), ([-1], "positions"),
        (["x.jpg"], "x.jpg, which is not"), ([None], "names None"),
    ):  # fmt: skip
        with pytest.raises(KitError, match=said):
            begin(wrong)


def test_a_callable_chooses_anew_after_each_answer(begin):
    seen = []

    def order(answers):
        seen.append(answers)
        return [name for name in sorted(bench_photos) if name.endswith(".png")][::-1]

    bench_photos = begin().photos
    bench = begin(order)
    asked = answer_all(bench, None)
    assert asked == [name for name in sorted(asked)][::-1] and len(asked) == 8
    assert [len(answers) for answers in seen] == list(range(9)) and seen[-1] == bench.answers()


def test_a_callable_that_fails_stops_nothing(begin):
    bench = begin(lambda answers: 1 / 0)
    assert bench.current and "ZeroDivisionError" in bench.message
    assert len(answer_all(bench)) == GOOD and "random order" in bench.message
    bench = begin(lambda answers: ["no such photo"], into=bench.labelled.into.with_name("other"))
    assert bench.current and "no such photo, which is not in" in bench.message


def test_seconds_are_measured_and_tell_how_long_it_takes(begin):
    clock = Clock()
    bench = begin(PNGS, clock=clock)
    for seconds in (4.0, 3600.0, 6.0, 6.0):
        clock.now += seconds
        bench.answer("ጤናማ")
    assert [one.seconds for one in answers_of(bench.labelled.into)] == [4.0, 3600.0, 6.0, 6.0]
    assert bench.seconds_a_label() == 6.0
    assert bench.progress() == "4 of 8 labelled; about 20 seconds to go (6.0 s a label)."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "10 seconds"), (44, "40 seconds"), (55, "1 minute"), (360, "6 minutes"),
     (9000, "2 hours")],
)
def test_durations_in_words(seconds, words):
    assert bench_module._duration(seconds) == words


def test_a_label_that_cannot_be_saved_keeps_its_photo_on_the_bench(begin, monkeypatch):
    bench = begin()
    photo, turn, calls = bench.current, bench.turn, []
    bench.watchers.append(lambda: calls.append(bench.message))
    bench.labelled.log.path.unlink()
    bench.answer("ጤናማ")
    assert bench.current == photo and bench.turn > turn and bench.answers() == {}
    assert "could not be saved" in calls[-1]


def test_no_such_class(begin):
    with pytest.raises(KitError, match="no class 'rust'"):
        begin().answer("rust")


def test_the_next_photo_is_shown_before_the_copy_is_made(begin):
    bench = begin()
    seen = []
    bench.watchers.append(lambda: seen.append((bench.current, labels_of(bench.labelled.into),
                                               len(list(bench.labelled.into.glob("*/**/*.*"))))))
    photo = bench.current
    bench.answer("ጤናማ")
    assert seen == [(bench.current, {photo: "ጤናማ"}, 0)]
    assert len(list(bench.labelled.into.glob("*/**/*.*"))) == 1


def test_buttons_and_what_is_shown(begin):
    bench = begin(PNGS)
    view = BenchView(bench)
    assert list(view.buttons) == ["1", "2", "S", "U"]
    assert [one.tooltip for one in view.buttons.values()] == [
        "Key 1: leaf spot", "Key 2: ጤናማ", "Key S: cannot tell", "Key U: undo",
    ]  # fmt: skip
    first, before = bench.current, view.photo.value
    assert f'alt="Photo to label: {first}"' in before and 'data-turn="1"' in before
    view.buttons["2"].click()
    assert bench.answers() == {first: "ጤናማ"} and view.photo.value != before
    assert "1 of 8 labelled" in view.progress.value
    assert f'alt="{first}">ጤናማ' in view.last.value
    view.buttons["S"].click()
    assert view.last.value.index("cannot tell") < view.last.value.index("ጤናማ")
    view.buttons["U"].click()
    view.buttons["U"].click()
    assert view.last.value == "" and bench.current == first
    view.buttons["U"].click()
    assert "nothing to undo" in view.told.value


def test_names_are_shown_as_text(begin):
    bench = begin()
    view = BenchView(bench)
    answer_all(bench)
    assert "3 files left out" in view.told.value and "&lt;b&gt;.heic" in view.told.value
    assert "<b>.heic" not in view.told.value and "No photo is left" in view.photo.value
    assert view.photo.value.count("data-turn") == 1, "its arrival opens the bench for undo"


def test_a_name_that_tells_the_class_is_not_shown(begin, photos):
    (photos / "field 1").rename(photos / "Leaf_Spot")
    bench = begin(["Leaf_Spot/1.png", "field 0/0.png"])
    view = BenchView(bench)
    view.buttons["1"].click()
    everything = view.photo.value + view.last.value
    assert "field 0/0.png" in everything and not re.search("leaf.spot/", everything.casefold())


def test_a_large_photo_is_made_small_for_the_browser(begin):
    bench = begin(["cmyk.jpg"])
    assert bench.picture.size == (640, 384) and bench.picture.mode == "RGB"


def test_the_cell_shows_the_bench_and_a_still(shown, photos, tmp_path):
    label_photos(photos, CLASSES, tmp_path / "labels")
    (bundle, how), = shown
    assert "application/vnd.jupyter.widget-view+json" in bundle and how["raw"]
    assert 'alt="Photo to label' in bundle["text/html"] and "1 = leaf spot" in bundle["text/html"]
    assert "0 of 12 labelled" in bundle["text/plain"] and "<script" not in bundle["text/html"]
    assert how["metadata"]["lowres_kit"] == {"widget": ["labelling bench"], "proven": False}


def test_a_cell_that_runs_again_takes_the_folder_over(shown, photos, tmp_path):
    first = label_photos(photos, CLASSES, tmp_path / "labels")
    first.answer("ጤናማ")
    second = label_photos(str(photos), CLASSES, str(tmp_path / "labels"))
    second.answer("ጤናማ")
    first.answer("ጤናማ")
    assert "opened again in another cell" in first.message and len(second.answers()) == 2
    assert len(labels_of(tmp_path / "labels")) == 2


def test_proving_uses_a_bench_of_its_own(shown, photos, tmp_path, monkeypatch):
    monkeypatch.setenv("LOWRES_PROVE", "1")
    label_photos(photos, CLASSES, tmp_path / "labels")
    assert shown[0][1]["metadata"]["lowres_kit"]["proven"] is True
    assert labels_of(tmp_path / "labels") == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels", "photos"]


def test_proving_finds_a_button_that_does_nothing(begin, monkeypatch):
    bench = begin()
    monkeypatch.setattr(Bench, "undo", lambda self: None)
    with pytest.raises(RuntimeError, match="'U  undo' does not work"):
        prove(bench)
    monkeypatch.undo()
    prove(begin(into=bench.labelled.into.with_name("other")))


def test_proving_finds_copies_that_stay(begin, monkeypatch):
    monkeypatch.setattr(LabelledFolder, "_remove", lambda self, place: None)
    with pytest.raises(RuntimeError, match="photos are left"):
        prove(begin())


def test_proving_works_with_fewer_photos_than_buttons(begin):
    prove(begin([0, 1]))


def test_a_bench_that_cannot_be_shown_keeps_no_lock(shown, photos, tmp_path, monkeypatch):
    with pytest.raises(KitError, match="positions"):
        label_photos(photos, CLASSES, tmp_path / "labels", order=[99])
    label_photos(photos, CLASSES, tmp_path / "labels")


def test_small_pictures_are_kept_but_not_for_ever(begin, monkeypatch):
    monkeypatch.setattr(bench_view, "MOST_KEPT", 7)
    bench, read = begin(PNGS), []
    monkeypatch.setattr(bench_view, "open_picture", lambda path, size: read.append(path.name)
                        or Image.new("RGB", (9, 9)))  # fmt: skip
    view = BenchView(bench)
    for _ in range(8):
        bench.answer("ጤናማ")
    assert read == [] and len(view._small) == 7
    BenchView(begin(PNGS))
    assert read == ["7.png", "6.png", "5.png", "4.png", "3.png", "2.png"]


def test_the_next_photo_is_opened_ahead_and_no_other_is_shown_for_it(begin, photos):
    bench = begin(PNGS[:3])
    assert bench._ahead._name == PNGS[1]
    bench._ahead._coming.result()
    (photos / PNGS[1]).write_bytes(b"")
    bench.answer(None)
    assert bench.current == PNGS[1], "it was read before it was spoilt"
    bench.undo()
    assert bench.current == PNGS[0]
    bench.answer(None)
    assert bench.current == PNGS[2] and "is empty" in bench.problems[PNGS[1]]
