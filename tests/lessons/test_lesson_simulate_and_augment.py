"""The parts of the lesson Simulate and augment: right answers, and the usual slips."""

import numpy as np
import pytest
from legible import assert_legible
from verdicts import assert_says

from lowres_kit.data import PhotoSet
from lowres_kit.errors import KitError
from lowres_lessons.simulate_and_augment import checks as check
from lowres_lessons.simulate_and_augment import two_domains as module
from lowres_lessons.simulate_and_augment.plots import class_view, distances_view, seeds_view, strip
from lowres_lessons.simulate_and_augment.synthetic import copies_of_training, nearest_distances


def paste(one, other, label, other_label, rows, columns, share=None):
    picture = one.copy()
    picture[rows, columns] = other[rows, columns]
    share = picture[rows, columns].size / picture.size if share is None else share
    return picture, (1 - share) * label + share * other_label


def in_place(one, other, label, other_label, rows, columns):
    one[rows, columns] = other[rows, columns]
    return one, label


def from_the_wrong_one(one, other, label, other_label, rows, columns):
    return paste(other, one, label, other_label, rows, columns)


def the_other_way_round(one, other, label, other_label, rows, columns):
    return paste(one, other, other_label, label, rows, columns)


def of_one_side(one, other, label, other_label, rows, columns):
    return paste(one, other, label, other_label, rows, columns, (rows.stop - rows.start) / 8 / 3)


def not_shares(one, other, label, other_label, rows, columns):
    return paste(one, other, label, other_label, rows, columns)[0], label + other_label


def elsewhere(one, other, label, other_label, rows, columns):
    return paste(one, other, label, other_label, columns, rows)


def test_paste_passes():
    assert check.paste(paste).passed
    assert check.paste(lambda *given: tuple(paste(*given))).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda *given: ..., "not yet"),
        (lambda *given: None, "return"),
        (lambda *given: paste(*given)[0], "two things"),
        (lambda *given: (paste(*given)[0], ...), "still gives back"),
        (in_place, "copy\\(\\)"),
        (from_the_wrong_one, "wrong picture"),
        (elsewhere, "not where it should be"),
        (the_other_way_round, "wrong way round"),
        (lambda *given: paste(*given, share=0.5), "half"),
        (lambda *given: paste(*given, share=0.25), "all of its label"),
        (of_one_side, "quarter"),
        (not_shares, "add up to 1"),
        (lambda *given: (paste(*given)[0], 0.25), "each class"),
        (lambda one, *rest: one.nonsense, "nonsense"),
    ],
)
def test_paste_slips(answer, sign):
    assert_says(check.paste(answer), sign)


RIGHT = dict(check.CASES)
SIX = "digit, upside down"


def test_keeps_label_passes():
    assert check.keeps_label(RIGHT).passed
    assert check.keeps_label({case: np.bool_(keeps) for case, keeps in RIGHT.items()}).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (..., "still there"),
        (dict.fromkeys(RIGHT, ...), "6 of 6"),
        ({**RIGHT, SIX: ...}, "1 of 6"),
        ({case: keeps for case, keeps in RIGHT.items() if case != SIX}, "no answer yet"),
        ({**RIGHT, SIX: "False"}, "quotes"),
        ({**RIGHT, SIX: True}, "6 is a 9"),
        ({case: not keeps for case, keeps in RIGHT.items()}, "other way round"),
        ([True, False], "dictionary"),
    ],
)
def test_keeps_label_slips(answer, sign):
    assert_says(check.keeps_label(answer), sign)


def limit_of(held_out, training, level=0.01):
    return np.quantile(nearest_distances(held_out, training), level)


def find(made, training, held_out):
    return nearest_distances(made, training) < limit_of(held_out, training)


def test_find_copies_passes():
    assert check.find_copies(find).passed
    assert check.find_copies(copies_of_training).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda made, training, held: ..., "not yet"),
        (lambda made, training, held: None, "return"),
        (lambda made, training, held: find(made, training, held).any(), "1 values for 60"),
        (lambda made, training, held: nearest_distances(made, training), "True or False"),
        (lambda made, training, held: ~find(made, training, held), "<"),
        (lambda made, training, held: np.zeros(60, bool), "finds none"),
        (lambda made, training, held: nearest_distances(made, held) < limit_of(held, training, 0.3),
         "to `training`"),
        (lambda made, training, held:
         nearest_distances(made, training) < nearest_distances(held, training).mean(), "small"),
        (lambda made, training, held: nearest_distances(made, training)
         < limit_of(held, training, 0.1), "1 % limit"),
        (lambda made, training, held: nearest_distances(made, training) < 0.1, "does not change"),
        (lambda made, training, held: made.nonsense, "nonsense"),
    ],
)  # fmt: skip
def test_find_copies_slips(answer, sign):
    assert_says(check.find_copies(answer), sign)


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


PHOTO, INK = np.full((96, 96, 3), 120, np.uint8), np.full((8, 8), 0.4)
NAMES = ("angular_leaf_spot", "bean_rust", "healthy")
GAINS = {"turn": [0.02, 0.04, 0.04], "hue": [-0.14, -0.01, -0.27]}
SCORES = {"fifty digits": [0.87, 0.88, 0.90], "and shifted copies": [0.88] * 3}
NEAR = {"new real digits": [0.6, 1.0, 1.4], "the cheat's": [0.1, 0.1, 0.2]}


FIGURES = {
    "leaves": lambda: strip([PHOTO] * 6, NAMES * 2, "above: simulated photos; below: hue", rows=2),
    "digits": lambda: strip([INK] * 16, ["made up 3"] * 16, "above: real; below: made up", rows=2),
    "one row": lambda: strip([INK] * 7, ["(-2.0, -0.5)"] * 7, "made up by the VAE"),
    "classes": lambda: class_view(GAINS, NAMES, "class (simulated photos, mean of 7 draws)"),
    "ten classes": lambda: class_view({"mirror": [0.1] * 10}, range(10), "digit (real)"),
    "seeds": lambda: seeds_view(SCORES, "right (%, real digits); one mark a draw of fifty"),
    "all the same": lambda: seeds_view({"as they are": [1.0] * 7}, "right (%)"),
    "distances": lambda: distances_view(NEAR, 0.5, "distance to the nearest training digit (ink)"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


def test_bars_are_the_gains_in_points():
    axis = FIGURES["classes"]().axes[0]
    assert [bar.get_height() for bar in axis.patches] == pytest.approx([2, 4, 4, -14, -1, -27])


def test_each_draw_has_a_mark_and_the_line_stands_at_the_median():
    axis = FIGURES["seeds"]().axes[0]
    assert list(axis.lines[0].get_xdata()) == pytest.approx([87, 88, 90])
    assert axis.lines[1].get_xdata()[0] == pytest.approx(88)
    assert len(set(axis.lines[2].get_ydata())) == 3  # side by side, though all are the same


def test_the_share_nearer_than_the_line_is_told():
    words = [text.get_text() for axis in FIGURES["distances"]().axes for text in axis.texts]
    assert "0 % nearer" in words[0] and "100 % nearer" in words[1]


LEAVES = ("angular_leaf_spot", "bean_rust", "healthy")


def made_up(name, simulated, names=LEAVES, each=70):
    labels = np.repeat(np.arange(len(names)), each)
    paths = [f"{names[k]}/{i}.png" for i, k in enumerate(labels)]
    return PhotoSet(name, names, paths, labels, simulated=simulated)


@pytest.fixture
def shelf(monkeypatch):
    """Data sets by name; the real beans are missing until a test puts them there."""
    sets = {
        "simulated-leaves": made_up("simulated-leaves", True),
        "simulated-leaves-other-farm": made_up("simulated-leaves-other-farm", True, each=60),
    }

    def load(name, count=None, seed=0):
        if name not in sets:
            raise KitError(f"The photos of {name!r} are not on this computer yet.")
        return sets[name]

    monkeypatch.setattr(module, "load_dataset", load)
    return sets


def chosen(photos):
    said = []
    return *module.two_domains(photos, say=said.append), " ".join(said)


def test_without_real_photos_it_is_another_simulated_farm(shelf):
    photos = shelf["simulated-leaves"]
    source, target, said = chosen(photos)
    assert source is photos and target.name == "simulated-leaves-other-farm"
    assert "simulated, another farm" in said and "beans only" not in said


def test_real_beans_are_taken_where_they_are(shelf):
    shelf["beans"] = made_up("beans", False)
    source, target, said = chosen(shelf["simulated-leaves"])
    assert source.simulated and target.name == "beans" and "(real)" in said


def test_own_photos_of_the_same_classes_are_elsewhere(shelf):
    own = made_up("our-beans", False, each=200)
    source, target, _ = chosen(own)
    assert source.name == "simulated-leaves" and target.name == "our-beans"
    assert set(target.counts().values()) == {module.MOST}


def test_own_photos_of_other_things_are_not_compared_with_leaves(shelf):
    source, target, said = chosen(made_up("tomatoes", False, ("ripe", "unripe")))
    assert source.class_names == target.class_names == LEAVES
    assert "draws bean leaves only" in said and target.simulated


def test_the_other_farm_as_ones_data_is_tested_from_the_first(shelf):
    source, target, _ = chosen(shelf["simulated-leaves-other-farm"])
    assert source.name == "simulated-leaves" and target.name == "simulated-leaves-other-farm"
