"""Whether a folder holds classes, or holds them further down: in parts, copies, or one folder.

The shape tells, not the names: parts of a data set are folders that hold folders of the same names.
Photos of one class from several places look alike (``rust/field 1``, ``healthy/field 1``), so that
names decide only whether such a folder is refused, or taken with a remark.
"""

import unicodedata

from ..errors import KitError

# Names by which a part without folders of classes is known, too.
PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})
# How such names begin in several languages. They count only where the shape speaks for parts.
BEGINNINGS = ("train", "trein", "entren", "test", "val", "eval", "prueb", "dev", "fold", "split")


def same_name(name):
    """What two spellings of a name share: capitals, spaces and ways to write é do not count."""
    plain = unicodedata.normalize("NFC", name).casefold().replace("_", " ").replace("-", " ")
    return "".join(plain.split())


def shape_of(folder, files):
    """Find out what the folders in a folder are.

    Parameters
    ----------
    folder : pathlib.Path
        What was given as a folder of classes.
    files : list of tuple of str
        The files below it, each as the names of its folders and its own.

    Returns
    -------
    copies : list of str
        Folders that hold the classes beside them once more, and are no class.
    remarks : list of str
        Sentences about what may be meant otherwise.

    Raises
    ------
    KitError
        If the classes lie further down; it says where.
    """
    place, folders = _within(folder, files)
    inner = {name: _within(place / name, found)[1] for name, found in folders.items()}
    kinds = {name: {same_name(one) for one in below} for name, below in inner.items()}
    copies = [
        name
        for name, below in kinds.items()
        if len(below & {same_name(other) for other in folders if other != name}) >= 2
    ]
    parts = [
        name
        for name, below in kinds.items()
        if name not in copies
        and any(_share(below, kinds[other]) for other in {*kinds} - {name, *copies})
    ] or [name for name in folders if name.lower() in PARTS and len(kinds[name]) >= 2]
    flat = len(folders) > 1 and all(name.lower() in PARTS for name in folders)
    if flat or (parts and _are_parts(parts, kinds, inner)):
        _refuse_parts(place, parts or sorted(folders), folders, inner)
    if place != folder and len(folders) > 1:
        raise KitError(
            f"{folder} does not hold one folder for each class; {place} does "
            f"({_some(sorted(folders))}): give that one."
        )
    if parts:
        best = _largest(place, parts, folders)
        names = f"{_some(parts)} hold folders of the same names ({_some(sorted(inner[parts[0]]))})"
        advice = f"If they are parts of a data set, give one of them, such as {best}."
        return copies, [f"{names} and are taken for classes. {advice}"]
    split = [name for name in folders if len(inner[name]) > 1 and name not in copies]
    if len(split) == 1 < len(folders):
        [name] = split
        names = f"The folders in {name} ({_some(sorted(inner[name]))}) are taken for one class"
        return copies, [f"{names}, '{name}'. If they are the classes, give {place / name}."]
    return copies, []


def _branches(files):
    """Sort files by their first folder; none where most lie in no folder: those are strays."""
    folders, loose = {}, 0
    for first, *rest in files:
        if rest:
            folders.setdefault(first, []).append(rest)
        else:
            loose += 1
    return folders if sum(map(len, folders.values())) > loose else {}


def _within(place, files):
    """Go down while a single folder holds the files; return the last place, and its folders."""
    folders = _branches(files)
    while len(folders) == 1:
        [(name, files)] = folders.items()
        place, folders = place / name, _branches(files)
    return place, folders


def _share(one, other):
    """Whether two folders hold the same classes; the smaller may lack some, or have one more."""
    common = len(one & other)
    return common >= 2 and 2 * common >= min(len(one), len(other))


def _are_parts(parts, kinds, inner):
    """Whether names leave no doubt that these are parts: their own, or those of the photos."""
    named = [name for name in parts if same_name(name).startswith(BEGINNINGS)]
    if len(named) >= min(2, len(parts)):
        return True
    common = set.intersection(*(kinds[name] for name in parts)) or kinds[parts[0]]
    if _numbered(parts) and not _numbered(common):
        return True
    # Photos are often called as what they show: cat/cat.001.jpg.
    called = [
        (same_name(outer), same_name(below), same_name("".join(path)))
        for outer in parts
        for below, files in inner[outer].items()
        for path in files
    ]
    after_inner = sum(below in path and outer not in path for outer, below, path in called)
    return not _numbered(common) and 2 * after_inner > len(called)


def _numbered(names):
    return all(any(letter.isdigit() for letter in name) for name in names)


def _refuse_parts(place, parts, folders, inner):
    best = _largest(place, parts, folders)
    advice = f"give one of them, such as {best}."
    if not any(len(inner[name]) > 1 for name in parts):
        advice = "make one folder for each class, and put the photos of all parts into these."
    raise KitError(f"{place} holds the parts of a data set ({_some(parts)}), not classes; {advice}")


def _largest(place, parts, folders):
    """The part with the most photos, from which a model is to learn."""
    name = max(parts, key=lambda name: (len(folders[name]), same_name(name).startswith("tr")))
    return _within(place / name, folders[name])[0]


def _some(names):
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
