"""Do two machines answer the same? Counted over many photos, and written into the pack.

Runtimes, their kernels and processors round in different ways. How much that matters is not
guessed: the same photos are answered on both, and the answers held against each other.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..errors import KitError
from ..field.pack.answers import Answers
from ..field.pack.pack import MOST_PARITIES, Pack, Parity
from ..places import shown

PROMISE = 0.995  # share of the photos that get the same prediction on two runtimes
HEADING = "## The same on other runtimes"


@dataclass(frozen=True)
class Comparison:
    """How the answers of one machine differ from those of another.

    Attributes
    ----------
    one, other : Answers
        What is compared.
    inputs : int
        Photos that both were given, with the same pixels; only these are compared.
    prepared_otherwise : tuple of str
        Names of the photos whose pixels differ: another decoder of JPEG, no matter of kernels.
    differing : tuple of str
        Names of the photos that got another prediction.
    first_differing : int
        How many would have, without the second look of the plain kernels.
    exact : bool
        Whether all outputs are the same, bit for bit.
    largest : int
        Largest difference of an output, in steps of 255.
    alone : tuple of int
        How many photos only the one machine answered, and only the other.
    """

    one: Answers
    other: Answers
    inputs: int
    prepared_otherwise: tuple
    differing: tuple
    first_differing: int
    exact: bool
    largest: int
    alone: tuple = (0, 0)

    @property
    def same(self):
        """How many photos got the same prediction."""
        return self.inputs - len(self.differing)

    @property
    def share(self):
        """Share of the photos that got the same prediction, 0 to 1."""
        return self.same / self.inputs

    def parity(self):
        """Return what a pack remembers of it: a `Parity` of the other machine."""
        what = ("runtime", "version", "machine", "kernels")
        facts = {name: self.other.facts[name] for name in what}
        return Parity(**facts, inputs=self.inputs, same=self.same, largest=self.largest)

    def as_dict(self):
        """Return it as plain values, for JSON."""
        told = {"one": self.one.title, "other": self.other.title, "same": self.same}
        told |= {name: getattr(self, name) for name in (
            "inputs", "share", "exact", "largest", "first_differing")}  # fmt: skip
        return told | {
            "differing": list(self.differing),
            "not_in_other": self.alone[0],
            "not_in_one": self.alone[1],
            "prepared_otherwise": list(self.prepared_otherwise),
        }

    def __str__(self):
        lines = [f"{self.other.title}, against {self.one.title}:"]
        if self.exact:
            lines.append(f"  bit for bit the same on {self.inputs} photos.")
        else:
            lines.append(
                f"  {self.same} of {self.inputs} photos ({100 * self.share:.2f} %) get the same "
                f"prediction; outputs differ by {self.largest} of 255 steps at most. Without the "
                f"second look it would be {self.inputs - self.first_differing}."
            )
        if self.differing:
            lines.append(f"  Another prediction: {_some(self.differing)}.")
        if any(self.alone):
            both = self.inputs + len(self.prepared_otherwise)
            lines.append(
                f"  Both answered {both} of the photos; {self.alone[0]} more are in the first "
                f"answers alone, and {self.alone[1]} in the others."
            )
        if self.prepared_otherwise:
            lines.append(
                f"  Not compared, since the two read the file otherwise: "
                f"{_some(self.prepared_otherwise)}."
            )
        return "\n".join(lines)


def compare(one, other):
    """Hold the answers of a machine against those of another.

    Parameters
    ----------
    one, other : Answers
        Of the same model to the same photos.

    Returns
    -------
    Comparison

    Raises
    ------
    KitError
        If they are of different models, or have no photo in common.
    """
    if one.facts["model"] != other.facts["model"] or one.last.shape[1] != other.last.shape[1]:
        raise KitError("These are answers of two different models; ask both machines the same one.")
    left, right = _pairs(one, other)
    sums = np.array([one.sums[i] == other.sums[j] for i, j in zip(left, right)])
    if not sums.any():
        raise KitError(
            "The two machines were not given the same pixels for any photo; write the prepared "
            "photos with `lowres-field answers … --prepared FILE.npy` and give that file to both."
        )
    apart = tuple(one.names[i] for i in left[~sums])
    left, right = left[sums], right[sums]
    firsts, lasts = (one.first[left], other.first[right]), (one.last[left], other.last[right])
    differ = lasts[0].argmax(1) != lasts[1].argmax(1)
    largest = max(int(np.abs(a - b).max()) for a, b in (firsts, lasts))
    return Comparison(
        one, other, len(left), apart, tuple(one.names[i] for i in left[differ]),
        int((firsts[0].argmax(1) != firsts[1].argmax(1)).sum()), largest == 0, largest,
        (len(one.names) - len(sums), len(other.names) - len(sums)),
    )  # fmt: skip


def _pairs(one, other):
    """Positions of the same photo in both: by name, or by order where one has numbers alone."""
    where = {name: position for position, name in enumerate(other.names)}
    common = [i for i, name in enumerate(one.names) if name in where]
    if common:
        return np.array(common), np.array([where[one.names[i]] for i in common])
    numbers = any(all(name.isdigit() for name in names) for names in (one.names, other.names))
    if not numbers or len(one.names) != len(other.names):
        raise KitError(
            f"These are answers to different photos: none of the {len(one.names)} of the one, such "
            f"as {_some(one.names[:1])}, is among the {len(other.names)} of the other, such as "
            f"{_some(other.names[:1])}. Ask both machines about the same folder."
        )
    return np.arange(len(one.names)), np.arange(len(one.names))


def _some(names):
    """Name a few, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(map(shown, names[:5])) + more


def into_pack(path, comparisons):
    """Write what was compared into a pack; its fingerprint becomes another.

    Parameters
    ----------
    path : str or pathlib.Path
        The pack. It is written anew, whole or not at all.
    comparisons : sequence of Comparison
        Of the pack's model.

    Returns
    -------
    Pack

    Raises
    ------
    KitError
        If they are of another model than the pack's.
    """
    pack = Pack.open(path)
    for found in comparisons:
        if found.one.facts["model"] != pack.model_sum:
            raise KitError(f"These are not answers of the model in pack {pack.name}.")
    return with_parity(pack, [found.parity() for found in comparisons]).save(path)


def with_parity(pack, entries):
    """Put entries into a pack and onto its card; older ones of the same machine go."""
    known = {entry.place: entry for entry in (*pack.parity, *entries)}
    kept = tuple(known.values())[-MOST_PARITIES:]
    body, _, rest = pack.card.partition(HEADING)
    after = rest[rest.index("\n## ") + 1 :] if "\n## " in rest else ""
    lines = "".join(f"- {entry}\n" for entry in kept)
    card = f"{(body + after).rstrip()}\n\n{HEADING}\n\n{lines}"
    return replace(pack, parity=kept, card=card)
