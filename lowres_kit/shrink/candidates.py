"""Small models of a trained network: the network in int8, or a thin one that it teaches."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from ..errors import KitError
from ..learn import Classifier, Recipe
from ..learn.measure import log_loss
from ..learn.memory import hand_back_memory
from ..learn.recipe import lengthen
from .aware import quantization_aware
from .channel_groups import cost_of
from .channels import thin
from .distil import UNLABELLED, distil, distillation_loss
from .export import to_tflite
from .int8 import to_int8
from .tflite import TfliteModel

KB = 1000


@dataclass(frozen=True)
class Effort:
    """How much work a shrinking does: epochs, or steps where the photos are few.

    Attributes
    ----------
    rounds, heal : int
        Rounds of taking channels out, and epochs of fine-tuning after each.
    epochs, steps : int
        Of the distillation.
    aware_epochs, aware_steps : int
        Of the quantization-aware end.
    """

    rounds: int
    heal: int
    epochs: int
    steps: int
    aware_epochs: int
    aware_steps: int


EFFORTS = {"quick": Effort(2, 2, 10, 180, 3, 40), "full": Effort(4, 2, 24, 400, 5, 80)}


@dataclass(frozen=True)
class Candidate:
    """A small model that was tried.

    Attributes
    ----------
    name : str
        How it was made, such as ``"int8"`` or ``"thin, distilled, int8"``.
    content : bytes
        The .tflite file.
    model : torch.nn.Module
        The float network that it was made of.
    accuracy, loss : float
        Of the int8 file, on the photos for choosing.
    """

    name: str
    content: bytes
    model: object
    accuracy: float
    loss: float

    @property
    def size_kb(self):
        """Size of the file in kB."""
        return len(self.content) / KB


class Shrinking:
    """The full-size network and its photos; makes small models of them.

    Parameters
    ----------
    classifier : Classifier
        From `train_folder`.
    data : Divided
        The photos, divided as they were for it.
    effort : Effort
        How much work to do.
    resume : pathlib.Path
        Folder for what a run that is cut short goes on from.
    seed : int
        Of the training.
    say : callable
        Takes one line of text about what goes on.
    """

    def __init__(self, classifier, data, effort, resume, seed, say):
        self.teacher, self.names = classifier.model, classifier.class_names
        self.size, self.effort, self.resume, self.say = classifier.size, effort, resume, say
        # Larger photos than the network sees, as in `lowres train`: views cut from them are sharp.
        sharp = 8 * round(self.size * 9 / 7 / 8)
        self.learn, self.choose = (data.read(part, sharp) for part in (data.learn, data.choose))
        self.plain = data.read(data.learn, self.size)
        self.chosen_by = data.read(data.choose, self.size)
        upright = classifier.facts["recipe"].get("upright", False)
        self.base = Recipe(seed=seed, upright=upright, size=self.size, frozen_layers=0)

    def as_int8(self, model, name):
        """Make the int8 file of a network, and ask it about the photos for choosing."""
        some = np.unique(np.linspace(0, len(self.plain[0]) - 1, 128).astype(int))
        content = to_int8(to_tflite(model, self.size), self.plain[0][some])
        photos, labels = self.chosen_by
        probabilities = TfliteModel(content).probabilities(photos)
        accuracy = float((probabilities.argmax(1) == labels).mean())
        found = Candidate(name, content, model, accuracy, log_loss(probabilities, labels))
        self.say(f"{name}: {found.size_kb:.0f} kB, {100 * accuracy:.1f} % on those for choosing.")
        return found

    def at_most(self, size_kb):
        """Make the best model whose file has at most so many kB."""
        model = self._thin_to(size_kb)
        photos, labels = self.learn
        mark = f"{size_kb:.0f}kB"
        recipe = self._lengthened(self.base, self.effort.epochs, self.effort.steps)
        recipe = replace(recipe, rate=2e-3, give_back=0.6)
        fitted = distil(
            self.teacher, model, photos, labels, self.choose, recipe,
            checkpoint=self.resume / f"distil-{mark}.pt",
        )  # fmt: skip
        hand_back_memory()
        plain = self.as_int8(fitted.model, "thin, distilled, int8")
        aware = self.as_int8(self._aware(fitted.model, mark), "the same, quantization-aware")
        return min(plain, aware, key=lambda one: one.loss)

    def _aware(self, model, mark):
        recipe = replace(self.base, rate=3e-4)
        recipe = self._lengthened(recipe, self.effort.aware_epochs, self.effort.aware_steps)
        photos = [*self.learn[0], *self.choose[0]]  # they have chosen all that they could
        labels = np.concatenate([self.learn[1], self.choose[1]])
        fitted = quantization_aware(
            model, photos, labels, recipe, objective=self._from_teacher,
            checkpoint=self.resume / f"aware-{mark}.pt",
        )  # fmt: skip
        hand_back_memory()
        return fitted.model

    def _from_teacher(self, scores, x, labels):
        with torch.no_grad():
            told = self.teacher(x)
        return distillation_loss(scores, told, torch.full_like(labels, UNLABELLED), share=1.0)

    def _lengthened(self, recipe, epochs, steps):
        return lengthen(recipe, epochs, steps, len(self.learn[1]))

    def _thin_to(self, size_kb):
        """Take channels out until the int8 file fits; what fits is only known by writing it."""
        kept = self.resume / f"thin-{size_kb:.0f}kB"
        if (kept / "classifier.json").is_file():
            return Classifier.load(kept).model
        heal = replace(self.base, epochs=self.effort.heal, size=None, rate=5e-4)
        bytes_each = self._bytes(self.teacher) / cost_of(self.teacher, None, "parameters")
        model, allowed = self.teacher, size_kb * KB / bytes_each
        rounds = self.effort.rounds
        for _ in range(6):
            self.say(f"Thinning to {allowed:,.0f} parameters, for a file of {size_kb:.0f} kB.")
            model = thin(model, *self.plain, round(allowed), rounds=rounds, heal=heal)
            took = self._bytes(model)
            if took <= size_kb * KB:
                Classifier(model, self.names, self.size).save(kept)
                return model
            # A thin layer has more bytes a weight: scales, biases and tables count for each.
            allowed = 0.97 * cost_of(model, None, "parameters") * size_kb * KB / took
            rounds = 1
        raise KitError(
            f"A network for a file of {size_kb:.0f} kB was not found; allow more, or train with "
            "an earlier cut."
        )

    def _bytes(self, model):
        """Size of the int8 file, which depends on the layers and not on what is in them."""
        return len(to_int8(to_tflite(model, self.size), self.plain[0][:2]))
