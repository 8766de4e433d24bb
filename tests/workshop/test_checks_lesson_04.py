"""Exercises of lesson 04: the usual slips get their own hint, and right answers pass."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_kit.learn import copies_of_training, nearest_distances
from lowres_kit.workshop.checks import lesson_04 as check


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
    assert check.paste(lambda *given: tuple(list(paste(*given)))).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda *given: ..., "not yet"),
        (lambda *given: None, "return"),
        (lambda *given: paste(*given)[0], "two things"),
        (lambda *given: (paste(*given)[0], ...), "still there"),
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


RIGHT = {case: keeps for case, (keeps, _) in check.CASES.items()}
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
