"""Open the next photo while a person still looks at this one."""

from concurrent.futures import ThreadPoolExecutor


class Ahead:
    """Gives what `opening` gives, sooner where `begin` was told the name before.

    Parameters
    ----------
    opening : callable
        Takes a name; may raise.
    """

    def __init__(self, opening):
        self._opening, self._name, self._coming = opening, None, None
        self._one = ThreadPoolExecutor(1, thread_name_prefix="next-photo")

    def begin(self, name):
        """Begin to open what is probably asked for next."""
        if name != self._name:
            self._name, self._coming = name, self._one.submit(self._opening, name)

    def take(self, name):
        """Return what `opening` gives for a name, or raise what it raises."""
        if name != self._name:
            return self._opening(name)
        coming, self._name, self._coming = self._coming, None, None
        return coming.result()
