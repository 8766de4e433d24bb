"""The checks of lesson 02: the solution passes, and each usual slip gets its own hint."""

import numpy as np
import pytest

from lowres_kit.data.describe import sharpness as sharpness_of_the_audit
from lowres_kit.workshop.checks.lesson_02 import (
    CHANGES,
    check_keeps_label,
    check_sharpness,
    check_split_by_plant,
    laplacian,
)


def sharpness(grey):
    return laplacian(grey).var()


def test_sharpness():
    assert check_sharpness(sharpness).passed
    assert check_sharpness(lambda grey: float(laplacian(grey).std() ** 2)).passed


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
    verdict = check_sharpness(function)
    assert not verdict.passed and expected in verdict.hint


def split_by_plant(plants, held_out, seed):
    mixed = np.random.default_rng(seed).permutation(np.unique(plants))
    apart = np.isin(plants, mixed[: round(held_out * len(mixed))])
    return np.flatnonzero(~apart), np.flatnonzero(apart)


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
    assert check_split_by_plant(split_by_plant).passed
    lists = changed(lambda rest, held: (rest.tolist(), held.tolist()))
    assert check_split_by_plant(lists).passed
    assert check_split_by_plant(changed(lambda rest, held: (rest[::-1], held[::-1]))).passed


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
        (changed(lambda rest, held: (held, rest)), "Count plants"),
        (lambda plants, held_out, seed: split_by_plant(plants, held_out, 0), "default_rng(seed)"),
        (
            lambda plants, held_out, seed: split_by_plant(plants, held_out, None),
            "inside the function, from the seed",
        ),
        (lambda plants, held_out, seed: ..., "`...`"),
        (lambda plants: plants, "cell of its own"),
        (..., "Put your answer"),
    ],
)
def test_slips_of_the_split(function, expected):
    verdict = check_split_by_plant(function)
    assert not verdict.passed and expected in verdict.hint, verdict


RIGHT = {change: right for change, (right, _) in CHANGES.items()}


def test_changes_that_keep_the_label():
    assert check_keeps_label(RIGHT).passed
    assert check_keeps_label({change: np.bool_(right) for change, right in RIGHT.items()}).passed


@pytest.mark.parametrize("change", CHANGES)
def test_each_wrong_answer_has_its_own_hint(change):
    verdict = check_keeps_label({**RIGHT, change: not RIGHT[change]})
    assert not verdict.passed and change in verdict.text and verdict.hint == CHANGES[change][1]
    verdict = check_keeps_label({**RIGHT, change: ...})
    assert not verdict.passed and f'the `...` for "{change}"' in verdict.text


def test_the_hints_differ():
    assert len({hint for _, hint in CHANGES.values()}) == len(CHANGES)


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
    verdict = check_keeps_label(answer)
    assert not verdict.passed and expected in verdict.text
