"""Checks of the hardware labs: each tells in words, and the end of a lab says what failed."""

from contextlib import contextmanager

from lowres_kit.errors import KitError

PASSED, FAILED, UNJUDGED = "passed", "NOT YET", "emulated"


class Lab:
    """The checks of one lab, by name; a check that is run again counts once.

    Parameters
    ----------
    number : int
        Of the lab.
    checks : int
        How many checks belong to it: a lab of which a part was not run is not done.
    emulated : bool
        Whether the board is emulated. Then times say nothing, and are marked as such.
    """

    def __init__(self, number, checks, emulated=False):
        self.number, self.checks, self.emulated = number, checks, emulated
        self.results = {}

    def tell(self, name, value):
        """Print one line of a list: a name, and what was found."""
        print(f"{name + ':':<22} {value}")

    def time(self, name, seconds):
        """Print a time, and say where it comes from an emulated board."""
        told = f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
        self.tell(name, told + (" (emulated: says nothing of a board)" if self.emulated else ""))

    def check(self, what, passed, way_out, board_only=False):
        """Note and print whether something is as it should be.

        Parameters
        ----------
        what : str
            A sentence without full stop that is true if the check passes.
        passed : bool
            Whether it is true.
        way_out : str
            What to do if it is not.
        board_only : bool
            An emulated board cannot show this; there it is not judged.
        """
        result = UNJUDGED if board_only and self.emulated else PASSED if passed else FAILED
        self.results[what] = (result, way_out)
        told = ": not judged, a real board must show it" if result == UNJUDGED else "."
        print(f"{result}: {what}{told}" + (f" {way_out}" if result == FAILED else ""))

    @contextmanager
    def trying(self, what):
        """Note as a check that the lines of a ``with`` block end without a `KitError`.

        The error goes on to the notebook, which ends there: what comes after needs these lines.
        """
        try:
            yield
        except KitError as error:
            self.check(what, False, str(error))
            raise
        self.check(what, True, "")

    def finish(self):
        """End the lab.

        Raises
        ------
        KitError
            If a check failed, or was not run.
        """
        failed = [what for what, (result, _) in self.results.items() if result == FAILED]
        if failed:
            told = " | ".join(f"not true: {what}. {self.results[what][1]}" for what in failed)
            raise KitError(f"Lab {self.number} is not done: {told}")
        if len(self.results) != self.checks:
            raise KitError(
                f"Lab {self.number} has {self.checks} checks, and {len(self.results)} were run; "
                "run all cells from the top."
            )
        judged = [result for result, _ in self.results.values()].count(PASSED)
        print(f"Lab {self.number} is done: {judged} of {self.checks} checks passed"
              + (f", {self.checks - judged} wait for a real board." if judged < self.checks
                 else "."))  # fmt: skip
