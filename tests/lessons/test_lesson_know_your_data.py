"""The parts of the lesson Know your data: right answers pass, each usual slip gets its own hint."""

import io

import numpy as np
import pytest
from legible import assert_legible
from PIL import Image

from lowres_kit import plotting
from lowres_kit.data import LabelSuspect, audit, load_dataset, read_folder
from lowres_kit.data.describe import sharpness as sharpness_of_the_audit
from lowres_kit.errors import KitError
from lowres_lessons.know_your_data import checks as check
from lowres_lessons.know_your_data import relabel_widget as mending
from lowres_lessons.know_your_data.checks import CHANGES, laplacian, words
from lowres_lessons.know_your_data.planted_troubles import hide_troubles
from lowres_lessons.know_your_data.plots import leak_bars, money_curves, photo_rows, suspect_grid
from lowres_lessons.know_your_data.relabel_widget import Mending


def sharpness(grey):
    return laplacian(grey).var()


def test_sharpness():
    assert check.sharpness(sharpness).passed
    assert check.sharpness(lambda grey: float(laplacian(grey).std() ** 2)).passed


def test_the_audit_measures_the_same_sharpness():
    """The lesson says that the exercise is the audit's own measure."""
    grey = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
    of_the_audit = sharpness_of_the_audit(np.stack([grey] * 3, axis=-1)[None])[0]
    assert of_the_audit == pytest.approx(sharpness(grey.astype(float)), rel=0.02)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda grey: laplacian(grey).std(), "standard deviation"),
        (lambda grey: laplacian(grey).mean(), "That is the mean."),
        (lambda grey: np.abs(laplacian(grey)).mean(), "mean of the sizes"),
        (lambda grey: grey.var(), "its contrast"),
        (lambda grey: (laplacian(grey) ** 2).mean(), "mean of the squares"),
        (lambda grey: laplacian(grey).var(ddof=1), "ddof=1"),
        (lambda grey: (laplacian(grey) / 4).var(), "Each neighbour counts once"),
        (lambda grey: grey[1:-1, 1:-1].var(), "four times the middle less"),
        (lambda grey: laplacian(grey), "`laplacian.var()`"),
        (lambda grey: None, "`laplacian.var()`"),
        (lambda grey: "sharp", "`laplacian.var()`"),
        (lambda grey: float("nan"), "`laplacian.var()`"),
        (lambda grey: ..., "`...`"),
        (lambda grey: grey.no_such(), "cell of its own"),
        (..., "Put your answer"),
    ],
)
def test_slips_of_sharpness(function, expected):
    verdict = check.sharpness(function)
    assert not verdict.passed and expected in verdict.hint


def split_by_plant(plants, held_out, seed):
    mixed = np.random.default_rng(seed).permutation(np.unique(plants))
    apart = np.isin(plants, mixed[: round(held_out * len(mixed))])
    return np.flatnonzero(~apart), np.flatnonzero(apart)


# A source of chance that goes on from call to call. Without a seed, one run in 120 would draw the
# same plants twice by luck.
OUTSIDE = np.random.default_rng(0)


def by_photo(plants, held_out, seed):
    mixed = np.random.default_rng(seed).permutation(len(plants))
    held = round(held_out * len(plants))
    return mixed[held:], mixed[:held]


def changed(change):
    """The right split, changed after it was made."""
    return lambda plants, held_out, seed: change(*split_by_plant(plants, held_out, seed))


def masks(plants, held_out, seed):
    apart = np.zeros(len(plants), bool)
    apart[split_by_plant(plants, held_out, seed)[1]] = True
    return ~apart, apart


def test_split_by_plant():
    assert check.split_by_plant(split_by_plant).passed
    lists = changed(lambda rest, held: (rest.tolist(), held.tolist()))
    assert check.split_by_plant(lists).passed
    assert check.split_by_plant(changed(lambda rest, held: [rest, held])).passed
    assert check.split_by_plant(changed(lambda rest, held: (rest[::-1], held[::-1]))).passed


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (by_photo, "Choose plants, not photos"),
        (changed(lambda rest, held: (rest, rest)), "what is not in `rest`"),
        (changed(lambda rest, held: (rest[1:], held)), "Each photo must be on one side"),
        (changed(lambda rest, held: held), "`return rest, held`"),
        (lambda plants, held_out, seed: None, "`return rest, held`"),
        (masks, "`np.flatnonzero(mask)`"),
        (
            lambda plants, held_out, seed: tuple(
                plants[side] for side in split_by_plant(plants, held_out, seed)
            ),
            "turns names into positions",
        ),
        (changed(lambda rest, held: (held, rest)), "first what one learns from"),
        (lambda plants, held_out, seed: split_by_plant(plants, 0.1, seed), "name once"),
        (lambda plants, held_out, seed: split_by_plant(plants, 0.3, seed), "value of `held_out`"),
        (lambda plants, held_out, seed: split_by_plant(plants, 0, seed), "names of plants"),
        (lambda plants, held_out, seed: split_by_plant(plants, held_out, 0), "default_rng(seed)"),
        (
            lambda plants, held_out, seed: split_by_plant(plants, held_out, OUTSIDE),
            "inside the function, from the seed",
        ),
        (lambda plants, held_out, seed: ..., "`...`"),
        (lambda plants: plants, "cell of its own"),
        (..., "Put your answer"),
    ],
)
def test_slips_of_the_split(function, expected):
    verdict = check.split_by_plant(function)
    assert not verdict.passed and expected in verdict.hint, verdict


RIGHT = dict(CHANGES)


def test_changes_that_keep_the_label():
    assert check.keeps_label(RIGHT).passed
    assert check.keeps_label({change: np.bool_(right) for change, right in RIGHT.items()}).passed


@pytest.mark.parametrize("change", CHANGES)
def test_each_wrong_answer_has_its_own_hint(change):
    verdict = check.keeps_label({**RIGHT, change: not RIGHT[change]})
    assert not verdict.passed and change in verdict.text
    assert verdict.hint == words(f"change.{change}")
    verdict = check.keeps_label({**RIGHT, change: ...})
    assert not verdict.passed and f'the `...` for "{change}"' in verdict.text


def test_the_hints_differ():
    assert len({words(f"change.{change}") for change in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (..., "still there"),
        (list(RIGHT.values()), "must keep its keys"),
        ({"mirror": True}, "must keep its keys"),
        ({**RIGHT, "mirror": "yes"}, "write True or False, not 'yes'"),
        ({**RIGHT, "mirror": 1}, "write True or False, not 1"),
    ],
)
def test_answers_that_are_none(answer, expected):
    verdict = check.keeps_label(answer)
    assert not verdict.passed and expected in verdict.text


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


PHOTO = np.full((8, 8, 3), 120, np.uint8)


FIGURES = {
    "rows": lambda: photo_rows(
        [[PHOTO] * 7] * 3, ["angular_leaf_spot", "bean_rust", "healthy"], "photos (simulated)"
    ),
    "rows with titles": lambda: photo_rows(
        [[PHOTO] * 8] * 3,
        ["angular_leaf_spot", "bean_rust", "healthy"],
        "views (simulated)",
        columns=["as it is", "mirror", "turn 90°", "nearer", "lighter"]
        + ["other colours", "strong blur", "a corner only"],
    ),
    "uneven rows": lambda: photo_rows([[PHOTO] * 2, [PHOTO] * 7], ["a", "b"], "photos (real)"),
    "suspects": lambda: suspect_grid(
        [PHOTO] * 10,
        ["angular leaf spot,\nor bean rust?"] * 10,
        ["wrong: made by us"] * 10,
        "suspects",
    ),
    "few suspects": lambda: suspect_grid([PHOTO], ["a,\nor b?"], ["was right"], "suspects"),
    "money": lambda: money_curves(
        [6, 12, 24, 48, 84], [0.4] * 5, [0.99] * 5, "30% wrong, always the same", "simulated"
    ),
    "leak": lambda: leak_bars(
        {"careless: by photo": 1.0, "honest: by leaf": 0.0},
        {"careless: by photo": 0.7, "honest: by leaf": 0.66},
        "simulated",
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_the_curves_are_those_given():
    figure = money_curves([6, 12], [0.4, 0.5], [0.3, 0.6], "20% wrong", "real")
    careful, quick = figure.axes[0].lines
    assert careful.get_ydata().tolist() == [40, 50] and quick.get_ydata().tolist() == [30, 60]
    assert "20% wrong" in quick.get_label() and "(%, real)" in figure.axes[0].get_ylabel()
    assert careful.get_marker() != quick.get_marker(), "told apart without colours"


def test_the_bars_say_their_numbers_and_the_kind_of_photos():
    figure = leak_bars({"a": 0.97, "b": 0.68}, {"a": 0.69, "b": 0.66}, "simulated")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["97 %", "68 %", "69 %", "66 %"]
    assert "simulated" in figure.axes[0].get_xlabel()
    assert len({bar.get_hatch() for bar in figure.axes[0].patches}) == 2


def test_a_figure_of_photos_is_kept_small():
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (6, 64, 64, 3), np.uint8)
    rows, names = [list(photos)] * 3, list("abc")
    large = plotting.picture(photo_rows(rows, names, "noise"), "Noise.")
    small = plotting.picture(photo_rows(rows, names, "noise"), "Noise.", photos=True)
    assert len(small.data) < len(large.data) / 2
    assert Image.open(io.BytesIO(small.data)).format == "JPEG" and small.alt == "Noise."


@pytest.fixture(scope="module")
def photos():
    return load_dataset("simulated-leaves", count=8)


def seen(found, trouble):
    return {found.photos.paths[index].name for index in found[trouble].photos}


@pytest.mark.parametrize("seed", range(5))
def test_the_audit_finds_what_was_hidden(photos, tmp_path, seed):
    hidden = hide_troubles(photos, tmp_path / "field", seed, per_class=7)
    field = read_folder(tmp_path / "field")
    assert {problem.path.name for problem in field.problems} == set(hidden["files"])
    found = audit(field)
    for trouble in ("exact", "near", "blurred", "light"):
        assert set(hidden[trouble]) <= seen(found, trouble), trouble
    assert "different labels" in found["near"].text


def test_it_finds_them_among_real_photos_too(real_beans, tmp_path):
    hidden = hide_troubles(read_folder(real_beans), tmp_path / "field")
    field = read_folder(tmp_path / "field")
    found = audit(field)
    assert {problem.path.name for problem in field.problems} == set(hidden["files"])
    for trouble in ("exact", "near", "blurred", "light"):
        assert set(hidden[trouble]) <= seen(found, trouble), trouble


def test_the_photos_themselves_are_only_copied(photos, tmp_path):
    before = [path.read_bytes() for path in photos.paths]
    hide_troubles(photos, tmp_path / "field")
    assert [path.read_bytes() for path in photos.paths] == before


def test_a_second_run_replaces_the_first(photos, tmp_path):
    hide_troubles(photos, tmp_path / "field", seed=0, per_class=8)
    hidden = hide_troubles(photos, tmp_path / "field", seed=1, per_class=3)
    field = read_folder(tmp_path / "field")
    added = 1 + 1 + 2 + 1  # a copy, one saved again, two blurred, one dark
    assert len(field) == 9 + added and len(field.problems) == len(hidden["files"])


def test_photos_of_the_learner_are_never_deleted(photos, tmp_path):
    own = tmp_path / "field" / "rust" / "mine.jpg"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"precious")
    with pytest.raises(KitError, match="holds files of your own"):
        hide_troubles(photos, tmp_path / "field")
    assert own.read_bytes() == b"precious"


def test_pictures_of_any_kind_will_do(tmp_path):
    """Two classes of three, CMYK, grey and with a palette: a learner's folder may be such."""
    for number, mode in enumerate(("CMYK", "L", "P", "RGBA", "RGB", "LA")):
        place = tmp_path / "own" / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        picture = Image.effect_noise((60, 50 + number), 90).convert("RGB").convert(mode)
        picture.save(place / f"{number}.{'jpg' if mode == 'CMYK' else 'png'}")
    hide_troubles(read_folder(tmp_path / "own"), tmp_path / "field")
    assert len(read_folder(tmp_path / "field")) == 6 + 5


def test_too_few_photos_are_told(photos, tmp_path):
    with pytest.raises(KitError, match="There are 3 photos; 6 are needed"):
        hide_troubles(photos.take([0, 1, 2]), tmp_path / "field")
    assert not (tmp_path / "field").exists()


@pytest.fixture(scope="module")
def few_photos():
    return load_dataset("simulated-leaves", count=2)


def suspects(few_photos, positions=(4, 0, 2)):
    return [
        LabelSuspect(i, int(few_photos.labels[i]), (few_photos.labels[i] + 1) % 3, 0.1)
        for i in positions
    ]


def buttons(widget):
    """All buttons by what is written on them."""
    children = getattr(widget, "children", ())
    found = {child.description: child for child in children if hasattr(child, "on_click")}
    for child in children:
        found |= buttons(child)
    return found


def text(widget):
    return widget.children[0].value


def test_decisions_are_kept_and_the_photos_stay(few_photos):
    before = few_photos.labels.copy()
    session = Mending(few_photos, suspects(few_photos))
    press = buttons(session.widget())
    press["healthy"].click()
    press["Skip"].click()
    press["bean_rust"].click()
    assert session.decisions == {4: 2, 2: 1}
    assert session.mended().labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert np.array_equal(few_photos.labels, before)


def test_it_says_where_one_is_and_ends(few_photos):
    session = Mending(few_photos, suspects(few_photos))
    widget = session.widget()
    press = buttons(widget)
    assert "Photo 1 of 3" in text(widget) and "<b>healthy</b>" in text(widget)
    first = widget.children[1].value
    press["Back"].click()
    assert "Photo 1 of 3" in text(widget), "there is nothing before the first"
    press["bean_rust"].click()
    assert "Photo 2 of 3 (1 decided, 1 labels changed)" in text(widget)
    assert widget.children[1].value != first
    press["Skip"].click()
    press["Skip"].click()
    assert "That was the last one" in text(widget)
    press["bean_rust"].click()
    assert len(session.decisions) == 1, "after the last photo nothing can be decided"
    press["Back"].click()
    assert "Photo 3 of 3" in text(widget)


def test_one_can_change_ones_mind(few_photos):
    session = Mending(few_photos, suspects(few_photos))
    press = buttons(session.widget())
    press["bean_rust"].click()
    press["Back"].click()
    assert press["bean_rust"].icon == "check" and press["healthy"].icon == ""
    press["healthy"].click()
    assert session.decisions == {4: 2}


def test_without_suspects_it_says_so_at_once(few_photos):
    assert "That was the last one" in text(Mending(few_photos, ()).widget())


def test_the_runner_sees_that_it_was_proven(few_photos, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *data, **how: shown.append((data, how)))
    monkeypatch.setenv("LOWRES_PROVE", "1")
    session = mending.page_through(few_photos, suspects(few_photos))
    assert session.decisions == {}, "the proof must not decide anything for the learner"
    ((bundle,), how) = shown[0]
    assert how["metadata"]["lowres_kit"] == {"widget": ["mending"], "proven": True}
    assert bundle["text/plain"].startswith("The photos and their buttons")


def test_the_proof_finds_a_button_that_does_nothing(few_photos, monkeypatch):
    monkeypatch.setattr(Mending, "_decide", lambda self, label: self._go(1))
    with pytest.raises(RuntimeError, match="does not keep the decision"):
        mending._prove(Mending(few_photos, suspects(few_photos)))
