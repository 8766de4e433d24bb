"""What a pack remembers of other runtimes: whether they answer as the laptop did."""

from dataclasses import dataclass

MOST_PARITIES = 32  # in one pack


@dataclass(frozen=True)
class Parity:
    """How far a runtime on some machine answered as the laptop did that made the pack.

    Attributes
    ----------
    runtime, version, machine, kernels : str
        What answered; the kernels are "fast" or "plain".
    inputs, same : int
        So many photos it was asked about, and so many of them got the same prediction.
    largest : int
        Largest difference of an output, in steps of 255.
    """

    runtime: str
    version: str
    machine: str
    kernels: str
    inputs: int
    same: int
    largest: int

    @property
    def place(self):
        """What answered."""
        return self.runtime, self.version, self.machine, self.kernels

    @property
    def share(self):
        """Share of the photos that got the same prediction, 0 to 1."""
        return self.same / self.inputs

    @classmethod
    def from_dict(cls, values):
        """Make it from plain values; raises ValueError or TypeError if they make no sense."""
        found = cls(**values)
        counts = (found.inputs, found.same, found.largest)
        if not all(type(text) is str and len(text) <= 100 and text.isprintable()
                   for text in found.place):  # fmt: skip
            raise ValueError("a runtime has no proper name")
        if found.kernels not in ("fast", "plain") or not all(type(n) is int for n in counts):
            raise TypeError("kernels or counts of a runtime make no sense")
        if not 0 <= found.same <= found.inputs <= 10**9 or not found.inputs:
            raise ValueError("the photos of a runtime are miscounted")
        if not 0 <= found.largest <= 255:
            raise ValueError("a runtime is more steps away than there are")
        return found

    def __str__(self):
        return (
            f"{self.runtime} {self.version}, {self.kernels} kernels, {self.machine}: "
            f"{self.same} of {self.inputs} photos get the same prediction "
            f"({100 * self.share:.2f} %); outputs differ by {self.largest} of 255 "
            "steps at most."
        )
