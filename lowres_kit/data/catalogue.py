"""The list of data sets: what lies in the folder ``datasets/`` of the kit, written once there."""

import difflib
import tomllib
from pathlib import Path

from ..errors import KitError

FOLDER = Path(__file__).resolve().parents[2] / "datasets"


def catalogue():
    """Read the settings of all data sets.

    Returns
    -------
    dict of str to dict
        Name to its settings: ``kind`` ("simulated", "download", "table"), ``about`` (one line)
        and what that kind needs. Sorted by name.

    Raises
    ------
    KitError
        If the folder ``datasets`` is missing.
    """
    if not FOLDER.is_dir():
        raise KitError("The folder `datasets` of the kit is missing; get a whole copy of the kit.")
    found = {}
    for file in sorted(FOLDER.glob("*/settings.toml")):
        card = tomllib.loads(file.read_text(encoding="utf-8"))
        sets = card.pop("sets")
        for name, one in sets.items():
            found[name] = {"folder": file.parent.name, **card, **one}
    return dict(sorted(found.items()))


def entry(name, kinds):
    """Look up one data set.

    Parameters
    ----------
    name : str
        As in the list.
    kinds : tuple of str
        Kinds that will do.

    Raises
    ------
    KitError
        Says which name is nearest, or what to call instead.
    """
    known = catalogue()
    if name in known and known[name]["kind"] in kinds:
        return known[name]
    if name in known:
        call = "load_table" if known[name]["kind"] == "table" else "load_dataset"
        raise KitError(f"{name!r} is another kind of data; load it with {call}({name!r}).")
    fitting = [each for each in known if known[each]["kind"] in kinds]
    near = difflib.get_close_matches(name.lower(), fitting, 1, 0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(fitting)}."
    raise KitError(f"There is no data set {name!r}. {hint}")
