"""Splits, label errors, evaluation and learning take texts and tables: nothing asks for photos."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from lowres_kit.data import PhotoSet, likely_label_errors, load_table, sample_per_class, split
from lowres_kit.data.splits import few_shot_split
from lowres_kit.errors import KitError

pytest.importorskip("torch")

from lowres_kit.learn import (
    STRATEGIES,
    Evaluation,
    Expert,
    active_learning_loop,
    label_spreading,
    learning_curve,
    linear_probe,
    self_training,
    semi_supervised_fit,
)

NEEDED = ("name", "class_names", "labels", "groups", "simulated", "take", "__len__")
WORDS = {"rain": ("rain", "cloud", "storm", "wet"), "market": ("price", "maize", "sell", "bag")}


@dataclass(frozen=True)
class Texts:
    """Messages, each of a village: the least that makes a `LabelledSet`."""

    texts: tuple
    labels: np.ndarray
    groups: np.ndarray
    name: str = "messages"
    class_names: tuple = tuple(WORDS)
    simulated: bool = True

    def __len__(self):
        return len(self.texts)

    def take(self, positions):
        taken = tuple(self.texts[i] for i in positions)
        return replace(self, texts=taken, labels=self.labels[positions],
                       groups=self.groups[positions])  # fmt: skip

    def features(self):
        """How often each known word comes."""
        known = [word for words in WORDS.values() for word in words]
        return np.array(
            [[text.split().count(word) for word in known] for text in self.texts], float
        )


def messages():
    """Two messages from each of 60 villages."""
    rng, labels = np.random.default_rng(0), np.repeat([0, 1], 60)
    kinds = list(WORDS.values())
    texts = tuple(" ".join(rng.choice([*kinds[label]] * 3 + [*kinds[1 - label], "today"], 6))
                  for label in labels)  # fmt: skip
    return Texts(texts, labels, np.arange(120) // 2)


def rows():
    """A few rows of a table that comes with scikit-learn."""
    table = load_table("breast-cancer")
    return table.take(sample_per_class(table, 60, seed=1))


def features_of(examples):
    found = examples.features() if isinstance(examples, Texts) else examples.rows
    return (found - found.mean(0)) / (found.std(0) + 1e-9)


@pytest.fixture(params=[messages, rows], ids=["texts", "rows"])
def examples(request):
    return request.param()


def test_photos_texts_and_tables_have_what_is_needed(examples):
    photos = PhotoSet("p", ("a", "b"), (), ())
    for one in (examples, photos):
        assert all(hasattr(one, name) for name in NEEDED)


def test_splits(examples):
    rest, held = split(examples, 0.25, seed=2)
    assert sorted([*rest, *held]) == list(range(len(examples)))
    assert not set(examples.groups[rest]) & set(examples.groups[held])
    parts = few_shot_split(examples, held_out=0.3, per_class=10)
    assert [np.bincount(examples.labels[parts[name]]).tolist() for name in ("train", "validation")]\
        == [[10, 10], [10, 10]]  # fmt: skip
    assert sum(map(len, parts.values())) == len(examples)


def test_wrong_labels_are_found(examples):
    wrong = np.array([3, 40, 80, 110])
    given = examples.labels.copy()
    given[wrong] = 1 - given[wrong]
    found = likely_label_errors(features_of(examples), given, groups=examples.groups)
    # By chance, two of the four would be among eight of 120 once in forty times.
    assert len(set(wrong) & {one.index for one in found[:8]}) >= 2


def test_learning_and_evaluation(examples):
    features, labels = features_of(examples), examples.labels
    rest, held = split(examples, 0.3)
    turns = list(active_learning_loop(features[rest], Expert(labels[rest]), STRATEGIES["margin"],
                                      most=40))  # fmt: skip
    told = Evaluation.of(turns[-1].model.predict_proba(features[held]), labels[held],
                         examples.class_names, what="examples")  # fmt: skip
    assert told.accuracy > 0.8 and f"on {len(held)} examples" in str(told)
    for method in (self_training, label_spreading):
        fit = semi_supervised_fit(method, features[rest])
        curve = learning_curve(
            features[rest], labels[rest], features[held], labels[held], [4, 16], draws=2, fit=fit
        )
        assert curve.median[-1] > 0.8
    assert linear_probe(features[rest], labels[rest]).score(features[held], labels[held]) > 0.8


def test_equal_rows_of_a_table_belong_together():
    table = load_table("breast-cancer").take([0, 1, 0, 2])
    assert table.groups[0] == table.groups[2] and len(set(table.groups)) == 3
    with pytest.raises(KitError, match="diabetes has no classes"):
        split(load_table("diabetes"))
