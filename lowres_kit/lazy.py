"""Public names of a room that load their module on first use.

``import lowres_kit`` must cost under 0.2 s on an old laptop, but torch alone takes seconds.
So a room's ``__init__`` says which module holds each public name, and the module is
imported when somebody asks for the name (PEP 562).
"""

import sys
from importlib import import_module
from types import ModuleType


def lazy(package, modules):
    """Make ``__getattr__``, ``__dir__`` and ``__all__`` for a package.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    modules : dict of str to str
        Module, relative to the package (``".folder"``), to the public names that it defines, with
        spaces between them.

    Returns
    -------
    tuple
        ``(__getattr__, __dir__, __all__)``, to be assigned in the package's ``__init__``.
    """
    places = {name: module for module, names in modules.items() for name in names.split()}

    def __getattr__(name):
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(places[name], package), name)

    class Package(ModuleType):
        """Keeps a public name for the object where object and module share it."""

        def __setattr__(self, name, value):
            # Python sets `quiz` to the module quiz.py when that is imported; then the name
            # would mean the function before the first use, and the module after it.
            if not (name in places and isinstance(value, ModuleType)):
                super().__setattr__(name, value)

    sys.modules[package].__class__ = Package
    return __getattr__, lambda: sorted(places), sorted(places)
