"""Photos kept for labelling: small copies, within a budget, on a disk that others need too."""

import io
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path

from PIL import ImageOps

from ...errors import KitError
from ...places import flush_folder, write_bytes

SIDE = 1024  # pixels: more than enough for a person to label, and for a small model to learn from
QUALITY = 85


class Photos:
    """The folder of kept copies.

    When there is no room for another one, the oldest goes; records are handed over in order, so
    those that were handed over go first. A copy that no record names, left by a power cut or of
    a database that was damaged, goes before these.

    Parameters
    ----------
    folder : str or pathlib.Path
        Where they are kept; it is made.
    records : Records
        Which name the copies.
    most_bytes : int
        What all copies together may take.
    free_bytes : int
        What must stay free of the disk.

    Attributes
    ----------
    bytes : int
        What all copies take now.

    Raises
    ------
    KitError
        If the folder cannot be made or read.
    """

    def __init__(self, folder, records, most_bytes, free_bytes):
        self.folder, self.records = Path(folder), records
        self.most_bytes, self.free_bytes = most_bytes, free_bytes
        try:
            self._sizes = self._found()
        except OSError as error:
            raise KitError(
                f"The folder {self.folder} cannot be used ({error.strerror}); mend the disk, or "
                "name another place."
            ) from None
        self.bytes = sum(self._sizes.values())
        named = set(records.photos())
        self._strays = [name for name in self._sizes if name not in named]

    def keep(self, image):
        """Keep a copy: upright, at most 1024 pixels wide and high, without the data of the phone.

        Parameters
        ----------
        image : PIL.Image.Image
            Mode RGB.

        Returns
        -------
        str
            Its name in the folder, on the disk when this returns; "" if there is no room for it.

        Raises
        ------
        KitError, OSError
            If the disk cannot be written.
        """
        if max(image.size) > SIDE:
            image = ImageOps.contain(image, (SIDE, SIDE))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=QUALITY, comment=b"")
        content = buffer.getvalue()
        if not self.make_room(len(content)):
            return ""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        name = f"{moment}-{uuid.uuid4().hex[:8]}.jpg"
        write_bytes(self.folder / name, content)
        flush_folder(self.folder)
        self._sizes[name] = len(content)
        self.bytes += len(content)
        return name

    def make_room(self, size=0):
        """Drop copies until `size` more bytes fit into the budget; return whether they do."""
        while not self._fits(size):
            first = self._strays[:1] or self.records.photos(most=1)
            if not first:
                return False
            self.drop(first[0])
        return True

    def free(self):
        """Bytes of the disk that are free; raises OSError if the folder is gone."""
        return shutil.disk_usage(self.folder).free

    def _found(self):
        """Sizes of the copies in the folder, by name, the oldest first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sizes = {}
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith("."):
                with suppress(OSError):
                    path.unlink()  # a draft that a power cut left
            else:
                sizes[path.name] = path.stat().st_size
        return sizes

    def _fits(self, size):
        room = self.free() - size >= self.free_bytes
        return self.bytes + size <= self.most_bytes and room

    def drop(self, name):
        """Give up a copy."""
        # First the file: on a full disk the database has no room to forget it. What a power cut
        # leaves named and is gone is forgotten when its turn comes again.
        (self.folder / name).unlink(missing_ok=True)
        self.bytes -= self._sizes.pop(name, 0)
        if name in self._strays:
            self._strays.remove(name)
        else:
            self.records.forget_photo(name)
