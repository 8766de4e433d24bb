"""Look at all photos before a model does, and say what is worth a second look."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..progress import progress_bar
from .describe import brightness, sharpness, simple_features
from .duplicates import exact_duplicates, near_duplicates
from .label_errors import likely_label_errors
from .pictures import open_picture, square

SIZE = 256  # photos are measured at this width and height at most, so that numbers compare
BLURRED = 1 / 8  # of the median sharpness; of 1,034 real bean photos, all in focus, none is below
DARK, BRIGHT = 50, 205  # mean brightness; the same photos lie between 61 and 181
SMALL = 160  # pixels: what the lessons' models look at
MANY = 1 / 5  # of the photos: more suspects than that say little about any of them
UNEVEN = 3  # times as many photos in the largest class as in the smallest


@dataclass(frozen=True)
class Finding:
    """One thing that the audit looked for.

    Attributes
    ----------
    key : str
        A short name, such as ``"blurred"``.
    title : str
        What was looked for.
    text : str
        What was found, in a sentence or two.
    groups : tuple of tuple of int
        Positions of the photos concerned; those of one group are shown side by side.
    captions : dict of int to str
        What to write under a photo.
    """

    key: str
    title: str
    text: str
    groups: tuple = ()
    captions: dict = None

    @property
    def photos(self):
        """All positions concerned, in order of appearance."""
        return [index for group in self.groups for index in group]


@dataclass(frozen=True, eq=False)
class Audit:
    """What an audit measured and found.

    Attributes
    ----------
    photos : PhotoSet
        What was looked at.
    sharpness, brightness : numpy.ndarray
        float32, ``(n,)``; see `lowres_kit.data.describe`. Measured on squares of one size, that
        of the usual photo of the set, and 256 pixels at most. Sharpness is nan where a photo is
        too small or too dark to tell.
    sizes : numpy.ndarray
        int64, ``(n, 2)``: width and height of the files, in pixels.
    suspects : tuple of LabelSuspect
        Likely wrong labels, the most suspicious first.
    findings : tuple of Finding
        All of this in words, in the order of the report.
    """

    photos: object
    sharpness: np.ndarray
    brightness: np.ndarray
    sizes: np.ndarray
    suspects: tuple
    findings: tuple

    def __getitem__(self, key):
        """Return the finding of that name: ``audit["blurred"].photos``."""
        return {finding.key: finding for finding in self.findings}[key]

    def __str__(self):
        lines = [f"Audit of {self.photos}"]
        return "\n".join(lines + [f"- {one.title}: {one.text}" for one in self.findings])

    # What a notebook stores beside the pictures must not name the folders of this computer.
    __repr__ = __str__

    def _repr_html_(self):
        from .audit_report import summary

        return summary(self)

    def to_html(self, path):
        """Write the report with pictures as one file that needs nothing else; see `report`."""
        from ..places import write_text
        from .audit_report import report

        write_text(path, report(self))


def audit(photos, features=None, seed=0):
    """Check a set of photos: balance, doubles, blur, light, sizes, and likely wrong labels.

    Parameters
    ----------
    photos : PhotoSet
    features : numpy.ndarray, optional
        float, ``(n, d)``: a description of each photo to find wrong labels with. Features of a
        pretrained network find more of them than the default, simple colours and textures.
    seed : int
        Of the search for wrong labels.

    Returns
    -------
    Audit
        Prints as a list, shows itself in a notebook, and writes a page with `Audit.to_html`.
    """
    sharp, light, sizes, simple = _measure(photos, features is None)
    features = simple if features is None else np.asarray(features)
    suspects = ()
    if len(set(photos.labels.tolist())) > 1:
        found = likely_label_errors(features, photos.labels, seed, photos.groups)
        suspects = tuple(found)
    findings = (
        _files(photos),
        _balance(photos),
        *_doubles(photos),
        _blurred(photos, sharp),
        _light(light),
        _small(sizes),
        _labels(photos, suspects),
    )
    return Audit(photos, sharp, light, sizes, suspects, findings)


def _measure(photos, with_features):
    sizes = np.array([_size(path) for path in photos.paths], np.int64).reshape(-1, 2)
    size = SIZE
    if len(sizes):
        size = int(np.clip(np.median(sizes.min(axis=1)), 64, SIZE)) // 2 * 2
    sharp, light = np.zeros((2, len(photos)), np.float32)
    rows = []
    for index, path in enumerate(progress_bar(photos.paths, "Auditing photos")):
        pixels = square(open_picture(path, size), size)[None]
        sharp[index], light[index] = sharpness(pixels)[0], brightness(pixels)[0]
        if sizes[index].min() < 0.75 * size or light[index] < DARK:
            # Enlarged or dark, so its neighbours differ little: told of under sizes and light.
            sharp[index] = np.nan
        if with_features:
            rows.append(simple_features(_half(pixels))[0])
    return sharp, light, sizes, np.array(rows)


def _size(path):
    with Image.open(path) as image:
        return image.size


def _half(pixels):
    """Average blocks of 2 x 2 pixels."""
    n, height, width, colours = pixels.shape
    blocks = pixels.reshape(n, height // 2, 2, width // 2, 2, colours)
    return blocks.mean(axis=(2, 4)).round().astype(np.uint8)


def _count(number, one, many=None):
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _singles(indices):
    return tuple((int(index),) for index in indices)


def _files(photos):
    notes = "".join(f" {note}" for note in photos.notes)
    if not photos.problems:
        return Finding("files", "Files that cannot be used", f"none.{notes}")
    left_out = _count(len(photos.problems), "file or folder is", "files or folders are")
    names = [f"{problem.path.name} {problem.reason}" for problem in photos.problems[:5]]
    if len(photos.problems) > 5:
        names.append("…")
    return Finding(
        "files", "Files that cannot be used", f"{left_out} left out: {'; '.join(names)}.{notes}"
    )


def _balance(photos):
    counts = photos.counts()
    most, least = max(counts, key=counts.get), min(counts, key=counts.get)
    text = ", ".join(f"{name} {count}" for name, count in counts.items()) + "."
    if counts[most] > UNEVEN * counts[least]:
        text += (
            f" Uneven: {most} has {counts[most] / max(counts[least], 1):.0f} times as many as "
            f"{least}. A model that always says '{most}' would be right for "
            f"{counts[most] / max(len(photos), 1):.0%}."
        )
    return Finding("balance", "Photos of each class", text)


def _doubles(photos):
    exact = exact_duplicates(photos)
    copies = {index: group for group in exact for index in group}
    # A group that holds copies of one file alone is told of once, under exact duplicates.
    near = [group for group in near_duplicates(photos) if copies.get(group[0], [None]) != group]
    same = "share the same content"
    alike = "look the same: saved again, resized, or taken twice"
    for key, title, groups, what in (
        ("exact", "Exact duplicates", exact, same),
        ("near", "Near-duplicates", near, alike),
    ):
        if not groups:
            yield Finding(key, title, "none.")
            continue
        count = sum(len(group) for group in groups)
        text = f"{count} photos in {_count(len(groups), 'group')} {what}."
        disputed = [group for group in groups if len(set(photos.labels[group])) > 1]
        if disputed:
            text += f" In {_count(len(disputed), 'group')} they have different labels!"
        yield Finding(key, title, text, tuple(map(tuple, groups)))


def _blurred(photos, sharp):
    limit = BLURRED * np.nanmedian(sharp) if np.isfinite(sharp).any() else 0
    found = np.flatnonzero(sharp < limit)
    found = found[np.argsort(sharp[found], kind="stable")]
    text = "none."
    if len(found):
        text = (
            f"{_count(len(found), 'photo')} with a sharpness under {limit:.0f}, an eighth of the "
            "median."
        )
    captions = {int(index): f"sharpness {sharp[index]:.0f}" for index in found}
    return Finding("blurred", "Blurred photos", text, _singles(found), captions)


def _light(light):
    dark, bright = np.flatnonzero(light < DARK), np.flatnonzero(light > BRIGHT)
    parts = []
    if len(dark):
        parts.append(f"{_count(len(dark), 'photo')} with a mean brightness under {DARK} of 255")
    if len(bright):
        parts.append(f"{_count(len(bright), 'photo')} over {BRIGHT}")
    found = [*dark, *bright]
    captions = {int(index): f"brightness {light[index]:.0f}" for index in found}
    text = "; ".join(parts) + "." if parts else "none."
    return Finding("light", "Too dark or too bright", text, _singles(found), captions)


def _small(sizes):
    if not len(sizes):
        return Finding("sizes", "Sizes", "no photos.")
    smallest, largest = sizes[sizes.min(axis=1).argmin()], sizes[sizes.prod(axis=1).argmax()]
    found = np.flatnonzero(sizes.min(axis=1) < SMALL)
    text = f"{smallest[0]} x {smallest[1]}"
    if tuple(smallest) != tuple(largest):
        text = f"from {text} to {largest[0]} x {largest[1]}"
    text += " pixels."
    if len(found):
        text += f" {_count(len(found), 'photo')} narrower than {SMALL} pixels."
    captions = {int(index): f"{sizes[index][0]} x {sizes[index][1]}" for index in found}
    return Finding("sizes", "Sizes", text, _singles(found), captions)


def _labels(photos, suspects):
    if not suspects:
        return Finding("labels", "Labels to check", "none.")
    captions = {
        one.index: f"{photos.class_names[one.given]}, or {photos.class_names[one.suggested]}?"
        for one in suspects
    }
    text = (
        f"{_count(len(suspects), 'photo')} ({len(suspects) / len(photos):.0%}) that a classifier "
        "would put into another class. Look at them, the most suspicious first: some labels are "
        "wrong, other photos are only difficult."
    )
    if len(suspects) > MANY * len(photos):
        text += (
            " So many are a sign that this classifier is weak: give the audit the features of a "
            "pretrained network, or more photos."
        )
    return Finding("labels", "Labels to check", text, _singles(captions), captions)
