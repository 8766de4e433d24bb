"""Words for people, kept in TOML beside the code that says them, one file a language.

A package that speaks to learners has ``words.toml``. An edition in another language adds
``words.fr.toml`` with the same keys, and no code changes; what it lacks is said in English.
"""

import os
import tomllib
from functools import cache
from importlib import resources

from .errors import KitError

LANGUAGE = "LOWRES_LANGUAGE"  # such as "fr"; not set, it is English


class Words:
    """The words of one package.

    Parameters
    ----------
    package : str
        Its import name, as ``__package__`` says it; ``words.toml`` lies in its folder.
    """

    def __init__(self, package):
        self.package = package

    def __call__(self, key, /, **values):
        """Say something.

        Parameters
        ----------
        key : str
            Path in the file, such as ``"mask.shape.hint"``.
        **values
            What stands in ``{…}`` in the text, with Python's format, such as ``{share:.0%}``.

        Returns
        -------
        str

        Raises
        ------
        KitError
            If the file has no such text, or the text asks for a value that the code does not give.
        """
        text = self._look_up(key)
        if not isinstance(text, str):
            raise KitError(f"The words of {self.package} have no text '{key}'; add it.")
        try:
            return text.format(**values) if values else text
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise KitError(
                f"The text '{key}' of {self.package} cannot be filled with {', '.join(values)} "
                f"({type(error).__name__}: {error}); correct what stands in its braces."
            ) from None

    def has(self, key):
        """Tell whether there is such a text."""
        return isinstance(self._look_up(key), str)

    def _look_up(self, key):
        language = os.environ.get(LANGUAGE, "")
        for file in (f"words.{language}.toml", "words.toml") if language else ("words.toml",):
            found = _read(self.package, file)
            for part in key.split("."):
                found = found.get(part) if isinstance(found, dict) else None
            if found is not None:
                return found
        return None


@cache
def _read(package, file):
    """Read one file of a package; an empty dict where there is none."""
    try:
        return tomllib.loads((resources.files(package) / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise KitError(f"{file} of {package} cannot be read: {error}.") from None
