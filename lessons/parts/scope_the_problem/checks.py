"""Checks of the exercises of the lesson *Scope the problem*."""

from lowres_kit.scope import QUESTIONS
from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet

KEYS = tuple(question.key for question in QUESTIONS)

# For each case of exercise 1 the question that stops it.
CASES = {
    "tank": "rule_is_enough",
    "health post": "decision_changes",
    "pupils": "harms_people",
    "price": "has_examples",
}

words = Words(__package__)


@exercise("scope_the_problem-1")
def stops(answers):
    """Exercise 1: the question that stops each case."""
    if not isinstance(answers, dict) or set(answers) != set(CASES):
        return not_yet(words, "stops.not_a_dictionary", cases=_list(CASES))
    for case, right in CASES.items():
        answer = answers[case]
        if answer is ...:
            return not_yet(words, "stops.stub", case=case, hint=words(f"stop_hint.{case}.other"))
        if answer not in KEYS:
            return not_yet(words, "stops.no_key", answer=answer, case=case, keys=_list(KEYS))
        if answer != right:
            return not_yet(words, "stops.wrong", case=case, hint=_stop_hint(case, answer))
    return words("stops.right")


def _stop_hint(case, answer):
    own = f"stop_hint.{case}.{answer}"  # a common wrong answer has its own hint
    return words(own) if words.has(own) else words(f"stop_hint.{case}.other")


def _list(names):
    return ", ".join(f'"{name}"' for name in names)


@exercise("scope_the_problem-2")
def most_frequent_score(answer):
    """Exercise 2: the accuracy of giving the most frequent answer every time."""
    trials = (
        (["healthy"] * 7 + ["rust"] * 3, 0.7),
        (["rust", "spot", "spot", "healthy"], 0.5),
        ([2, 2, 2, 2], 1.0),
        (["a", "b"] * 5, 0.5),
    )
    for labels, right in trials:
        score = answer(list(labels))
        wrong = _not_a_number(score)
        if wrong:
            return not_yet(words, "plain_score.no_number", problem=wrong)
        if not abs(score - right) < 1e-9:  # written so that nan is wrong as well
            hint = _score_hint(score, labels, right)
            return not_yet(words, "plain_score.wrong", labels=_short(labels), right=right,
                           score=score, hint=hint)  # fmt: skip
    return words("plain_score.right")


def _score_hint(score, labels, right):
    kinds = len(set(labels))
    if abs(score - right * len(labels)) < 1e-9:
        return words("plain_score.slip.count")
    if abs(score - 100 * right) < 1e-9:
        return words("plain_score.slip.percent")
    if abs(score - 1 / kinds) < 1e-9:
        return words("plain_score.slip.one_of_the_kinds")
    if abs(score - (1 - right)) < 1e-9:
        return words("plain_score.slip.share_of_wrong")
    return words("plain_score.slip.other")


@exercise("scope_the_problem-3")
def expected_cost(answer):
    """Exercise 3: what the errors at a threshold cost, for 100 people."""
    import numpy as np

    sick = np.array([True, True, True, False, False, False, False, False])
    probability = np.array([0.9, 0.4, 0.05, 0.6, 0.3, 0.2, 0.1, 0.01])
    trials = ((0.5, 20, 1), (0.25, 20, 1), (0.25, 3, 7), (0.4, 5, 2))
    for threshold, cost_missed, cost_alarm in trials:
        missed = int(np.sum(sick & (probability < threshold)))
        alarms = int(np.sum(~sick & (probability >= threshold)))
        right = 100 * (missed * cost_missed + alarms * cost_alarm) / len(sick)
        cost = answer(sick, probability, threshold, cost_missed, cost_alarm)
        wrong = _not_a_number(cost)
        if wrong:
            return not_yet(words, "expected_cost.no_number", problem=wrong)
        if not abs(cost - right) < 1e-9:  # written so that nan is wrong as well
            hint = _cost_hint(cost, missed, alarms, cost_missed, cost_alarm, len(sick))
            return not_yet(words, "expected_cost.wrong", threshold=threshold, missed=missed,
                           alarms=alarms, cost_missed=cost_missed, cost_alarm=cost_alarm,
                           right=right, cost=cost, hint=hint)  # fmt: skip
    return words("expected_cost.right")


def _cost_hint(cost, missed, alarms, cost_missed, cost_alarm, people):
    right = 100 * (missed * cost_missed + alarms * cost_alarm) / people
    swapped = 100 * (missed * cost_alarm + alarms * cost_missed) / people
    slips = {
        "these_people": right * people / 100,
        "one_person": right / 100,
        "swapped": swapped,
        "alike": 100 * (missed + alarms) / people,
        "missed_only": 100 * missed * cost_missed / people,
        "alarms_only": 100 * alarms * cost_alarm / people,
    }
    for slip, value in slips.items():
        if abs(cost - value) < 1e-9:
            return words(f"expected_cost.slip.{slip}")
    return words("expected_cost.slip.other")


def _not_a_number(value):
    """Say what is wrong with a returned value that is no number; None if it is one."""
    import numpy as np

    if value is None:
        return words("no_number.nothing")
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return words("no_number.other", kind=type(value).__name__)
    return None


def _short(labels):
    counts = {label: labels.count(label) for label in dict.fromkeys(labels)}
    return words("plain_score.and").join(f"{count} × {label!r}" for label, count in counts.items())
