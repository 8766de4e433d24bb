"""Make the pages of the kit's Python interface from its docstrings.

    python docs/build_api.py [FOLDER]       (build/api, if none is given; then open index.html)

Needs the extra ``docs`` and no network. A docstring or a public name that the builder complains of
stops it. The pages load nothing from elsewhere, so they can be read from a USB stick.
"""

import importlib
import pkgutil
import sys
import warnings
from pathlib import Path

import pdoc

import lowres_kit


def build(folder):
    """Write the pages into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Where they go; it is made if it is not there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # All modules are asked for, since those that a room's public names hide would be missing;
        # the builder finds some of them by itself as well.
        warnings.filterwarnings("ignore", "The module specification")
        names = [one.name for one in pkgutil.walk_packages(lowres_kit.__path__, "lowres_kit.")]
        for name in names:
            # Public names of a room load when somebody asks for them (see lazy.py): ask for all.
            module = importlib.import_module(name)
            for public in getattr(module, "__all__", ()):
                vars(module)[public] = getattr(module, public)
        pdoc.render.configure(docformat="numpy", show_source=False)
        pdoc.pdoc("lowres_kit", *names, output_directory=folder)


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "build/api")
    build(place)
    print(f"Open {place / 'index.html'} in a browser.")
