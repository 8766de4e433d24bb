"""Where a station's pictures come from: files that appear in a folder, or a camera."""

import hashlib
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ...data.folder import NOTES, left_behind
from ...data.pictures import PictureProblem, open_picture
from ...errors import KitError
from ...places import shown

# How files are called while programs still write them; they get their own name when they are whole.
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", "~")
SETTLE = 1.0  # seconds in which a file must not change: one that grows is still being copied


@dataclass(frozen=True)
class Picture:
    """A picture that waits for its answer.

    Attributes
    ----------
    source : str
        Name of the file, or "camera".
    image : PIL.Image.Image
        Mode RGB, upright.
    digest, stamp : str
        What marks the file; see `Records.add`. "" for a camera.
    """

    source: str
    image: Image.Image
    digest: str = ""
    stamp: str = ""


class FolderSource:
    """New files in a folder. Each is taken in once, and none is changed, moved or deleted.

    The database knows which files were taken: by name and hash, so that a file that is copied
    again is not taken again, and one of the same name that holds another picture is. There is no
    step after the record is written, so a power cut has nothing to come between.

    Parameters
    ----------
    folder : str or pathlib.Path
        Every file directly in it is a picture or told not to be one, whatever its ending; but for
        notes (``.txt`` and the like), what systems leave behind, and what is still being copied.
    records : Records
        Which know what was taken.
    size : int
        Width and height in pixels that the model takes.
    say : callable
        Takes a line of text about a file that cannot be used, once.
    stopping : callable
        Tells whether the station is to end.

    Attributes
    ----------
    refused : dict of str to str
        Files in the folder that cannot be answered, and for each a sentence that says why.
    """

    def __init__(self, folder, records, size, say=print, stopping=lambda: False):
        self.folder, self.records, self.size = Path(folder), records, size
        self._say, self._stopping = say, stopping
        self._seen = {}  # name: stamp at the last look
        self._done = {}  # name: stamp of those taken in, or told to be broken
        self.refused = {}

    def pictures(self):
        """Yield each new picture, the oldest file first.

        A picture counts as taken when the next one is asked for and its record was written.

        Raises
        ------
        KitError
            If the folder cannot be read.
        """
        new = self._new()
        if any(self._seen.get(name) != stamp for name, stamp in new):
            self._seen = dict(new)
            time.sleep(SETTLE)
            new = [one for one in self._new() if self._seen.get(one[0]) == one[1]]
        for name, stamp in new:
            if self._stopping():
                return
            try:
                picture = self._open(name, stamp)
            except PictureProblem as problem:
                self.refused[name] = f"{shown(name)} {problem.reason}. {problem.advice}"
                self._say(self.refused[name])
            else:
                self.refused.pop(name, None)
                if picture is not None:
                    yield picture
                del picture  # while the station waits, a large one would keep its memory
            self._done[name] = stamp

    def _new(self):
        """Names and stamps of files that nothing is known of, the oldest first."""
        found = {}
        try:
            for path in self.folder.iterdir():
                if _may_be_a_picture(path):
                    found |= self._stamped(path)
        except OSError as error:
            raise KitError(
                f"The folder {self.folder} cannot be read ({error.strerror}); make it, or name "
                "another one in the settings."
            ) from None
        self._done = {name: stamp for name, stamp in self._done.items() if name in found}
        self.refused = {name: why for name, why in self.refused.items() if name in found}
        times = sorted((when, name, stamp) for name, (when, stamp) in found.items())
        return [(name, stamp) for _, name, stamp in times if self._done.get(name) != stamp]

    def _stamped(self, path):
        try:
            facts = path.stat()
        except OSError:  # deleted, or renamed, since the folder was read
            return {}
        if stat.S_ISDIR(facts.st_mode) and any(path.iterdir()):
            return {path.name: (facts.st_mtime_ns, "folder")}
        if not stat.S_ISREG(facts.st_mode):
            return {}
        return {path.name: (facts.st_mtime_ns, f"{facts.st_size}-{facts.st_mtime_ns}")}

    def _open(self, name, stamp):
        """Read a file; None if it was taken in before, or is gone or another one by now."""
        path, source = self.folder / name, shown(name)
        if stamp == "folder":
            advice = "Move its photos out of it."
            raise PictureProblem(path, "is a folder, and only files are looked at", advice)
        if self.records.knows(source, stamp=stamp) or not path.exists():
            return None
        # First, since of what is no picture, such as a long video, it reads the beginning alone.
        image = open_picture(path, self.size)
        try:
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
            raise PictureProblem(path, reason, "Copy it again.") from None
        if self.records.knows(source, digest=digest):
            return None
        if self._stamped(path).get(name, (0, ""))[1] != stamp:
            return None
        return Picture(source, image, digest, stamp)


def _may_be_a_picture(path):
    name = path.name.lower()
    notes = NOTES - {""}  # phones send photos without an ending, too
    return not (left_behind(name) or name.endswith(UNFINISHED) or path.suffix.lower() in notes)


class CameraSource:
    """A camera: one picture each time it is asked.

    Parameters
    ----------
    camera : str
        The device, such as /dev/video0.

    Attributes
    ----------
    refused : dict
        Empty; see `FolderSource`.
    """

    def __init__(self, camera):
        self.camera, self.refused = camera, {}

    def pictures(self):
        """Take one picture; raises KitError if the camera gives none."""
        from .camera import take

        yield Picture("camera", take(self.camera))
