"""Small models of a trained network: the network in int8, or a thin one that it teaches."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from ..errors import KitError
from ..learn import Classifier, Recipe
from ..learn.evaluation import log_loss
from ..learn.recipe import FROZEN_LAYERS, lengthen
from ..learn.training import hand_back_memory
from ..runtime import TfliteModel
from .distil import UNLABELLED, answers_of, distil, distillation_loss
from .prune.channels import cost_of, prune_channels
from .quantize.int8 import to_int8
from .quantize.quantization_aware import quantization_aware
from .to_tflite.export import to_tflite

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


EFFORTS = {"quick": Effort(2, 2, 10, 360, 3, 80), "full": Effort(4, 2, 20, 800, 4, 160)}


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
        Of the int8 file, on the validation photos. Where those were learned from, they tell
        what the rounding does, and no more.
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
    data : TrainValidationTest
        The photos, split as they were for it.
    effort : Effort
        How much work to do.
    resume : pathlib.Path
        Folder for what a run that is cut short goes on from.
    seed : int
        Of the training.
    say : callable
        Takes one line of text about what goes on.
    choosing : bool
        Whether models of several sizes are to be compared with each other. If not, the
        validation photos have little to do, and the small model learns from them as well: photos
        are dear.
    """

    def __init__(self, classifier, data, effort, resume, seed, say, choosing=True):
        self.teacher, self.names = classifier.model, classifier.class_names
        self.size, self.effort, self.resume, self.say = classifier.size, effort, resume, say
        self.learned_all = not choosing
        part = data.train if choosing else np.concatenate([data.train, data.validation])
        # Larger photos than the network sees, as in `lowres train`: views cut from them are sharp.
        self.train = data.read(part, 8 * round(self.size * 9 / 7 / 8))
        self.plain = data.read(part, self.size)
        self.validation = data.read(data.validation, self.size)
        self.ask = answers_of(self.teacher)
        taught = classifier.facts["recipe"]
        self.base = Recipe(
            seed=seed, upright=taught.get("upright", False), size=self.size, frozen_layers=0,
            batch=taught.get("batch", 16),  # what fits the memory for photos of this size
        )  # fmt: skip

    def as_int8(self, model, name):
        """Make the int8 file of a network, and ask it about the validation photos."""
        some = np.unique(np.linspace(0, len(self.plain[0]) - 1, 128).astype(int))
        content = to_int8(to_tflite(model, self.size), self.plain[0][some])
        photos, labels = self.validation
        probabilities = TfliteModel(content).probabilities(photos)
        accuracy = float((probabilities.argmax(1) == labels).mean())
        found = Candidate(name, content, model, accuracy, log_loss(probabilities, labels))
        asked = "training" if self.learned_all else "validation"
        self.say(f"{name}: {found.size_kb:.0f} kB, {100 * accuracy:.1f} % of {asked} photos right.")
        return found

    def at_most(self, size_kb):
        """Make the best model whose file has at most so many kB."""
        model = self._thin_to(size_kb)
        photos, labels = self.train
        mark = f"{size_kb:.0f}kB"
        recipe = self._lengthened(self.base, self.effort.epochs, self.effort.steps)
        recipe = replace(recipe, rate=2e-3, frozen_layers=untouched(model, self.teacher))
        fitted = distil(
            self.teacher, model, photos, labels, None, recipe,
            checkpoint=self.resume / f"distil-{mark}.pt",
        )  # fmt: skip
        hand_back_memory()
        plain = self.as_int8(fitted.model, "thin, distilled, int8")
        aware = self.as_int8(self._aware(fitted.model, mark), "the same, quantization-aware")
        return min(plain, aware, key=lambda one: one.loss)

    def _aware(self, model, mark):
        recipe = replace(self.base, rate=3e-4)
        recipe = self._lengthened(recipe, self.effort.aware_epochs, self.effort.aware_steps)
        fitted = quantization_aware(
            model, *self.train, recipe, objective=self._from_teacher,
            checkpoint=self.resume / f"aware-{mark}.pt",
        )  # fmt: skip
        hand_back_memory()
        return fitted.model

    def _from_teacher(self, scores, x, labels):
        nobody = torch.full_like(labels, UNLABELLED)
        return distillation_loss(scores, self.ask(x), nobody, share=1.0)

    def _lengthened(self, recipe, epochs, steps):
        return lengthen(recipe, epochs, steps, len(self.train[1]))

    def _thin_to(self, size_kb):
        """Take channels out until the int8 file fits; what fits is only known by writing it."""
        kept = self.resume / f"thin-{size_kb:.0f}kB"
        if (kept / "classifier.json").is_file():
            return Classifier.load(kept).model
        # The first layers wait: they cost the most time, and are trained when it is thin.
        heal = replace(
            self.base, epochs=self.effort.heal, size=None, rate=5e-4, frozen_layers=FROZEN_LAYERS
        )
        bytes_each = self._bytes(self.teacher) / cost_of(self.teacher, None, "parameters")
        model, allowed = self.teacher, size_kb * KB / bytes_each
        rounds = self.effort.rounds
        for _ in range(6):
            self.say(f"Thinning to {allowed:,.0f} parameters, for a file of {size_kb:.0f} kB.")
            model = prune_channels(model, *self.plain, round(allowed), rounds=rounds, heal=heal)
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


def untouched(thin, teacher):
    """Count the first layers that lost no channel: they may stay as they are, as in training."""
    pairs = list(zip(thin.features, teacher.features))[:FROZEN_LAYERS]
    widths = [[[len(p) for p in layer.parameters()] for layer in pair] for pair in pairs]
    return next((i for i, (ours, theirs) in enumerate(widths) if ours != theirs), len(widths))
