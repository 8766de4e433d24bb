"""What a classifier is worth on examples with known answers, and what the process took.

Right and wrong answers are an `Evaluation`. How sure a model may be of them is told by `log_loss`
and by the calibration error (Guo et al., "On calibration of modern neural networks", ICML 2017).
"""

import sys
from dataclasses import dataclass

import numpy as np

MOST_BINS = 15  # of the confidence, as in the paper
PHOTOS_A_BIN = 10


@dataclass(frozen=True)
class Evaluation:
    """Result of a test.

    Attributes
    ----------
    class_names : tuple of str
        Names in the order of `confusion`.
    confusion : numpy.ndarray
        int, ``(k, k)``: row is the true class, column the answer.
    what : str
        What was tested, for the text: photos, texts, rows.
    """

    class_names: tuple
    confusion: np.ndarray
    what: str = "photos"

    @classmethod
    def of(cls, probabilities, labels, class_names, what="photos"):
        """Count the answers.

        Parameters
        ----------
        probabilities : numpy.ndarray
            ``(n, k)``, from a classifier.
        labels : numpy.ndarray
            int, ``(n,)``, the truth.
        class_names : sequence of str
            Names of the k classes.
        what : str
            What was tested.
        """
        k = len(class_names)
        confusion = np.zeros((k, k), np.int64)
        np.add.at(confusion, (labels, probabilities.argmax(1)), 1)
        return cls(tuple(class_names), confusion, what)

    @property
    def tested(self):
        """How many examples were tested."""
        return int(self.confusion.sum())

    @property
    def accuracy(self):
        """Share of right answers, 0 to 1."""
        return float(np.trace(self.confusion) / self.tested)

    @property
    def recall(self):
        """For each class the share of its examples that was found; nan where it had none."""
        totals = self.confusion.sum(1)
        pairs = zip(self.confusion.diagonal(), totals)
        found = [hits / total if total else np.nan for hits, total in pairs]
        return dict(zip(self.class_names, map(float, found)))

    @property
    def interval(self):
        """95 % interval of the accuracy for this many examples (Wilson, JASA 1927), 0 to 1."""
        n, p, z = self.tested, self.accuracy, 1.96
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        # At 0 % and 100 % an end is the accuracy itself, but for the last digit of the sums.
        return max(0.0, min(p, float(middle - half))), min(1.0, max(p, float(middle + half)))

    def __str__(self):
        """The confusion as a table, with the classes' recall; long ones are cut to the worst."""
        low, high = self.interval
        lines = [
            f"Accuracy {100 * self.accuracy:.1f} % on {self.tested} {self.what} "
            f"(95 % interval {100 * low:.1f} to {100 * high:.1f} %)."
        ]
        width = max(len(name) for name in self.class_names)
        if len(self.class_names) <= 8:
            columns = "".join(f"{f'({i + 1})':>6}" for i in range(len(self.class_names)))
            lines.append(f"{'truth, and answers ->':<{width + 5}}{columns}  found")
            for i, name in enumerate(self.class_names):
                row = "".join(f"{count:6d}" for count in self.confusion[i])
                lines.append(f"({i + 1}) {name:<{width}} {row}  {100 * self.recall[name]:.0f} %")
        else:
            worst = sorted(self.recall.items(), key=lambda item: item[1])[:5]
            lines.append("Hardest classes: " + ", ".join(f"{n} {100 * r:.0f} %" for n, r in worst))
        return "\n".join(lines)


def log_loss(probabilities, labels):
    """Mean surprise, in nats, at the true classes; lower is better."""
    return float(_surprise(probabilities, labels).mean())


def surely_better(probabilities, others, labels):
    """Whether the log loss is lower than that of others by more than chance.

    That is two standard errors of the difference: what other photos of the same kind would change
    it by. Some photos are hard for every network; compared photo by photo, that falls out.
    """
    gains = _surprise(others, labels) - _surprise(probabilities, labels)
    return bool(gains.mean() > 2 * gains.std() / np.sqrt(len(labels)))


def _surprise(probabilities, labels):
    own = probabilities[np.arange(len(labels)), labels]
    return -np.log(np.maximum(own, 1e-12))


def expected_calibration_error(probabilities, labels, bins=None):
    """Mean distance between how sure a model was and how often it was right.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(n, k)``; rows add up to 1.
    labels : numpy.ndarray
        int, ``(n,)``, the truth.
    bins : int, optional
        How many equally wide parts the confidence from 0 to 1 is divided into: 15 as in the paper
        if not given, fewer where there are fewer than 150 photos, since a part with two photos
        tells nothing.

    Returns
    -------
    float
        0 (right as often as it is sure) to 1. With few photos it is above 0 by chance alone.
    """
    if bins is None:
        bins = max(1, min(MOST_BINS, len(labels) // PHOTOS_A_BIN))
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    # A bin holds its upper end, as in the paper.
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(place, right - confidence.astype(np.float64), bins)
    return float(np.abs(gaps).sum() / len(labels))


def peak_memory_mb():
    """Most memory that this process has held at any time so far, in MB (10**6 bytes)."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
