"""Data sets by name, or a folder of one's own, through one door; and the card of a set.

What sets there are stands in the folder ``datasets``: `catalogue` reads it, `load_dataset` gives
the photos, and `data_card` writes down what is known of them.
"""

import difflib
import hashlib
import os
import shutil
import tomllib
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import KitError
from ..places import cache_folder
from .folder import read_folder
from .leaves.simulate import CLASSES, LeafSettings, simulate_leaves
from .splits import sample_per_class

FOLDER = Path(__file__).resolve().parents[2] / "datasets"
# What only people know of a set; asked for on its data card.
QUESTIONS = {
    "collected_by": "Who took the photos, where, when, with which phones",
    "labelled_by": "Who decided the labels, and how they were checked",
    "licence": "Licence, and who agreed to what",
    "missing": "Who and what is missing from these photos",
    "not_for": "What they must not be used for",
}
OPEN = "(not answered yet)"


def load_dataset(name, count=None, seed=0):
    """Load photos by name, or from a folder with one sub-folder a class.

    Parameters
    ----------
    name : str or pathlib.Path
        A name (see `dataset_names`) such as "simulated-leaves", or the path of a folder.
    count : int, optional
        Photos of each class. Simulated sets are drawn in that number; of others, that many are
        picked at random (all, where a class has fewer).
    seed : int
        Another seed draws, or picks, other photos.

    Returns
    -------
    PhotoSet
        With ``simulated=True`` where a program drew the photos.

    Raises
    ------
    KitError
        If there is no such name or folder, or the photos must be fetched first.
    """
    if count is not None and count < 1:
        raise KitError("`count` is the number of photos of each class: 1 or more.")
    if seed < 0:
        raise KitError("A seed is a whole number from 0 upwards.")
    if _is_folder(name):
        return _some(read_folder(name), count, seed)
    known = entry(str(name), ("simulated", "download"))
    if known["kind"] == "simulated":
        return _simulated(str(name), known, count, seed)
    folder = cache_folder() / "datasets" / known["group"] / known["part"]
    if not folder.is_dir():
        raise KitError(
            f"The photos of {name!r} are not on this computer yet; with a network, run "
            f"`lowres data get {known['group']}` once."
        )
    return _some(replace(read_folder(folder), name=str(name)), count, seed)


def dataset_names():
    """Names of all photo sets, with a line on each.

    Returns
    -------
    dict of str to str
    """
    photos = {"simulated", "download"}
    return {name: one["about"] for name, one in catalogue().items() if one["kind"] in photos}


def pixels_sha256(photos):
    """Fingerprint of all pixels, with their classes: equal only if the photos are equal.

    Parameters
    ----------
    photos : PhotoSet
        Photos in one folder of classes.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in sorted(photos.paths, key=lambda path: (path.parent.name, path.name)):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        title = f"{path.parent.name}/{path.name} {pixels.shape}\n"
        digest.update(title.encode(errors="surrogatepass"))
        digest.update(pixels.tobytes())
    return digest.hexdigest()


def _is_folder(name):
    """A name that is in the list wins over a folder; anything with a path in it is a folder."""
    if isinstance(name, Path):
        return True
    if name in catalogue():
        return False
    looks = any(mark in name for mark in (os.sep, "/", "\\")) or name.startswith((".", "~"))
    return looks or Path(name).is_dir()


def _some(photos, count, seed):
    return photos if count is None else photos.take(sample_per_class(photos, count, seed))


def _simulated(name, known, count, seed):
    """Load from the cache, or draw first; a damaged copy is drawn again."""
    settings = LeafSettings(**known.get("settings", {}))
    per_class, size = count or known["per_class"], known["size"]
    # A changed simulator must not be served yesterday's pictures.
    key = f"{_drawing_code()} {settings} {size}"
    key = hashlib.sha256(key.encode()).hexdigest()[:10]
    folder = cache_folder() / "datasets" / f"{name}-{per_class}-{seed}-{key}"
    photos = None
    if folder.is_dir():
        photos = _whole(folder, per_class)
        if photos is None:
            shutil.rmtree(folder)
    if photos is None:
        simulate_leaves(folder, per_class, known["seed"] + seed, size, settings)
        photos = read_folder(folder)
        if count is None and seed == 0 and known["sha256"] not in ("", pixels_sha256(photos)):
            warnings.warn(
                f"The photos of {name!r} differ a little from those of the kit's authors, "
                "because this computer calculates differently. Go on; numbers may differ slightly.",
                stacklevel=3,
            )
    return replace(photos, name=name, simulated=True)


def _whole(folder, per_class):
    """Read rendered photos; None if one is missing or broken."""
    try:
        photos = read_folder(folder)
    except KitError:
        return None
    kinds = len(CLASSES)
    complete = len(photos.class_names) == kinds and len(photos) == kinds * per_class
    return photos if complete and not photos.problems else None


def _drawing_code():
    """A change of the simulator, whichever of its files, means that all is drawn anew."""
    digest = hashlib.sha256()
    for file in sorted((Path(__file__).parent / "leaves").glob("*.py")):
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


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


def data_card(photos, audit, answers):
    """Write the data card of a photo set.

    After Gebru et al., "Datasheets for datasets", Communications of the ACM 64(12), 2021, cut
    down to what fits on one page.

    Parameters
    ----------
    photos : PhotoSet
    audit : Audit
        Of the same photos.
    answers : dict of str to str
        What only a person knows, by the keys of `QUESTIONS`. What is missing stays on the card
        as an open question.

    Returns
    -------
    str
        Markdown. It names no folder of this computer.
    """
    kind = "Simulated: drawn by a program, not taken by a camera" if photos.simulated else "Photos"
    known = len({source for source in photos.sources if source})
    lines = [
        f"# Data card: {photos.name}",
        "",
        f"{kind}. {len(photos)} pictures of {len(photos.class_names)} classes.",
        "",
        "| class | photos |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in photos.counts().items()),
        "",
        f"Sources (plants, people, places) that are known: {known or 'none'}.",
        "",
        "## What people say",
        "",
        *(
            f"- **{question}:** {str(answers.get(key) or OPEN).strip()}"
            for key, question in QUESTIONS.items()
        ),
        "",
        "## What the audit found",
        "",
        *(f"- **{one.title}:** {one.text}" for one in audit.findings),
    ]
    return "\n".join(lines) + "\n"
