"""Checks of the exercises of the lesson *Welcome*."""

import numpy as np

from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

TRUTH = ["rust", "rust", "rust", "rust", "healthy", "healthy", "spot", "spot", "spot", "spot"]
ANSWERS = ["rust", "rust", "spot", "rust", "healthy", "rust", "spot", "spot", "rust", "rust"]
RIGHT = 6

words = Words(__package__)


@exercise("welcome-1")
def accuracy(answer):
    """`answer(answers, truth)` gives the share of right answers."""
    found = answer(list(ANSWERS), list(TRUTH))
    if found is None:
        return nothing_back()
    if isinstance(found, (list, tuple, dict, str)) or np.ndim(found):
        return not_yet(words, "accuracy.not_a_number")
    if found == RIGHT:
        return not_yet(words, "accuracy.count", found=found)
    if abs(found - 100 * RIGHT / len(TRUTH)) < 1e-9:
        return not_yet(words, "accuracy.percent")
    if abs(found - (1 - RIGHT / len(TRUTH))) < 1e-9:
        return not_yet(words, "accuracy.share_of_wrong")
    if abs(found - RIGHT / len(TRUTH)) > 1e-9:
        return not_yet(words, "accuracy.other", answers=len(TRUTH), right=RIGHT, found=found)
    if answer(["a"], ["a"]) != 1 or answer(["a"], ["b"]) != 0:
        return not_yet(words, "accuracy.single")
    return words("accuracy.right")


@exercise("welcome-2")
def hardest(answer):
    """`answer(answers, truth)` names the class with the smallest share of right answers."""
    # Healthy: 1 of 2 right. Rust: 3 of 4. Spot: 2 of 5, so it has most errors too; the second
    # case tells the share from the count.
    found = answer([*ANSWERS, "healthy"], [*TRUTH, "spot"])
    if found is None:
        return nothing_back()
    if isinstance(found, (int, float)):
        return not_yet(words, "hardest.number", found=found)
    if found == "rust":
        return not_yet(words, "hardest.easiest")
    if found == "healthy":
        return not_yet(words, "hardest.fewest")
    if found != "spot":
        return not_yet(words, "hardest.other", found=found)
    # One of 'a', and two of six 'b' are wrong: most errors are not the smallest share.
    if answer([*"bbbbbaac"], [*"abbbbbbc"]) != "a":
        return not_yet(words, "hardest.none_right")
    return words("hardest.right")
