"""The pack's model on the device at hand: it answers only after it has passed its checks."""

from dataclasses import dataclass

import numpy as np

from ...data.pictures import open_picture, square
from ...errors import KitError
from .pack import STEPS_APART
from .reference_fallback import DOUBT, ReferenceFallback


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
    model, for a silent wrong answer is worse than none. Photos of which the fast kernels are not
    sure are looked at by the plain ones as well; see `ReferenceFallback`.

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
        self.looks, wrong = None, None
        for plain in (False, True):
            looks = ReferenceFallback(pack.model, threads, plain, self._must_pass)
            if looks.size != pack.size:
                raise KitError(
                    f"The model of pack {pack.name} takes pictures of {looks.size} pixels, but its "
                    f"manifest says {pack.size}; make the pack again."
                )
            found = failure(pack, looks.first, plain)
            if found is None:
                self.looks = looks
                break
            wrong = wrong or found
        if self.looks is None:
            raise self._refusal(wrong)
        if self.reference:
            say(f"The fast kernels of this runtime are off ({wrong}); the plain ones are used.")

    @property
    def reference(self):
        """Whether the plain kernels answer, since the fast ones failed the checks."""
        return self.looks.plain

    def _must_pass(self, model):
        wrong = failure(self.pack, model, plain=True)
        if wrong:
            raise self._refusal(f"plain kernels, {wrong}")

    def _refusal(self, wrong):
        return KitError(
            f"The model of pack {self.pack.name} answers otherwise here than where it was made "
            f"({wrong}); it is not used. Copy the pack again, or use another runtime."
        )

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
        probabilities = self.looks.probabilities(pixels[None])[0]
        best = int(probabilities.argmax())
        names, confidence = self.pack.class_names, float(probabilities[best])
        of_each = dict(zip(names, map(float, probabilities)))
        return Answer(names[best], confidence, confidence < self.pack.threshold.below, of_each)


def failure(pack, model, plain):
    """Run a pack's checks on some kernels; return what is wrong, or None.

    Where the fast kernels are not sure, the plain ones decide, so that there only the steps count.
    """
    for check in pack.checks:
        outputs = raw_outputs(model, check.picture)
        expected = np.array(check.outputs)
        if outputs.shape != expected.shape:
            return f"it has {len(outputs)} outputs, not {len(expected)}"
        apart = int(np.abs(outputs - expected).max())
        decides = plain or np.ptp(np.sort(outputs)[-2:]) > DOUBT
        # Two outputs may be equal, and then either is the answer.
        other = expected[outputs.argmax()] < expected.max() - 1
        if decides and other or apart > STEPS_APART:
            was, now = (pack.class_names[one.argmax()] for one in (expected, outputs))
            told = f"{now} instead of {was}, " if now != was else ""
            return f"{check.name}: {told}{apart} of 255 steps away"
    return None


def raw_outputs(model, picture):
    """The outputs of an int8 model as they stand in the file, int ``(k,)``, before scaling."""
    scores, out = model.scores(picture[None])[0], model.outputs[0]
    if not out.scale:
        raise KitError("The model is not int8; a pack takes what `lowres shrink` made.")
    return np.round(scores / out.scale + out.zero_point).astype(int)
