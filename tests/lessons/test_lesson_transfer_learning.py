"""The parts of the lesson Transfer learning: right answers, and the usual slips."""

import numpy as np
import pytest
from verdicts import assert_says

from lowres_lessons.transfer_learning import checks as check


def squares(query, features):
    return ((features - query) ** 2).sum(axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        lambda query, features: squares(query, features).argmin(),
        lambda query, features: int(np.argmin(np.linalg.norm(features - query, axis=1))),
        lambda query, features: min(
            range(len(features)), key=lambda i: ((features[i] - query) ** 2).sum()
        ),
    ],
)
def test_nearest_passes(answer):
    assert check.nearest(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda query, features: ..., "not yet"),
        (lambda query, features: None, "return"),
        (lambda query, features: squares(query, features).argmax(), "argmin"),
        (lambda query, features: squares(query, features).min(), "argmin"),
        (lambda query, features: (features - query).sum(axis=1).argmin(), "\\*\\* 2"),
        (lambda query, features: squares(query, features), "one position"),
        (lambda query, features: 7, "itself"),
        (lambda query, features: 3, "number 7 is nearest"),
        (lambda query, features: features.nonsense, "nonsense"),
    ],
)
def test_nearest_slips(answer, sign):
    verdict = check.nearest(answer)
    assert not verdict.passed
    assert_says(verdict, sign)


def good_enough(sizes, scores, give):
    best = max(scores.values())
    return [name for name in scores if scores[name] >= best - give]


def test_smallest_good_enough_passes():
    def answer(sizes, scores, give=0.02):
        return min(good_enough(sizes, scores, give), key=sizes.get)

    assert check.smallest_good_enough(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda sizes, scores, give: ..., "not yet"),
        (lambda sizes, scores, give: None, "return"),
        (lambda sizes, scores, give: min(sizes, key=sizes.get), "smallest of all"),
        (lambda sizes, scores, give: max(scores, key=scores.get), "best score"),
        (lambda sizes, scores, give: good_enough(sizes, scores, give), "one network"),
        (lambda sizes, scores, give: sorted(good_enough(sizes, scores, give))[0], "by name"),
        (
            lambda sizes, scores, give: min(good_enough(sizes, scores, 0.04), key=sizes.get),
            "value of `give`",
        ),
        (
            lambda sizes, scores, give: min(
                (n for n in scores if scores[n] > max(scores.values()) - give), key=sizes.get
            ),
            ">=",
        ),
    ],
)
def test_smallest_good_enough_slips(answer, sign):
    verdict = check.smallest_good_enough(answer)
    assert not verdict.passed
    assert_says(verdict, sign)
