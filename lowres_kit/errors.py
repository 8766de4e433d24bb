"""The one exception that the kit raises on purpose."""


class KitError(Exception):
    """Something a person can mend: one sentence that names the thing and the way out.

    The command line prints the sentence alone, and so does a notebook: a learner who
    typed a wrong folder should read about the folder, not forty lines of traceback.
    """

    def _render_traceback_(self):
        """Tell IPython what to print in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]
