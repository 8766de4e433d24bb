"""The pack's model on the device at hand: it answers only after it has passed its checks."""

from dataclasses import dataclass

import numpy as np

from ..data.pictures import open_picture, square
from ..errors import KitError
from ..shrink.tflite import TfliteModel
from .pack import STEPS_APART


@dataclass(frozen=True)
class Answer:
    """What the model says of a photo.

    Attributes
    ----------
    label : str
        The likeliest class.
    confidence : float
        Its probability.
    ask : bool
        Whether a person should look instead: the confidence is below the pack's threshold.
    probabilities : dict of str to float
        Of each class.
    """

    label: str
    confidence: float
    ask: bool
    probabilities: dict


class FieldModel:
    """The model of a pack, checked on this runtime.

    A runtime can be wrong without a word. So the pack's checks are run first: each prediction
    must be the one of the laptop, and no output may be more than a few steps away. If the
    runtime's fast kernels fail that, its plain ones are tried; if these fail too, there is no
    model, for a silent wrong answer is worse than none.

    Parameters
    ----------
    pack : Pack
        From `Pack.open`.
    threads : int
        How many threads may compute.
    say : callable
        Takes a line of text, if the plain kernels are used.

    Raises
    ------
    KitError
        If the model cannot be loaded, or does not pass its checks.
    """

    def __init__(self, pack, threads=1, say=print):
        self.pack = pack
        self.model, wrong = None, None
        for reference in (False, True):
            model = TfliteModel(pack.model, threads, reference)
            if model.size != pack.size:
                raise KitError(
                    f"The model of pack {pack.name} takes pictures of {model.size} pixels, but its "
                    f"manifest says {pack.size}; make the pack again."
                )
            found = failure(pack, model)
            if found is None:
                self.model, self.reference = model, reference
                break
            wrong = wrong or found
        if self.model is None:
            raise KitError(
                f"The model of pack {pack.name} answers otherwise here than where it was made "
                f"({wrong}); it is not started. Copy the pack again, or use another runtime."
            )
        if self.reference:
            say(f"The fast kernels of this runtime are off ({wrong}); the plain ones are used.")

    def classify(self, photo):
        """Answer for one photo.

        Parameters
        ----------
        photo : str, pathlib.Path, PIL.Image.Image or numpy.ndarray
            A file, a picture (mode RGB), or uint8 ``(size, size, 3)``.

        Returns
        -------
        Answer

        Raises
        ------
        PictureProblem
            If the file is no picture.
        """
        return self.answer(self.prepare(photo))

    def prepare(self, photo):
        """Make of a photo what the model takes: uint8 ``(size, size, 3)``."""
        if isinstance(photo, np.ndarray):
            return photo
        if not hasattr(photo, "crop"):
            photo = open_picture(photo, self.pack.size)
        return square(photo, self.pack.size)

    def answer(self, pixels):
        """Answer for a prepared photo."""
        probabilities = self.model.probabilities(pixels[None])[0]
        best = int(probabilities.argmax())
        names, confidence = self.pack.class_names, float(probabilities[best])
        told = dict(zip(names, map(float, probabilities)))
        return Answer(names[best], confidence, confidence < self.pack.threshold.below, told)


def failure(pack, model):
    """Run a pack's checks; return what is wrong, or None."""
    for check in pack.checks:
        outputs = raw_outputs(model, check.picture)
        expected = np.array(check.outputs)
        if outputs.shape != expected.shape:
            return f"it has {len(outputs)} outputs, not {len(expected)}"
        apart = int(np.abs(outputs - expected).max())
        # Two outputs may be equal, and then either is the answer.
        if expected[outputs.argmax()] < expected.max() - 1 or apart > STEPS_APART:
            was, told = (pack.class_names[one.argmax()] for one in (expected, outputs))
            return f"{check.name}: {told} instead of {was}, {apart} of 255 steps away"
    return None


def raw_outputs(model, picture):
    """The outputs of an int8 model as they stand in the file, int ``(k,)``, before scaling."""
    scores, out = model.scores(picture[None])[0], model.outputs[0]
    if not out.scale:
        raise KitError("The model is not int8; a pack takes what `lowres shrink` made.")
    return np.round(scores / out.scale + out.zero_point).astype(int)
