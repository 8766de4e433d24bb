"""Exercises of the lesson Welcome: right answers pass, and the usual slips get their own hint."""

import numpy as np
import pytest

from lowres_lessons.welcome import checks as check


def count_right(answers, truth):
    return sum(answer == true for answer, true in zip(answers, truth, strict=True))


def shares(answers, truth):
    pairs = list(zip(answers, truth, strict=True))
    return {
        name: sum(a == t for a, t in pairs if t == name) / truth.count(name) for name in set(truth)
    }


def test_right_answers_pass():
    assert check.accuracy(lambda a, t: count_right(a, t) / len(t)).passed
    assert check.accuracy(lambda a, t: np.mean(np.array(a) == np.array(t))).passed
    assert check.hardest(lambda a, t: min(shares(a, t), key=shares(a, t).get)).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda a, t: ..., "..."),
        (lambda a, t: None, "return"),
        (count_right, "len(truth)"),
        (lambda a, t: 100 * count_right(a, t) / len(t), "percent"),
        (lambda a, t: 1 - count_right(a, t) / len(t), "!="),
        (lambda a, t: count_right(a, t) / 10, "by hand"),
        (lambda a, t: [x == y for x, y in zip(a, t, strict=True)], "one number"),
        (lambda a, t: np.array(a) == np.array(t), "one number"),
        (lambda a, t: count_right(a, t) / ..., "still in your function"),
        (lambda a, t: 0.5, "zip(answers, truth)"),
        (lambda a, t: a.length, "AttributeError"),
    ],
)
def test_slips_of_accuracy(answer, sign):
    verdict = check.accuracy(answer)
    assert not verdict.passed and sign in str(verdict)


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda a, t: ..., "..."),
        (lambda a, t: None, "return"),
        (lambda a, t: max(shares(a, t), key=shares(a, t).get), "`max`"),
        (lambda a, t: min(shares(a, t).values()), "gives a name"),
        (
            lambda a, t: min(set(t), key=lambda n: count_right(*zip_of(a, t, n))),
            "len(of_class)",
        ),
        (lambda a, t: "blight", "smallest value"),
        (lambda a, t: "spot", "count(name)"),
        (lambda a, t: max(set(t), key=lambda n: t.count(n) - right_of(a, t, n)), "not the errors"),
    ],
)
def test_slips_of_hardest(answer, sign):
    verdict = check.hardest(answer)
    assert not verdict.passed and sign in str(verdict), str(verdict)


def right_of(answers, truth, name):
    return count_right(*zip_of(answers, truth, name))


def zip_of(answers, truth, name):
    pairs = [(a, t) for a, t in zip(answers, truth, strict=True) if t == name]
    return [a for a, _ in pairs], [t for _, t in pairs]
