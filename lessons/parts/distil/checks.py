"""Checks of the exercises of the lesson *Distil*."""

import numpy as np

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet


def _softmax(scores):
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _same(found, wanted):
    return found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-6)


@exercise("distil-1")
def soften(answer):
    """`answer(scores, temperature)` gives probabilities, ``(n, classes)``."""
    scores, temperature = np.array([[4.0, 2.0, 0.0], [1.0, 3.0, -2.0]]), 2.0
    found = answer(scores.copy(), temperature)
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found)
    if _same(found, _softmax(scores / temperature)):
        if not _same(np.asarray(answer(scores, 8.0)), _softmax(scores / 8.0)):
            return not_yet(
                "with another temperature the answer is wrong.",
                hint="Divide by `temperature`, not by a fixed number.",
            )
        return "Right: each row adds up to 1, and a higher temperature makes it flatter."
    if found.shape != scores.shape:
        return not_yet(
            f"the scores have shape {scores.shape}, but your answer has {found.shape}.",
            hint="Add up within each row and keep the axis: `.sum(axis=1, keepdims=True)`.",
        )
    return _why_not_soft(found, scores, temperature)


def _why_not_soft(found, scores, temperature):
    powers = np.exp(scores / temperature)
    slips = (
        (
            _softmax(scores),
            "the temperature changes nothing.",
            "Divide the scores by it before `np.exp`.",
        ),
        (
            _softmax(scores * temperature),
            "a high temperature makes the answer sharper; it shall make it flatter.",
            "Divide the scores by the temperature.",
        ),
        (
            _softmax(_softmax(scores) / temperature),
            "you soften probabilities; the temperature belongs to the scores.",
            "First divide the scores, then make probabilities of them, once.",
        ),
        (
            _softmax(scores) / temperature,
            "the rows do not add up to 1: the temperature comes too late.",
            "Divide the scores by it before `np.exp`, not the probabilities after it.",
        ),
        (
            powers / powers.sum(),
            "all rows together add up to 1; each row shall.",
            "Add up within each row: `.sum(axis=1, keepdims=True)`.",
        ),
        (
            powers / powers.sum(axis=0),
            "the columns add up to 1; the rows shall.",
            "Add up within each row: `.sum(axis=1, keepdims=True)`.",
        ),
        (
            powers,
            "the numbers are above 0, but they are no probabilities yet.",
            "Divide by the sum of each row.",
        ),
        (
            scores / scores.sum(axis=1, keepdims=True),
            "there are numbers below 0 where a score is; probabilities have none.",
            "Take `np.exp` before you divide by the sum.",
        ),
        (
            scores / temperature,
            "these are scores still.",
            "Take `np.exp`, then divide by the sum of each row.",
        ),
    )
    for wrong, why, hint in slips:
        if _same(found, wrong):
            return not_yet(why, hint=hint)
    if not np.allclose(found.sum(axis=1), 1):
        return not_yet(
            "the rows do not add up to 1.",
            hint="Divide by the sum of each row: `.sum(axis=1, keepdims=True)`.",
        )
    return not_yet(
        "the rows add up to 1, but these are not the softened probabilities.",
        hint="`np.exp(scores / temperature)`, divided by the sum of each row.",
    )


@exercise("distil-2")
def teacher_loss(answer):
    """`answer(p_teacher, p_student, temperature)` gives how far the student is from the teacher."""
    p_teacher = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
    p_student = np.array([[0.5, 0.3, 0.2], [0.3, 0.5, 0.2]])
    temperature = 4.0  # no slip of the list comes out as another one
    found = answer(p_teacher.copy(), p_student.copy(), temperature)
    if found is None:
        return NOTHING_BACK
    found = np.asarray(found)
    if found.shape != ():
        return not_yet(
            f"a loss is one number; yours has shape {found.shape}.",
            hint="Add up over the classes, then take the mean over the photos.",
        )
    apart = (p_teacher * np.log(p_teacher / p_student)).sum()
    wanted = temperature**2 * apart / 2
    if np.isclose(found, wanted):
        again = answer(p_teacher, p_teacher, temperature)
        if not np.isclose(again, 0):
            return not_yet(
                "for a student that says what the teacher says the loss must be 0.",
                hint="`np.log(p_teacher / p_student)` is 0 where both are the same.",
            )
        if not np.isclose(answer(p_teacher, p_student, 1.0), apart / 2):
            return not_yet(
                "with temperature 1 the loss is wrong.", hint="Use the value of `temperature`."
            )
        return "Right: 0 where both say the same, and the square keeps the steps large enough."
    return _why_no_loss(found, p_teacher, p_student, temperature)


def _why_no_loss(found, p_teacher, p_student, temperature):
    apart = (p_teacher * np.log(p_teacher / p_student)).sum()
    square, photos = temperature**2, len(p_teacher)
    other = (p_student * np.log(p_student / p_teacher)).sum()
    crossed = -(p_teacher * np.log(p_student)).sum()
    slips = (
        (
            (apart / photos,),
            "the square of the temperature is missing: at temperature 8 the student would hardly "
            "learn.",
            "Multiply by `temperature**2`.",
        ),
        (
            (temperature * apart / photos,),
            "the temperature stands there once; its square is wanted.",
            "Multiply by `temperature**2`.",
        ),
        (
            (apart / photos / square,),
            "you divide by the square of the temperature, so that the steps get smaller still.",
            "Multiply by `temperature**2`.",
        ),
        (
            (square * other / photos,),
            "teacher and student have changed places.",
            "What the teacher told is the weight: `p_teacher * np.log(p_teacher / p_student)`.",
        ),
        (
            (-square * apart / photos,),
            "your loss falls when the student gets worse.",
            "`p_teacher / p_student` inside the logarithm, or a minus in front.",
        ),
        (
            (square * apart,),
            "the loss grows with the number of photos.",
            "Divide by it: the sum over the classes, then the mean over the photos.",
        ),
        (
            (square * apart / p_teacher.size,),
            "you also took the mean over the classes.",
            "First `.sum(axis=1)`, then `.mean()`.",
        ),
        (
            (square * crossed / photos, crossed / photos),
            "a student that says the same as the teacher would still have a loss above 0.",
            "Compare with the teacher's own: `np.log(p_teacher / p_student)`.",
        ),
    )
    for wrong, why, hint in slips:
        if np.isclose(found, wrong).any():
            return not_yet(why, hint=hint)
    return not_yet(
        f"for two photos the loss comes out as {found:.4f}, not {square * apart / photos:.4f}.",
        hint="`p_teacher * np.log(p_teacher / p_student)`: sum over classes, mean over photos, "
        "times the square.",
    )


@exercise("distil-3")
def student_for(answer):
    """`answer(students, size_kb, latency_ms)` names the student to take."""
    students = {
        "tiny": {"size_kb": 12, "latency_ms": 1.0, "accuracy": 0.71},
        "wide and slow": {"size_kb": 60, "latency_ms": 9.0, "accuracy": 0.93},
        "fits": {"size_kb": 80, "latency_ms": 4.0, "accuracy": 0.88},
        "fills both limits": {"size_kb": 100, "latency_ms": 5.0, "accuracy": 0.91},
        "fast and large": {"size_kb": 300, "latency_ms": 3.0, "accuracy": 0.94},
        "teacher": {"size_kb": 900, "latency_ms": 20.0, "accuracy": 0.96},
    }
    found = answer(students, 100, 5.0)
    if found is None:
        return NOTHING_BACK
    if isinstance(found, (list, tuple, dict, set)):
        return not_yet(
            "it gives several back; the name of one student is wanted.",
            hint="`max(those_that_fit, key=lambda name: students[name]['accuracy'])`.",
        )
    slips = {
        "tiny": ("it is the smallest, but a better one fits as well.",
                 "Among those that fit take the `max` of the accuracy."),
        "wide and slow": ("it is small enough, but too slow.", "Ask for both limits: `and`."),
        "fits": ("there is a better one that takes exactly what is allowed.",
                 "At most means `<=`."),
        "fast and large": ("it is fast enough, but too large.", "Ask for both limits: `and`."),
        "teacher": ("it is the best of all, and fits nowhere.", "First keep only those that fit."),
    }  # fmt: skip
    if isinstance(found, str) and found in slips:
        why, hint = slips[found]
        return not_yet(f"{found!r}: {why}", hint=hint)
    if found != "fills both limits":
        return not_yet(f"{found!r} is not one of the names.", hint="Return a key of `students`.")
    if answer(students, 100, 4.5) != "fits" or answer(students, 1000, 50.0) != "teacher":
        return not_yet(
            "with other limits the answer is wrong.", hint="Use `size_kb` and `latency_ms`."
        )
    return "Right: the most accurate of those that keep both limits."
