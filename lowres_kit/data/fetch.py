"""Fetch a data set once over a bad line, check it, and have it offline for ever."""

import errno
import hashlib
import http.client
import os
import shutil
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

from ..errors import KitError
from ..places import cache_folder
from ..progress import bar
from .registry import catalogue
from .unpack import unpack_pictures

CHUNK = 256 * 1024
TIMEOUT = 30  # seconds without a single byte
SPARE = 100_000_000  # bytes that stay free on the disk: a full one stops everything else too


class LineCut(Exception):
    """The line was cut; what came before it is kept."""


def get(name, base=None, wait=2.0):
    """Fetch all parts of a data set, and go on where an earlier try was cut off.

    Parameters
    ----------
    name : str
        A set that is fetched, such as "beans".
    base : str, optional
        Another address that has the same files, such as a laptop in the same room. Whatever the
        address, the files must have the right size and sha256.
    wait : float
        Seconds before the first new try after a cut line.

    Returns
    -------
    pathlib.Path
        The folder, with a folder of classes for each part.

    Raises
    ------
    KitError
        If there is no network, the files are not the right ones, or the disk is full.
    """
    known = catalogue()
    groups = {one["group"] for one in known.values() if one["kind"] == "download"}
    if name not in groups:
        near = known.get(name, {}).get("group")
        raise KitError(
            f"{name!r} comes with {near!r}: run `lowres data get {near}`."
            if near
            else f"{name!r} is nothing to fetch. To fetch there are: {', '.join(sorted(groups))}."
        )
    folder = cache_folder() / "datasets" / name
    for part in (one for one in known.values() if one.get("group") == name):
        if (folder / part["part"]).is_dir():
            continue
        address = _join(base or part["base"], f"{part['part']}.zip")
        archive = folder / f"{part['part']}.zip.part"
        download(address, archive, part["size"], part["sha256"], wait)
        unpack_pictures(archive, folder / part["part"], part["photos"])
        archive.unlink()
    return folder


def download(address, path, size, sha256, wait=2.0):
    """Fetch one file, going on from what `path` holds already.

    Parameters
    ----------
    address : str
        http or https.
    path : pathlib.Path
        Where to; after a cut line it holds the beginning.
    size : int
        Bytes that the file must have.
    sha256 : str
        Its fingerprint, hexadecimal.
    wait : float
        Seconds before the first new try; doubled each time, as long as something arrives.

    Raises
    ------
    KitError
        In words; says whether a part was kept.
    """
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise KitError(f"The address must begin with http:// or https://, not {address!r}.")
    if _size(path) > size:
        path.unlink()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KitError(_unusable(path, error)) from error
    _check_space(path, 2 * size - _size(path))
    while _size(path) < size:
        before = _size(path)
        try:
            _go_on(address, path, size)
        except LineCut as cut:
            if _size(path) <= before:
                raise KitError(_no_line(address, path, size, cut)) from cut
            time.sleep(wait)
            wait = min(2 * wait, 30)
    if _sha256(path) != sha256:
        path.unlink()
        raise KitError(
            f"{_host(address)} sent another file than the one expected (its sha256 differs). It "
            "was deleted. Try again; if that does not help, the file was changed: tell the kit's "
            "authors."
        )


def _go_on(address, path, size):
    """Ask for the rest of the file and append it."""
    have = _size(path)
    request = urllib.request.Request(
        address, headers={"User-Agent": "lowres-kit", "Accept-Encoding": "identity"}
    )
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:
            have = _start(reply, have, size, address)
            with open(path, "r+b" if have else "wb") as file:
                file.seek(have)
                _copy(reply, file, have, size, path.name.removesuffix(".part"), address)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # the server knows no such rest: begin again
            path.unlink()
            _go_on(address, path, size)
            return
        if error.code in (408, 429) or error.code >= 500:
            raise LineCut(f"the server answered {error.code} {error.reason}") from error
        raise KitError(
            f"{_host(address)} answered {error.code} ({error.reason}): the file is not there, or "
            "not for everybody. Data addresses change; fetch it from another one with --from."
        ) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise KitError(
                f"{_host(address)} could not prove who it is. Check the date and time of this "
                "computer; a network with a log-in page gives the same error."
            ) from error
        raise LineCut(str(error.reason)) from error
    except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise LineCut(str(error) or type(error).__name__) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise KitError(_unusable(path, error)) from error
        raise KitError(_full(path, size - _size(path))) from error


def _start(reply, have, size, address):
    """Check what the server promises; return the place from which it sends."""
    if reply.status == 206:
        kind, _, rest = (reply.headers.get("Content-Range") or "").partition(" ")
        place, _, total = rest.partition("/")
        if kind != "bytes" or place.split("-")[0] != str(have) or total not in (str(size), "*"):
            raise KitError(_wrong_size(address, total, size))
        return have
    promised = reply.headers.get("Content-Length")
    if promised is not None and promised.strip() != str(size):
        raise KitError(_wrong_size(address, promised, size))
    return 0  # the server sends the whole file, whatever was asked


def _copy(reply, file, have, size, title, address):
    file.truncate(have)
    try:
        with bar(desc=title, total=size, initial=have, unit="B", unit_scale=True) as shown:
            while chunk := reply.read1(CHUNK):
                have += len(chunk)
                if have > size:
                    file.truncate(0)
                    raise KitError(_wrong_size(address, f"more than {size}", size))
                file.write(chunk)
                shown.update(len(chunk))
    finally:
        file.flush()
        os.fsync(file.fileno())
    if have < size:
        raise LineCut("the server stopped in the middle")


def _check_space(path, needed):
    free = shutil.disk_usage(path.parent).free
    if free < needed + SPARE:
        raise KitError(_full(path, needed + SPARE - free))


def _full(path, missing):
    return (
        f"The disk is too full for {path.name.removesuffix('.part')}: make "
        f"{max(missing, CHUNK) / 1e6:.0f} MB more room, or set LOWRES_CACHE to a folder on "
        "another disk."
    )


def _unusable(path, error):
    return (
        f"{path.parent} cannot be written to ({error.strerror or error}); let LOWRES_CACHE name "
        "another folder."
    )


def _no_line(address, path, size, cut):
    kept = (
        f"{_size(path) / 1e6:.1f} of {size / 1e6:.1f} MB are here and stay; " if _size(path) else ""
    )
    return (
        f"{_host(address)} cannot be reached ({cut}). {kept}run the same command again when "
        "there is a network. The simulated leaves need none."
    ).replace("). run", "). Run")


def _wrong_size(address, promised, size):
    return (
        f"{_host(address)} offers a file of another size ({promised or 'unknown'} bytes, not "
        f"{size}), so it is not the right one. A network with a log-in page can cause that: open "
        "a web page first, then try again."
    )


def _join(base, name):
    try:
        urllib.parse.urlsplit(base)
    except ValueError as error:
        raise KitError(f"{base} is no address: {error}.") from None
    return base.rstrip("/") + "/" + name


def _host(address):
    return urllib.parse.urlsplit(address).hostname or "The server"


def _size(path):
    return path.stat().st_size if path.exists() else 0


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
