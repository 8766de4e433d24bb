"""A folder as it comes back from the field, with troubles in it that are known to us alone."""

import shutil
from pathlib import Path

from PIL import ImageEnhance, ImageFilter, ImageStat

from lowres_kit.data import open_picture, sample_per_class
from lowres_kit.errors import KitError
from lowres_kit.words import Words

# One of these tells our folder from one with a learner's own photos; the second is of older kits.
MADE = ("made-by-know-your-data.txt", "made-by-lesson-02.txt")
LEAST = 6  # photos, so that each trouble has one of its own

words = Words(__package__)


def hide_troubles(photos, folder, seed=0, per_class=15):
    """Copy some photos into a new folder of classes and hide troubles among them.

    Parameters
    ----------
    photos : PhotoSet
        Where the photos are taken from; they are only copied.
    folder : str or pathlib.Path
        The new folder. What is there already from an earlier call is replaced.
    seed : int
        Which photos.
    per_class : int
        How many of each class.

    Returns
    -------
    dict of str to list of str
        What was hidden: kind of trouble (a key of the audit) to the names of the files.

    Raises
    ------
    KitError
        If the folder holds something that was not made here, or there are under six photos.
    """
    folder = Path(folder)
    chosen = photos.take(sample_per_class(photos, per_class, seed))
    if len(chosen) < LEAST:
        raise KitError(words("field.too_few", photos=len(chosen), least=LEAST))
    _clear(folder)
    copies = []
    for number, (path, label) in enumerate(zip(chosen.paths, chosen.labels)):
        place = folder / chosen.class_names[label]
        place.mkdir(parents=True, exist_ok=True)
        copies.append(place / f"photo-{number:03}{path.suffix.lower()}")
        shutil.copyfile(path, copies[-1])
    first, other = (folder / name for name in _two_classes(chosen))
    # The lightest are blurred: of a dark photo nobody can say whether it is sharp.
    good, copied, saved_again, dark, *light = sorted(copies[:LEAST], key=_brightness)
    return {
        "files": _bad_files(first, good),
        "exact": _copy(copied),
        "near": _saved_again(saved_again, other),
        "blurred": _blurred(light, first),
        "light": _dark(dark, first),
    }


def _brightness(path):
    return ImageStat.Stat(open_picture(path).convert("L")).mean[0]


def _clear(folder):
    """Make an empty folder; what an earlier call made may go, a learner's own photos may not."""
    if folder.exists() and any(folder.iterdir()) and not any((folder / n).exists() for n in MADE):
        raise KitError(words("field.own_files", folder=folder.name))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MADE[0]).write_text(words("field.made_here") + "\n", encoding="utf-8")


def _two_classes(photos):
    present = [name for name, count in photos.counts().items() if count]
    return present[0], present[-1]


def _bad_files(place, good):
    content = good.read_bytes()
    (place / "photo-900.jpg").write_bytes(b"")
    (place / "photo-901.jpg").write_text("Ask Amina about the last row.\n", encoding="utf-8")
    (place / f"photo-902{good.suffix}").write_bytes(content[: len(content) // 3])
    (place / "photo-903.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00" + bytes(99))
    return ["photo-900.jpg", "photo-901.jpg", f"photo-902{good.suffix}", "photo-903.heic"]


def _copy(path):
    twin = path.with_name(f"copy of {path.name}")
    shutil.copyfile(path, twin)
    return [path.name, twin.name]


def _saved_again(path, place):
    """Save a photo smaller and lighter, in the folder of another class: it contradicts itself."""
    image = open_picture(path)
    small = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))
    twin = place / "photo-904.jpg"
    ImageEnhance.Brightness(small).enhance(1.1).save(twin, quality=70)
    return [path.name, twin.name]


def _blurred(paths, place):
    names = []
    for number, path in enumerate(paths):
        image = open_picture(path)
        soft = image.filter(ImageFilter.GaussianBlur(min(image.size) / 25))
        # Turned to the side, so that it is no double of the photo that it was made from.
        soft.rotate(90, expand=True).save(place / f"photo-{905 + number}.jpg", quality=90)
        names.append(f"photo-{905 + number}.jpg")
    return names


def _dark(path, place):
    night = ImageEnhance.Brightness(open_picture(path)).enhance(0.2).rotate(180)
    night.save(place / "photo-907.jpg", quality=90)
    return ["photo-907.jpg"]
