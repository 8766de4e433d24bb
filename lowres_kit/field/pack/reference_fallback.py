"""Look twice where it is doubtful: the same prediction on every runtime.

The fast kernels of two runtimes, or of two versions of one, round half a step otherwise. Of a photo
for which two classes are nearly equally likely, that decides. The plain kernels give the same
everywhere, but take fifty times as long (both measured: docs/parity.md). So the fast ones look at
each photo, and the plain ones once more at the few for which the fast ones are not clear.
"""

from functools import cached_property

import numpy as np

from ...errors import KitError
from ...runtime import TfliteModel, softmax

# The largest and the second largest output of a photo are so close, in steps of 255, that the
# kernels may decide. Seen on photos that two kinds of kernels answered differently: 10 at most.
DOUBT = 16


class ReferenceFallback:
    """An int8 model that predicts what the plain kernels predict, nearly as fast as the fast ones.

    Parameters
    ----------
    content : bytes
        The .tflite file.
    threads : int
        How many threads may compute.
    plain : bool
        Let the plain kernels look at every photo.
    check : callable, optional
        Is given the plain kernels' model before it is used for the first time, and raises a
        KitError if it must not be.

    Attributes
    ----------
    first : TfliteModel
        What looks at each photo.
    plain : bool
        Whether these are the plain kernels, so that there is no second look.

    Raises
    ------
    KitError
        If the file cannot be loaded, or is not int8.
    """

    def __init__(self, content, threads=1, plain=False, check=None):
        self.first, self.plain = TfliteModel(content, threads, plain), plain
        self.size = self.first.size
        self._second = (content, threads, check)
        if self.first.outputs[0].dtype != np.int8 or not self.first.outputs[0].scale:
            raise KitError("The model is not int8; a pack takes what `lowres shrink` made.")

    @cached_property
    def second(self):
        """The plain kernels, opened when the first doubtful photo comes."""
        content, threads, check = self._second
        model = TfliteModel(content, threads, reference=True)
        if check:
            check(model)
        return model

    def doubtful(self, scores):
        """Tell of which photos the second look decides: bool ``(n,)``, from scores ``(n, k)``."""
        if self.plain or scores.shape[1] < 2:
            return np.zeros(len(scores), bool)
        highest = np.sort(self.steps(scores), axis=1)[:, -2:]
        return highest[:, 1] - highest[:, 0] <= DOUBT

    def both(self, photos):
        """Return the scores of the first look, those that count, and which were looked at twice.

        Parameters
        ----------
        photos : numpy.ndarray
            uint8, ``(n, size, size, 3)``.

        Returns
        -------
        tuple of numpy.ndarray
            float32 ``(n, k)``, float32 ``(n, k)`` and bool ``(n,)``.
        """
        first = self.first.scores(photos)
        doubtful, last = self.doubtful(first), first.copy()
        if doubtful.any():
            last[doubtful] = self.second.scores(photos[doubtful])
        return first, last, doubtful

    def probabilities(self, photos):
        """Probability of each class, float32 ``(n, k)``: the softmax of the scores that count."""
        return softmax(self.both(photos)[1])

    def steps(self, scores):
        """Return scores as they stand in the file, before scaling: int ``(n, k)``."""
        out = self.first.outputs[0]
        return np.round(scores / out.scale + out.zero_point).astype(int)
