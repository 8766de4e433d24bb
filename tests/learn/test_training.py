"""Training learns, repeats itself, and comes back from being killed with the same result."""

import copy
import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch

from lowres_kit.learn.backbone import (
    EfficientNetLite0,
    imagenet_backbone,
    normalise,
    predict_probabilities,
)
from lowres_kit.learn.evaluation import log_loss
from lowres_kit.learn.recipe import FROZEN_LAYERS, Recipe
from lowres_kit.learn.training import fine_tune, learning_rate
from lowres_kit.learn.transforms import augment, random_view


def stripes(n, size=32, seed=0):
    """Two classes that differ in the direction of stripes: upright or lying."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    wave = 100 * np.sin(np.arange(size)[None] * 1.5 + rng.uniform(0, 6, (n, 1)))
    photos = 128 + wave[:, :, None] * np.ones((n, size, size))
    photos[labels == 1] = photos[labels == 1].transpose(0, 2, 1)
    noisy = photos[..., None] + rng.normal(0, 20, (n, size, size, 3))
    return noisy.clip(0, 255).astype(np.uint8), labels


RECIPE = Recipe(cut="40", epochs=4, batch=8, upright=True)


def same_weights(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values())
    return all(torch.equal(a, b) for a, b in pairs)


def test_learns_what_can_be_seen():
    fitted = fine_tune(*stripes(32), stripes(20, seed=1), RECIPE)
    assert fitted.history[-1]["validation_accuracy"] >= 0.95
    assert fitted.history[-1]["loss"] < fitted.history[0]["loss"]


def test_same_seed_same_network_other_seed_another():
    first = fine_tune(*stripes(16), recipe=RECIPE).model
    random_state = torch.random.get_rng_state()
    assert same_weights(first, fine_tune(*stripes(16), recipe=RECIPE).model)
    assert torch.equal(random_state, torch.random.get_rng_state())
    other = Recipe(cut="40", epochs=4, batch=8, upright=True, seed=1)
    assert not same_weights(first, fine_tune(*stripes(16), recipe=other).model)


def test_first_layers_stay_as_imagenet_left_them():
    trained, fresh = fine_tune(*stripes(16), recipe=RECIPE).model, imagenet_backbone(2, "40")
    assert same_weights(trained.features[:FROZEN_LAYERS], fresh.features[:FROZEN_LAYERS])
    assert not same_weights(trained.features[FROZEN_LAYERS:], fresh.features[FROZEN_LAYERS:])


def test_goes_on_from_a_network_and_leaves_it_as_it_was():
    photos, labels = stripes(32)
    before = fine_tune(photos, labels, recipe=RECIPE).model
    weights = copy.deepcopy(before.state_dict())
    gentle = Recipe(epochs=1, batch=8, upright=True, rate=1e-5)
    after = fine_tune(photos, labels, recipe=gentle, start=before).model
    assert all(torch.equal(weights[name], value) for name, value in before.state_dict().items())
    assert not torch.equal(after.classifier.weight, before.classifier.weight)
    moved = (after.classifier.weight - before.classifier.weight).abs().max()
    assert moved < 2e-4  # AdamW moves a weight by about the rate a step, and there were four
    answers = [predict_probabilities(model, photos).argmax(1) for model in (before, after)]
    assert np.array_equal(*answers)


def test_thin_network_without_batchnorm_trains_too():
    photos, labels = stripes(32)
    thin = EfficientNetLite0(2, "24", (8, (8, 4), (16, 8), (24, 8)))
    for module in list(thin.modules()):
        for name, child in module.named_children():
            if isinstance(child, torch.nn.BatchNorm2d):
                setattr(module, name, torch.nn.Identity())
    recipe = Recipe(epochs=2, batch=8, frozen_layers=0, upright=True)
    fitted = fine_tune(photos, labels, stripes(16, seed=1), recipe, start=thin)
    assert fitted.history[-1]["loss"] < fitted.history[0]["loss"]


def test_objective_sees_the_photos_and_after_step_the_progress():
    seen, progress = [], []

    def always_first(scores, x, labels):
        seen.append((tuple(scores.shape), tuple(x.shape), tuple(labels.shape)))
        return torch.nn.functional.cross_entropy(scores, torch.zeros_like(labels))

    def no_bias(model, share):
        progress.append(share)
        with torch.no_grad():
            model.classifier.bias.zero_()

    photos, labels = stripes(20)
    fitted = fine_tune(photos, labels, recipe=RECIPE, objective=always_first, after_step=no_bias)
    assert seen[0] == ((8, 2), (8, 3, 32, 32), (8,)) and len(seen) == 4 * 3
    assert progress == sorted(progress) and 0 <= progress[0] < progress[-1] <= 1
    assert not fitted.model.classifier.bias.any()
    assert fitted.history[-1]["loss"] < fitted.history[0]["loss"] / 2
    assert (predict_probabilities(fitted.model, photos)[:, 0]).mean() > 0.6  # half are not


def test_from_scratch_all_layers_learn():
    recipe = Recipe(cut="40", epochs=1, batch=8, pretrained=False)
    one = fine_tune(*stripes(16), recipe=recipe).model
    other = fine_tune(*stripes(16, seed=5), recipe=recipe).model
    assert not torch.equal(one.features[1].weight, other.features[1].weight)


def test_stops_when_validation_no_longer_gets_better():
    """Labels of the validation photos are turned round: the more it learns, the worse it does."""
    photos, labels = stripes(32)
    recipe = Recipe(cut="40", epochs=30, batch=8, patience=2, upright=True)
    fitted = fine_tune(photos, labels, (photos, 1 - labels), recipe)
    assert len(fitted.history) < 30
    losses = [row["validation_loss"] for row in fitted.history]
    assert fitted.best_epoch == 1 + losses.index(min(losses))
    assert len(losses) == fitted.best_epoch + 2


KILLED = """
    import sys
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    from lowres_kit.learn import training
    from test_training import RECIPE, stripes

    real = training.write_checkpoint
    def write_and_tell(path, identity, **state):
        real(path, identity, **state)
        print(state["epoch"], flush=True)
    training.write_checkpoint = write_and_tell
    training.fine_tune(*stripes(16), stripes(8, seed=1), RECIPE, checkpoint=Path({file!r}))
"""


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_killed_run_goes_on_to_the_same_result(tmp_path, epoch):
    checkpoint = tmp_path / "run.pt"
    program = textwrap.dedent(KILLED).format(tests=os.path.dirname(__file__), file=str(checkpoint))
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if int(line) == epoch:
            time.sleep(0.02)  # somewhere within the next epoch
            process.kill()
    process.wait()
    assert process.returncode in (-signal.SIGKILL, 1)
    photos, validation = stripes(16), stripes(8, seed=1)
    resumed = fine_tune(*photos, validation, RECIPE, checkpoint=checkpoint)
    straight = fine_tune(*photos, validation, RECIPE)
    assert [row["epoch"] for row in resumed.history] == [1, 2, 3, 4]
    assert resumed.history == straight.history
    assert same_weights(resumed.model, straight.model)


def test_checkpoint_of_another_run_or_a_damaged_one_is_not_used(tmp_path):
    checkpoint = tmp_path / "run.pt"
    fine_tune(*stripes(16, seed=9), recipe=RECIPE, checkpoint=checkpoint)
    straight = fine_tune(*stripes(16), recipe=RECIPE).model
    assert same_weights(
        fine_tune(*stripes(16), recipe=RECIPE, checkpoint=checkpoint).model, straight
    )
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    assert same_weights(
        fine_tune(*stripes(16), recipe=RECIPE, checkpoint=checkpoint).model, straight
    )


def test_augmented_leaves_stay_what_they_are():
    """A view changes the picture, keeps its shape and range, and with upright never mirrors."""
    photo = np.zeros((1, 48, 48, 3), np.uint8)
    photo[:, :, :24] = 255  # bright on the left
    x = normalise(np.repeat(photo, 40, axis=0))
    generator = torch.Generator().manual_seed(0)
    turned = random_view(x, generator)
    assert turned.shape == x.shape
    assert turned.min() >= x.min() - 1e-5 and turned.max() <= x.max() + 1e-5
    upright = random_view(x, generator, upright=True)
    left, right = upright[..., :12].mean((1, 2, 3)), upright[..., 36:].mean((1, 2, 3))
    assert (left > right).all()
    mirrored = turned[..., :12].mean((1, 2, 3)) < turned[..., 36:].mean((1, 2, 3))
    assert 5 < mirrored.sum() < 35
    assert not torch.equal(augment(x, generator), augment(x, generator))


def test_views_cut_from_larger_photos_are_sharper():
    """A turned fine pattern keeps more of its contrast if the photo has pixels to spare."""
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (20, 72, 72, 3), dtype=np.uint8)
    small, large = normalise(photos, 48), normalise(photos)
    assert small.shape == (20, 3, 48, 48) and large.shape == (20, 3, 72, 72)
    views = [random_view(x, torch.Generator().manual_seed(0), size=48) for x in (small, large)]
    assert [view.shape for view in views] == [small.shape, small.shape]
    assert views[1].std() > 1.2 * views[0].std()


def test_photos_larger_than_the_pictures_of_the_network():
    recipe = Recipe(cut="24", epochs=2, batch=8, upright=True, size=32)
    photos, labels = stripes(16, size=48)
    fitted = fine_tune(photos, labels, (photos, labels), recipe)
    loss = log_loss(predict_probabilities(fitted.model, photos, size=32), labels)
    assert loss == pytest.approx(min(row["validation_loss"] for row in fitted.history))
    assert loss != log_loss(predict_probabilities(fitted.model, photos), labels)


def test_rate_rises_then_falls_to_nothing():
    rates = [learning_rate(step / 100) for step in range(101)]
    assert max(rates) == rates[20] == 1.0
    assert rates[:21] == sorted(rates[:21]) and rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] == pytest.approx(0)
