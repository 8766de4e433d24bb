"""What the bench shows, what its buttons do, and that proving it finds what does not work."""

import re

import pytest
from PIL import Image
from small_bench import CLASSES, PNGS, answer_all

from lowres_kit.data import labels_of
from lowres_kit.data.labels.labelled_folder import LabelledFolder
from lowres_kit.errors import KitError
from lowres_kit.workshop import bench_view, label_photos
from lowres_kit.workshop import labelling_bench as bench_module
from lowres_kit.workshop.bench_view import BenchView, prove
from lowres_kit.workshop.labelling_bench import Bench


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


def test_a_key_finds_its_button_in_any_language(begin):
    """The script in the page looks for the key itself, not for words that a language changes."""
    view = BenchView(begin())
    for key, button in view.buttons.items():
        assert f"lowres-key-{key}" in button._dom_classes
    assert "classList.contains('lowres-key-' + key)" in bench_view.SCRIPT
    assert "title" not in bench_view.SCRIPT and 'data-bench="Labelling bench"' in view.photo.value


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
    ((bundle, how),) = shown
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
