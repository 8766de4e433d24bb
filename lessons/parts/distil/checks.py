"""Checks of the exercises of the lesson *Distil*."""

import numpy as np

from lowres_kit.runtime import softmax
from lowres_kit.words import Words
from lowres_kit.workshop.exercises import exercise, not_yet, nothing_back

words = Words(__package__)


def _same(found, wanted):
    return found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-6)


@exercise("distil-1")
def soften(answer):
    """`answer(scores, temperature)` gives probabilities, ``(n, classes)``."""
    scores, temperature = np.array([[4.0, 2.0, 0.0], [1.0, 3.0, -2.0]]), 2.0
    found = answer(scores.copy(), temperature)
    if found is None:
        return nothing_back()
    found = np.asarray(found)
    if _same(found, softmax(scores / temperature)):
        if not _same(np.asarray(answer(scores, 8.0)), softmax(scores / 8.0)):
            return not_yet(words, "soften.fixed_temperature")
        return words("soften.right")
    if found.shape != scores.shape:
        return not_yet(words, "soften.shape", scores=scores.shape, found=found.shape)
    return _why_not_soft(found, scores, temperature)


def _why_not_soft(found, scores, temperature):
    powers = np.exp(scores / temperature)
    slips = {
        "soften.no_temperature": softmax(scores),
        "soften.sharper": softmax(scores * temperature),
        "soften.twice": softmax(softmax(scores) / temperature),
        "soften.too_late": softmax(scores) / temperature,
        "soften.all_rows": powers / powers.sum(),
        "soften.columns": powers / powers.sum(axis=0),
        "soften.powers": powers,
        "soften.no_powers": scores / scores.sum(axis=1, keepdims=True),
        "soften.scores": scores / temperature,
    }
    for slip, wrong in slips.items():
        if _same(found, wrong):
            return not_yet(words, slip)
    if not np.allclose(found.sum(axis=1), 1):
        return not_yet(words, "soften.other_sum")
    return not_yet(words, "soften.other")


@exercise("distil-2")
def teacher_loss(answer):
    """`answer(p_teacher, p_student, temperature)` gives how far the student is from the teacher."""
    p_teacher = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
    p_student = np.array([[0.5, 0.3, 0.2], [0.3, 0.5, 0.2]])
    temperature = 4.0  # no slip of the list comes out as another one
    found = answer(p_teacher.copy(), p_student.copy(), temperature)
    if found is None:
        return nothing_back()
    found = np.asarray(found)
    if found.shape != ():
        return not_yet(words, "teacher_loss.shape", shape=found.shape)
    apart = (p_teacher * np.log(p_teacher / p_student)).sum()
    wanted = temperature**2 * apart / 2
    if np.isclose(found, wanted):
        again = answer(p_teacher, p_teacher, temperature)
        if not np.isclose(again, 0):
            return not_yet(words, "teacher_loss.same_answers")
        if not np.isclose(answer(p_teacher, p_student, 1.0), apart / 2):
            return not_yet(words, "teacher_loss.fixed_temperature")
        return words("teacher_loss.right")
    return _why_no_loss(found, p_teacher, p_student, temperature)


def _why_no_loss(found, p_teacher, p_student, temperature):
    apart = (p_teacher * np.log(p_teacher / p_student)).sum()
    square, photos = temperature**2, len(p_teacher)
    other = (p_student * np.log(p_student / p_teacher)).sum()
    crossed = -(p_teacher * np.log(p_student)).sum()
    slips = {
        "teacher_loss.no_square": apart / photos,
        "teacher_loss.once": temperature * apart / photos,
        "teacher_loss.divided": apart / photos / square,
        "teacher_loss.changed_places": square * other / photos,
        "teacher_loss.negative": -square * apart / photos,
        "teacher_loss.sum_of_photos": square * apart,
        "teacher_loss.mean_of_classes": square * apart / p_teacher.size,
        "teacher_loss.cross_entropy": (square * crossed / photos, crossed / photos),
    }
    for slip, wrong in slips.items():
        if np.isclose(found, wrong).any():
            return not_yet(words, slip)
    return not_yet(words, "teacher_loss.other", found=found, wanted=square * apart / photos)


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
        return nothing_back()
    if isinstance(found, (list, tuple, dict, set)):
        return not_yet(words, "student_for.several")
    slips = {
        "tiny": "student_for.smallest",
        "wide and slow": "student_for.slow",
        "fits": "student_for.at_the_limits",
        "fast and large": "student_for.large",
        "teacher": "student_for.no_limits",
    }
    if isinstance(found, str) and found in slips:
        return not_yet(words, slips[found], found=found)
    if found != "fills both limits":
        return not_yet(words, "student_for.no_name", found=found)
    if answer(students, 100, 4.5) != "fits" or answer(students, 1000, 50.0) != "teacher":
        return not_yet(words, "student_for.fixed_limits")
    return words("student_for.right")
