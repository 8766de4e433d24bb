"""Checks of the exercises of the lesson *Scope the problem*."""

from lowres_kit.scope import QUESTIONS
from lowres_kit.workshop.exercises import exercise, not_yet

KEYS = tuple(question.key for question in QUESTIONS)

# For each case of exercise 1: the question that stops it, what to say to anybody who errs, and
# what to say to those who give a common wrong answer.
CASES = {
    "tank": (
        "rule_is_enough",
        "Read again what the float on the wall already shows.",
        {
            "has_examples": "One could take photos of the tank. But would they tell more than "
            "the float does?",
            "somebody_maintains": "Nobody may look after a camera, true. But ask first whether a "
            "camera is needed.",
        },
    ),
    "health post": (
        "decision_changes",
        "Suppose the model is always right. What does the nurse do on that day?",
        {
            "errors_grave": "An error would be grave. But here even a right answer changes "
            "nothing: think about what happens after it.",
            "has_labels": "Labels could be had from a laboratory. Think about what happens after "
            "the answer.",
        },
    ),
    "pupils": (
        "harms_people",
        "Think of the pupil at the end of the list. Whom can the family ask?",
        {
            "has_examples": "The ministry has the data of many years. Think about the families.",
            "decision_changes": "A decision does change: who gets books. Is that good for "
            "everybody?",
            "errors_grave": "An error is grave here. But a list without errors would do harm as "
            "well: think of the families.",
        },
    ),
    "price": (
        "has_examples",
        "What would the model learn from?",
        {
            "can_measure": "The station can check a forecast: it waits a month. What is missing "
            "before that?",
            "rule_is_enough": "A rule needs past prices as well. Are there any?",
        },
    ),
}


@exercise("scope_the_problem-1")
def stops(answers):
    """Exercise 1: the question that stops each case."""
    if not isinstance(answers, dict) or set(answers) != set(CASES):
        return not_yet(f"`stops` must be a dictionary with the keys {_list(CASES)}.")
    for case, (right, hint, special) in CASES.items():
        answer = answers[case]
        if answer is ...:
            return not_yet(f'the `...` for "{case}" is still there.', hint=hint)
        if answer not in KEYS:
            return not_yet(
                f'{answer!r}, given for "{case}", is not the key of a question.',
                hint=f"Choose one of these: {_list(KEYS)}.",
            )
        if answer != right:
            return not_yet(
                f'another question stops "{case}" first.', hint=special.get(answer, hint)
            )
    return "All four are right. None of these projects needs a better model."


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
            return not_yet(wrong, hint="Return the share of the most frequent label, from 0 to 1.")
        if not abs(score - right) < 1e-9:  # written so that nan is wrong as well
            return not_yet(
                f"for {_short(labels)} the score is {right:g}, and yours is {score:g}.",
                hint=_score_hint(score, labels, right),
            )
    return "A model has to beat this number before it is worth anything."


def _score_hint(score, labels, right):
    kinds = len(set(labels))
    if abs(score - right * len(labels)) < 1e-9:
        return "You return the number of labels. Divide it by how many labels there are."
    if abs(score - 100 * right) < 1e-9:
        return "You return a percentage. Leave out the factor 100."
    if abs(score - 1 / kinds) < 1e-9:
        return "You divide 1 by the number of classes. Are all classes equally frequent here?"
    if abs(score - (1 - right)) < 1e-9:
        return "You return the share of wrong answers. Which share is right?"
    return "Count each label, take the largest count, and divide by the number of labels."


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
            return not_yet(wrong, hint="Return one number: the cost for 100 people.")
        if not abs(cost - right) < 1e-9:  # written so that nan is wrong as well
            return not_yet(
                f"with threshold {threshold:g}, {missed} of 8 people are missed and {alarms} "
                f"called for nothing. At {cost_missed} and {cost_alarm} that makes {right:g} for "
                f"100 people, and yours is {cost:g}.",
                hint=_cost_hint(cost, missed, alarms, cost_missed, cost_alarm, len(sick)),
            )
    return "With this function you can find the cheapest threshold for any two costs."


def _cost_hint(cost, missed, alarms, cost_missed, cost_alarm, people):
    right = 100 * (missed * cost_missed + alarms * cost_alarm) / people
    swapped = 100 * (missed * cost_alarm + alarms * cost_missed) / people
    slips = (
        (right * people / 100, "That is the cost for these 8 people. For 100: times 100 / 8."),
        (right / 100, "That is the cost for one person. For 100 people: times 100."),
        (swapped, "The two costs changed places. A missed person is sick and was not called."),
        (100 * (missed + alarms) / people, "You count both errors alike. Multiply by their costs."),
        (100 * missed * cost_missed / people, "You count the missed people. Add the false alarms."),
        (100 * alarms * cost_alarm / people, "You count the false alarms. Add the missed people."),
    )
    for value, hint in slips:
        if abs(cost - value) < 1e-9:
            return hint
    return (
        "A person is called when the probability is at or above the threshold (>=). Missed: sick "
        "and not called. False alarm: called and not sick."
    )


def _not_a_number(value):
    """Say what is wrong with a returned value that is no number; None if it is one."""
    import numpy as np

    if value is None:
        return "the function returns nothing; does it end with `return`?"
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return f"the function returns {type(value).__name__}, not a number."
    return None


def _short(labels):
    counts = {label: labels.count(label) for label in dict.fromkeys(labels)}
    return " and ".join(f"{count} × {label!r}" for label, count in counts.items())
