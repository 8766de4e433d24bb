"""The secret that a collector and its stations share, and how they prove that they know it.

The secret itself never goes over the network: each side sends a keyed hash (HMAC, RFC 2104) of
what it says. Whoever listens learns the records, which are not encrypted, but can neither put
records into the collector nor confirm any in its place.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from ...errors import KitError
from ...places import write_bytes

FILE = "collector-token"  # in the collector's folder and in the station's place
SHORTEST = 16  # characters


def make_token(folder):
    """Read the token of a folder; draw one if there is none.

    Parameters
    ----------
    folder : str or pathlib.Path
        The collector's.

    Returns
    -------
    str

    Raises
    ------
    KitError
        If it can be neither read nor written.
    """
    file = Path(folder) / FILE
    if not file.exists():
        write_bytes(file, f"{secrets.token_hex(16)}\n".encode("ascii"), mode=0o600)
    return read_token(folder)


def read_token(folder):
    """Read the token of a folder; raises KitError if there is none."""
    file = Path(folder) / FILE
    try:
        token = file.read_text("ascii").strip()
    except FileNotFoundError:
        raise KitError(
            f"There is no {file}; copy the file {FILE} from the collector's folder there."
        ) from None
    except (OSError, ValueError):
        token = ""
    if len(token) < SHORTEST:
        raise KitError(f"{file} cannot be read; copy it from the collector's folder again.")
    return token


def proof(token, *words):
    """Return what only somebody who knows the token can say about some words."""
    message = "\n".join(map(str, words)).encode("utf-8")
    return hmac.new(token.encode("ascii"), message, hashlib.sha256).hexdigest()
