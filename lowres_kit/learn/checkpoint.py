"""Checkpoints: a training run that loses power goes on from its last whole epoch."""

import hashlib
import io
import json
import pickle
from contextlib import suppress

import numpy as np
import torch

from ..places import write_bytes


def fingerprint(recipe, classes, photos, labels, validation, start=None):
    """A text that two runs share only if they would do the same.

    Parameters
    ----------
    recipe : dict
        How it is trained.
    classes : int
        Number of classes.
    photos, labels : numpy.ndarray
        What it learns from.
    validation : tuple or None
        Photos and labels that are kept apart.
    start : torch.nn.Module, optional
        The network that it goes on from.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(json.dumps([recipe, classes], sort_keys=True).encode())
    for part in (photos, labels, *(validation or ())):
        part = np.ascontiguousarray(part)
        digest.update(f"{part.dtype} {part.shape}".encode())
        digest.update(part)
    for name, value in start.state_dict().items() if start is not None else ():
        digest.update(name.encode())
        digest.update(value.contiguous().numpy())
    return digest.hexdigest()


def write_checkpoint(path, identity, **state):
    """Write the state of a run; a power cut leaves the checkpoint before it in place."""
    buffer = io.BytesIO()
    torch.save({"identity": identity, **state}, buffer)
    write_bytes(path, buffer.getvalue())


def drop_checkpoints(folder):
    """Delete the checkpoints in a folder, and the folder if nothing else lies in it."""
    for path in folder.glob("*.pt"):
        path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def read_checkpoint(path, identity):
    """Read the state of a run.

    Parameters
    ----------
    path : pathlib.Path or None
        The file.
    identity : str
        The run's own `fingerprint`.

    Returns
    -------
    dict or None
        The state, or None if there is no file, if it is damaged, or if another recipe or other
        photos made it: then the run begins anew.
    """
    if path is None:
        return None
    try:
        state = torch.load(path, weights_only=True)
    except FileNotFoundError:
        return None
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError):
        return None
    return state if state.get("identity") == identity else None
