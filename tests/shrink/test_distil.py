"""Distillation: the loss is the published one, and a student learns what only its teacher knows."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lowres_kit.errors import KitError
from lowres_kit.learn import EfficientNetLite0, Recipe, fine_tune, normalise, predict_probabilities
from lowres_kit.shrink.distil import UNLABELLED, answers_of, distil, distillation_loss, soften

SCORES = arrays(np.float32, (4, 3), elements=st.floats(-20, 20, width=32)).map(torch.from_numpy)
LABELS = torch.tensor([0, 1, 2, 1])
THIN = (8, (8, 8), (32, 8), (32, 8))


@given(SCORES, st.floats(1, 10), st.floats(1.01, 5))
def test_a_higher_temperature_brings_classes_nearer_and_keeps_their_order(scores, low, factor):
    cool, warm = soften(scores, low), soften(scores, low * factor)
    assert torch.allclose(warm.sum(1), torch.ones(4), atol=1e-5)
    assert (warm.max(1).values <= cool.max(1).values + 1e-6).all()
    assert (warm.gather(1, scores.argmax(1, keepdim=True)) >= warm - 1e-6).all()


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_a_temperature_that_is_none(temperature):
    with pytest.raises(KitError, match="above 0"):
        soften(torch.zeros(1, 2), temperature)


@given(SCORES, SCORES, st.floats(1, 8))
def test_loss_is_nothing_only_where_the_student_says_what_the_teacher_says(own, told, temperature):
    alone = distillation_loss(own, told, LABELS, temperature, share=1)
    assert alone >= -1e-5
    same = distillation_loss(told, told, LABELS, temperature, share=1)
    assert float(same) == pytest.approx(0, abs=1e-4)


def test_loss_against_the_formula():
    own = torch.tensor([[1.0, 0.0], [0.5, 2.0]])
    told = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    p, q = (told / 3).softmax(1), (own / 3).softmax(1)
    teacher = 9 * (p * (p / q).log()).sum(1).mean()
    label = -own.log_softmax(1)[0, 0]  # of one of two photos: the other has no label
    found = distillation_loss(own, told, torch.tensor([0, UNLABELLED]), 3.0, share=0.75)
    assert float(found) == pytest.approx(float(0.75 * teacher + 0.25 * label / 2), rel=1e-5)


def test_gradients_keep_their_size_when_the_temperature_rises():
    """Without the square of the temperature they would be 64 times smaller at 8."""
    told = torch.tensor([[0.3, -0.2, 0.1]])
    sizes = []
    for temperature in (4.0, 32.0):
        own = torch.zeros(1, 3, requires_grad=True)
        distillation_loss(own, told, torch.tensor([0]), temperature, share=1).backward()
        sizes.append(float(own.grad.norm()))
    assert sizes[1] == pytest.approx(sizes[0], rel=0.1)


def colours(n, seed):
    """Two classes: pictures rather red, or rather blue."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    tint = np.where(labels[:, None] == 0, [[200, 90, 90]], [[90, 90, 200]])
    photos = tint[:, None, None] + rng.normal(0, 30, (n, 32, 32, 3))
    return photos.clip(0, 255).astype(np.uint8), labels


@pytest.fixture(scope="module")
def teacher():
    photos, labels = colours(48, seed=0)
    recipe = Recipe(cut="24", epochs=6, batch=8, rate=3e-3)
    return fine_tune(photos, labels, recipe=recipe).model


def student(classes=2):
    torch.manual_seed(0)
    return EfficientNetLite0(classes, "24", THIN)


LONG = Recipe(epochs=8, batch=8, rate=1e-2, frozen_layers=0)


def test_student_learns_from_unlabelled_photos_what_no_label_told_it(teacher):
    """The labelled photos are all of one class: only the teacher can tell it of the other."""
    photos, labels = colours(32, seed=1)
    more, _ = colours(64, seed=2)
    test, truth = colours(40, seed=3)
    red, zeros = photos[labels == 0], labels[labels == 0]
    alone = fine_tune(red, zeros, recipe=LONG, classes=2, start=student()).model
    taught = distil(teacher, student(), red, zeros, recipe=LONG, unlabelled=more).model
    right = [(predict_probabilities(m, test).argmax(1) == truth).mean() for m in (alone, taught)]
    assert right[0] <= 0.6 and right[1] >= 0.9


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_teacher_asked_fast_says_the_same(teacher, n):
    x = normalise(colours(n, seed=5)[0])
    told = answers_of(teacher)(x)
    with torch.no_grad():
        exact = teacher(x)
    assert not told.requires_grad and torch.allclose(told, exact, atol=1e-4)


def test_teacher_stays_as_it_was(teacher):
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    photos, labels = colours(16, seed=4)
    distil(teacher, student(), photos, labels, recipe=Recipe(epochs=1, batch=8, frozen_layers=0))
    assert all(torch.equal(before[name], value) for name, value in teacher.state_dict().items())


def test_other_classes_than_the_teacher_has(teacher):
    photos, labels = colours(16, seed=4)
    with pytest.raises(KitError, match="2 classes apart and the student 3"):
        distil(teacher, student(3), photos, labels, recipe=LONG)
