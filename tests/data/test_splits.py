"""A split that tells the truth: shares kept, and nothing that belongs together torn apart."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from lowres_kit.data import PhotoSet, read_folder, sample_per_class, split
from lowres_kit.errors import KitError


def without_files(labels, sources=()):
    names = [f"class {label}" for label in range(max(labels) + 1)]
    return PhotoSet("drawn", names, [f"{one}.png" for one in range(len(labels))], labels, sources)


@given(
    counts=st.lists(st.integers(2, 60), min_size=2, max_size=6),
    held_out=st.floats(0.05, 0.6),
    seed=st.integers(0, 1000),
)
@settings(max_examples=80, deadline=None)
def test_single_photos_are_split_to_the_photo(counts, held_out, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    photos = without_files(labels)
    rest, held = split(photos, held_out, seed, groups=range(len(labels)))
    assert sorted([*rest, *held]) == list(range(len(labels)))
    for label, count in enumerate(counts):
        apart = (labels[held] == label).sum()
        assert 1 <= apart <= count - 1
        assert abs(apart - held_out * count) <= 1


@given(data=st.data(), seed=st.integers(0, 100))
@settings(max_examples=80, deadline=None)
def test_groups_are_never_torn(data, seed):
    count = data.draw(st.integers(8, 80))
    number = st.integers(0, max(2, count // 3))
    groups = np.array(data.draw(st.lists(number, min_size=count, max_size=count)))
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    assume(len(set(labels.tolist())) == 3)
    photos = without_files(labels)
    try:
        rest, held = split(photos, 0.3, seed, groups=groups)
    except KitError as error:
        assert "belong together" in str(error)
        return
    assert sorted([*rest, *held]) == list(range(count))
    assert not set(groups[rest]) & set(groups[held])
    assert set(labels[rest]) == set(labels[held]) == {0, 1, 2}


@given(
    groups_of_class=st.lists(st.integers(12, 40), min_size=2, max_size=4),
    most=st.integers(1, 4),
    seed=st.integers(0, 100),
)
@settings(max_examples=60, deadline=None)
def test_shares_hold_with_small_groups(groups_of_class, most, seed):
    rng = np.random.default_rng(seed)
    labels, groups = [], []
    for label, count in enumerate(groups_of_class):
        for size in rng.integers(1, most + 1, count):
            groups += [(label, len(groups))] * size
            labels += [label] * size
    groups = [hash(group) for group in groups]
    rest, held = split(without_files(labels), 0.25, seed, groups=groups)
    for label in range(len(groups_of_class)):
        share = (np.array(labels)[held] == label).mean() * len(held) / labels.count(label)
        assert abs(share - 0.25) <= most / labels.count(label)


@given(seed=st.integers(0, 50))
def test_same_seed_same_split(seed):
    photos = without_files([0] * 20 + [1] * 30)
    first, again = (split(photos, 0.2, seed, groups=range(50))[1] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_another_seed_gives_another_split():
    photos = without_files([0] * 50 + [1] * 50)
    assert len({tuple(split(photos, 0.2, seed, groups=range(100))[1]) for seed in range(5)}) == 5


def test_one_group_is_refused_in_words():
    with pytest.raises(KitError, match="'class 1' belong together"):
        split(without_files([0, 0, 0, 1, 1]), groups=[1, 2, 3, 4, 4])
    with pytest.raises(KitError, match="class 1"):
        split(without_files([0, 0, 0, 1]), groups=range(4))


def test_classes_that_hang_together_are_refused_in_words():
    # Either group takes all photos of one class with it.
    with pytest.raises(KitError, match="both sides"):
        split(without_files([0, 0, 1, 1, 2, 2]), groups=[1, 2, 2, 3, 3, 1])


def test_odd_requests():
    photos = without_files([0, 0, 1, 1])
    for share in (0, 1, -0.2, 3):
        with pytest.raises(KitError, match="between 0 and 1"):
            split(photos, share, groups=range(4))
    with pytest.raises(KitError, match="3 entries"):
        split(photos, groups=range(3))


def test_an_empty_class_does_not_matter():
    photos = PhotoSet("drawn", "abc", [f"{one}.png" for one in range(8)], [0, 0, 2, 2] * 2)
    rest, held = split(photos, 0.5, groups=range(8))
    assert sorted(photos.labels[held]) == [0, 0, 2, 2]


def test_near_duplicates_and_sources_stay_on_one_side(folder_of, draw):
    folder = folder_of(a=12, b=12)
    for number in range(6):  # half of the photos of class a were saved twice
        small = Image.open(folder / "a" / f"{number:03}.png").resize((48, 48))
        small.save(folder / "a" / f"copy {number}.jpg", quality=60)
    rows = [f"b/{number:03}.png,plant {number // 3}" for number in range(12)]
    (folder / "sources.csv").write_text("file,source\n" + "\n".join(rows), encoding="utf-8")
    photos = read_folder(folder)
    for seed in range(5):
        rest, held = split(photos, 0.3, seed)
        for side in (rest, held):
            names = {photos.paths[one].name for one in side if photos.labels[one] == 0}
            for number in range(6):
                assert (f"{number:03}.png" in names) == (f"copy {number}.jpg" in names)
        plants = [{photos.sources[one] for one in side} - {""} for side in (rest, held)]
        assert plants[0] and plants[1] and not plants[0] & plants[1]


def test_chains_belong_together(folder_of):
    """A copy links the photo of one plant to another plant: both go to the same side."""
    folder = folder_of(a=4, b=4)
    (folder / "a" / "copy.png").write_bytes((folder / "a" / "000.png").read_bytes())
    table = "file,source\na/000.png,p\na/001.png,p\na/copy.png,q\na/002.png,q\n"
    (folder / "sources.csv").write_text(table, encoding="utf-8")
    photos = read_folder(folder)
    number = dict(zip((path.name for path in photos.paths), photos.groups[:5]))
    assert number["000.png"] == number["001.png"] == number["copy.png"] == number["002.png"]
    assert len(set(photos.groups.tolist())) == 6


@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=60),
    per_class=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_few(labels, per_class, seed):
    chosen = sample_per_class(np.array(labels), per_class, seed)
    assert len(set(chosen.tolist())) == len(chosen)
    for label in set(labels):
        found = sum(labels[one] == label for one in chosen)
        assert found == min(per_class, labels.count(label))
    assert set(sample_per_class(np.array(labels), per_class // 2, seed)) <= set(chosen)


def test_few_of_photos():
    assert sample_per_class(without_files([0, 0, 1, 1]), 1).shape == (2,)


def test_beans_are_split_to_the_photo(real_beans):
    photos = read_folder(real_beans)
    rest, held = split(photos, 0.2, seed=0)
    assert photos.take(held).counts() == {"angular_leaf_spot": 69, "bean_rust": 70, "healthy": 68}
    assert len(rest) + len(held) == 1034
