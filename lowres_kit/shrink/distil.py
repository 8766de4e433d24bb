"""Distillation: a small network learns from the answers of a large one, not from labels alone.

A label says "rust" and nothing more. The teacher says "rust, but it could be a leaf spot, and
hardly a healthy leaf": how the classes resemble each other is in the small probabilities, and
a temperature above 1 makes them large enough to learn from (Hinton, Vinyals and Dean,
"Distilling the knowledge in a neural network", 2015, section 2). Teacher and student see the
same changed view of a photo, and the training is long (Beyer et al., "Knowledge distillation: a
good teacher is patient and consistent", CVPR 2022, section 3). The teacher needs no labels, so
photos that nobody has labelled teach as well.
"""

import numpy as np
import torch
from torch.nn import functional

from ..errors import KitError
from ..learn import Recipe, fine_tune
from .quantize.fold_batchnorm import for_answers

UNLABELLED = -1
# That a teacher sees at a time. Of 2 to 16 photos, the least time took 16 of 96 pixels' width, 8 of
# 160, 4 of 224, and 2 of 256.
PIXELS = 150_000


def soften(scores, temperature):
    """Turn scores into probabilities; the higher the temperature, the more alike they are.

    Parameters
    ----------
    scores : torch.Tensor
        float32, ``(n, classes)``, before softmax.
    temperature : float
        1 leaves the probabilities as they are; far above it all classes come near ``1 / classes``.

    Returns
    -------
    torch.Tensor
        float32, ``(n, classes)``; rows add up to 1.

    Raises
    ------
    KitError
        If the temperature is not above 0.
    """
    if not temperature > 0:
        raise KitError(f"The temperature is {temperature}; give a number above 0, such as 2.")
    return (scores / temperature).softmax(1)


def distillation_loss(scores, teacher_scores, labels, temperature=2.0, share=0.9):
    """Loss of a student: how far it is from the teacher's soft answer, and from the label.

    Parameters
    ----------
    scores, teacher_scores : torch.Tensor
        float32, ``(n, classes)``, before softmax.
    labels : torch.Tensor
        int, ``(n,)``; `UNLABELLED` where nobody knows.
    temperature : float
        Of both soft answers.
    share : float
        Weight of the teacher, 0 to 1; the rest is the label's.

    Returns
    -------
    torch.Tensor
        One number.
    """
    soft_labels = soften(teacher_scores, temperature)
    # Gradients of softened answers shrink with the square of the temperature; undone here.
    from_teacher = temperature**2 * functional.kl_div(
        (scores / temperature).log_softmax(1), soft_labels, reduction="batchmean"
    )
    known = labels != UNLABELLED
    if share == 1 or not known.any():
        return share * from_teacher
    from_labels = functional.cross_entropy(scores[known], labels[known]) * known.float().mean()
    return share * from_teacher + (1 - share) * from_labels


def answers_of(teacher):
    """Make a function that asks a teacher.

    BatchNorm and padding are folded away, and it asks about few photos at a time, so that what
    flows through the teacher stays in the processor's cache.

    Parameters
    ----------
    teacher : torch.nn.Module
        Gives scores ``(n, classes)`` for normalised photos; a copy of it is asked.

    Returns
    -------
    callable
        From normalised photos, float32 ``(n, 3, size, size)``, to scores, float32
        ``(n, classes)``, without gradient.
    """
    quick = for_answers(teacher).to(memory_format=torch.channels_last)

    def ask(x):
        with torch.no_grad():
            return torch.cat([quick(few) for few in x.split(max(1, PIXELS // x[0, 0].numel()))])

    return ask


def distil(
    teacher,
    student,
    photos,
    labels,
    validation=None,
    recipe=None,
    temperature=2.0,
    share=0.9,
    unlabelled=None,
    checkpoint=None,
):
    """Train a student on a teacher's soft answers.

    Parameters
    ----------
    teacher : torch.nn.Module
        Gives scores ``(n, classes)`` for normalised photos; stays as it is.
    student : torch.nn.Module
        Such as a thin or early cut `EfficientNetLite0`; a copy of it is trained.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``.
    labels : numpy.ndarray
        int, ``(n,)``.
    validation : tuple, optional
        ``(photos, labels)`` that choose the epoch, as in `fine_tune`.
    recipe : Recipe, optional
        How to train; the student begins as it is given.
    temperature, share : float
        See `distillation_loss`.
    unlabelled : numpy.ndarray, optional
        uint8, ``(m, size, size, 3)``: more photos, that only the teacher has an answer for.
    checkpoint : pathlib.Path, optional
        As in `fine_tune`.

    Returns
    -------
    Fitted

    Raises
    ------
    KitError
        If teacher and student do not tell the same number of classes apart.
    """
    classes = student.classifier.out_features
    ask = answers_of(teacher)

    def objective(scores, x, labels):
        teacher_scores = ask(x)
        if teacher_scores.shape != scores.shape:
            raise KitError(
                f"The teacher tells {teacher_scores.shape[1]} classes apart and the student "
                f"{scores.shape[1]}; give the student as many outputs as the teacher."
            )
        return distillation_loss(scores, teacher_scores, labels, temperature, share)

    if unlabelled is not None and len(unlabelled):
        photos = np.concatenate([photos, unlabelled])
        labels = np.concatenate([labels, np.full(len(unlabelled), UNLABELLED)])
    recipe = recipe or Recipe(epochs=20)
    return fine_tune(
        photos,
        labels,
        validation,
        recipe,
        classes,
        checkpoint,
        "Distilling",
        start=student,
        objective=objective,
    )
