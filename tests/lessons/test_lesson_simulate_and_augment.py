"""The parts of the lesson Simulate and augment: right answers, and the usual slips."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from legible import assert_legible
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from torch.distributions import Normal, kl_divergence
from verdicts import assert_says

from lowres_kit.data import PhotoSet
from lowres_kit.errors import KitError
from lowres_lessons.simulate_and_augment import checks as check
from lowres_lessons.simulate_and_augment import two_domains as module
from lowres_lessons.simulate_and_augment.mixing import area, box, cutmix, mixup
from lowres_lessons.simulate_and_augment.plots import class_view, distances_view, seeds_view, strip
from lowres_lessons.simulate_and_augment.synthetic import (
    copies_of_training,
    nearest_distances,
    share_by_group,
    train_synthetic_test_real,
)
from lowres_lessons.simulate_and_augment.vae import VAE, draw_from, one_hot, train_vae, vae_loss


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


# Mixed pictures: labels are shared as the pictures are, and what was given stays.


seeds = st.integers(0, 2**31)
alphas = st.sampled_from([0.1, 0.2, 1.0, 4.0])


def batch(n, height=6, width=9):
    """Picture i is full of i, and is of class i: a pixel tells where it comes from."""
    pictures = np.broadcast_to(np.arange(n, dtype=float)[:, None, None], (n, height, width))
    return pictures.copy(), np.eye(n)


both = pytest.mark.parametrize("mix", [mixup, cutmix])


@both
@given(n=st.integers(1, 8), seed=seeds, alpha=alphas)
def test_shares_of_a_label_are_shares_and_add_up_to_1(mix, n, seed, alpha):
    mixed, targets = mix(*batch(n), np.random.default_rng(seed), alpha)
    assert mixed.shape == (n, 6, 9) and targets.shape == (n, n)
    assert (targets >= 0).all()
    assert targets.sum(axis=1) == pytest.approx(np.ones(n))


@both
@given(seed=seeds)
def test_what_was_given_stays(mix, seed):
    pictures, targets = batch(5)
    mix(pictures, targets, np.random.default_rng(seed))
    assert np.array_equal(pictures, batch(5)[0]) and np.array_equal(targets, np.eye(5))


@given(n=st.integers(2, 8), seed=seeds, alpha=alphas)
def test_mixup_shares_the_pixels_as_the_label(n, seed, alpha):
    mixed, targets = mixup(*batch(n), np.random.default_rng(seed), alpha)
    assert mixed == pytest.approx(np.broadcast_to((targets @ np.arange(n))[:, None, None],
                                                  mixed.shape))  # fmt: skip


@given(n=st.integers(2, 8), seed=seeds, alpha=alphas)
def test_the_label_of_cutmix_is_the_area_in_pixels(n, seed, alpha):
    mixed, targets = cutmix(*batch(n), np.random.default_rng(seed), alpha)
    for picture, target in zip(mixed, targets):
        counted = [(picture == i).mean() for i in range(n)]
        assert target == pytest.approx(counted)


@given(height=st.integers(1, 40), width=st.integers(1, 40), share=st.floats(0, 1), seed=seeds)
def test_a_piece_lies_inside_and_has_about_its_share(height, width, share, seed):
    rows, columns = box(height, width, share, np.random.default_rng(seed))
    assert 0 <= rows.start <= rows.stop <= height and 0 <= columns.start <= columns.stop <= width
    # Each side is rounded by half a pixel at most.
    off = abs(area((rows, columns)) - share * height * width)
    assert off <= 0.5 * (height + width) + 0.25


def test_pieces_may_lie_anywhere():
    rng = np.random.default_rng(0)
    seen = np.zeros((6, 6))
    for _ in range(300):
        seen[box(6, 6, 0.25, rng)] += 1
    assert (seen > 0).all()


def test_colours_are_mixed_too():
    pictures = np.random.default_rng(0).random((4, 8, 8, 3))
    for mix in (mixup, cutmix):
        assert mix(pictures, np.eye(4), np.random.default_rng(1))[0].shape == pictures.shape


@both
def test_labels_must_be_shares(mix):
    with pytest.raises(KitError, match="shares of all classes"):
        mix(batch(3)[0], np.array([0, 1, 2]), np.random.default_rng(0))


def test_cutmix_needs_a_picture():
    with pytest.raises(KitError, match="height and a width"):
        cutmix(np.zeros((3, 4)), np.eye(3), np.random.default_rng(0))


# Made-up data: planted copies are all found, honest ones seldom, shares are counted.


seeds = st.integers(0, 2**31)


@given(seed=seeds, count=st.integers(0, 12), d=st.integers(2, 20), far=st.sampled_from([0, 1e6]))
def test_all_planted_copies_are_found(seed, count, d, far):
    """Far from 0 as well, where a distance by scalar products would lose its digits."""
    rng = np.random.default_rng(seed)
    training, held_out, made = (far + rng.normal(size=(n, d)) for n in (60, 50, 30))
    planted = rng.permutation(30)[:count]
    made[planted] = training[rng.integers(60, size=count)]
    found = copies_of_training(made, training, held_out)
    assert found.dtype == bool and found.shape == (30,)
    assert found[planted].all()


@given(seed=seeds)
def test_near_copies_are_found_and_honest_ones_seldom(seed):
    rng = np.random.default_rng(seed)
    training, held_out, honest = (rng.normal(size=(n, 8)) for n in (200, 1000, 500))
    near = training[:100] + rng.normal(0, 1e-3, (100, 8))
    assert copies_of_training(near, training, held_out).all()
    assert copies_of_training(honest, training, held_out).mean() < 0.05  # by chance: 0.01


def test_copies_are_found_where_held_out_examples_are_doubles():
    training = np.arange(20.0)[:, None]
    found = copies_of_training([[3.0], [3.4]], training, training)
    assert found.tolist() == [True, False]


@given(seed=seeds)
def test_distances_are_the_smallest_of_all(seed):
    rng = np.random.default_rng(seed)
    some, others = rng.normal(size=(9, 4)), rng.normal(size=(7, 4))
    slow = [min(np.linalg.norm(a - b) for b in others) for a in some]
    assert nearest_distances(some, others) == pytest.approx(np.array(slow))


def test_pictures_are_compared_as_rows_of_pixels():
    pictures = np.random.default_rng(0).random((5, 4, 4))
    assert nearest_distances(pictures, pictures).tolist() == [0] * 5


groups = st.lists(st.sampled_from("abc"), min_size=1, max_size=40)


@given(real=groups, made=groups)
def test_shares_are_counted_and_the_rarest_comes_first(real, made):
    shares = share_by_group(real, made)
    assert set(shares) == set(real) | set(made)
    for group, (of_real, of_made) in shares.items():
        assert of_real == pytest.approx(real.count(group) / len(real))
        assert of_made == pytest.approx(made.count(group) / len(made))
    assert [a for a, _ in shares.values()] == sorted(a for a, _ in shares.values())


def test_a_group_that_vanished_has_the_share_0():
    assert share_by_group(["paper"] * 19 + ["slate"], ["paper"] * 5)["slate"] == (0.05, 0.0)


def test_what_was_learned_from_the_made_up_is_tested_on_the_real():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 2)), np.repeat([0, 1], 100)
    x[y == 1] += 4
    wrong = (x, 1 - y)  # a generator that mixed up the classes

    def fit(features, labels):
        return KNeighborsClassifier(3).fit(features, labels)

    found = train_synthetic_test_real(fit, wrong, (x, y), (x[::2], y[::2]))
    assert found["real"] > 0.95 and found["synthetic"] < 0.05


@pytest.mark.parametrize(
    "call",
    [
        lambda: copies_of_training(np.zeros((0, 2)), np.zeros((3, 2)), np.zeros((3, 2))),
        lambda: copies_of_training(np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((0, 2))),
        lambda: share_by_group([], ["a"]),
        lambda: share_by_group(["a"], []),
    ],
)
def test_nothing_cannot_be_compared(call):
    with pytest.raises(KitError, match="at least one"):
        call()


def test_examples_of_another_length_are_refused_in_words():
    with pytest.raises(KitError, match="3 and 2"):
        nearest_distances(np.zeros((4, 3)), np.zeros((4, 2)))


# The VAE: its loss is that of the paper, it learns to draw, a seed gives the same pictures.


DIGITS = load_digits()
X, Y = DIGITS.data / 16, DIGITS.target


@pytest.fixture(scope="module")
def trained():
    return train_vae(X[:800], Y[:800], classes=10, steps=500, seed=1)


def test_the_loss_is_surprise_and_divergence_as_torch_counts_them():
    torch.manual_seed(0)
    model, x, one_hot_labels = VAE(64, 10), torch.rand(7, 64), one_hot(Y[:7], 10, 7)
    found = vae_loss(model, x, one_hot_labels, torch.Generator().manual_seed(3))
    mean, log_variance = model.encode(x, one_hot_labels)
    deviation = (log_variance / 2).exp()
    z = mean + deviation * torch.randn(mean.shape, generator=torch.Generator().manual_seed(3))
    ink = model.decode(z, one_hot_labels).sigmoid()
    surprise = -(x * ink.log() + (1 - x) * (1 - ink).log()).sum(1)
    stray = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0)).sum(1)
    assert found.item() == pytest.approx((surprise + stray).mean().item(), rel=1e-4)


def test_what_it_draws_is_the_digit_that_it_was_told(trained):
    of = np.repeat(np.arange(10), 20)
    drawn = draw_from(trained, of, seed=2)
    assert drawn.shape == (200, 64) and 0 <= drawn.min() and drawn.max() <= 1
    assert SVC().fit(X[800:], Y[800:]).score(drawn, of) > 0.8


def test_the_same_seed_gives_the_same_and_another_gives_others():
    short = {"classes": 10, "steps": 20}
    one, again, other = (train_vae(X[:50], Y[:50], seed=seed, **short) for seed in (1, 1, 2))
    of = np.arange(10)
    assert np.array_equal(draw_from(one, of), draw_from(again, of))
    assert not np.allclose(draw_from(one, of), draw_from(other, of))
    assert not np.allclose(draw_from(one, of, seed=0), draw_from(one, of, seed=1))


def test_it_leaves_the_callers_chance_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_vae(X[:20], steps=2)
    assert torch.equal(torch.rand(3), expected)


def test_without_classes_it_draws_as_many_as_wished():
    assert draw_from(train_vae(X[:50], steps=5), count=7).shape == (7, 64)


def test_less_spread_stays_nearer_to_the_middle(trained):
    of = np.full(100, 4)
    middle = draw_from(trained, [4], spread=0)
    strays = [np.abs(draw_from(trained, of, spread=s) - middle).mean() for s in (0, 0.5, 1)]
    assert strays[0] == pytest.approx(0, abs=1e-6) and strays[1] < strays[2]


@pytest.mark.parametrize("pictures", [X[:9] * 16, -X[:9], X[:0]])
def test_what_it_cannot_learn_from_is_refused_in_words(pictures):
    with pytest.raises(KitError, match="from 0 to 1"):
        train_vae(pictures, steps=1)
