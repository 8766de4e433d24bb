"""The settings of the lesson *Transfer learning*, written once: `settings.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from lowres_kit.errors import KitError
from lowres_kit.words import Words

words = Words(__package__)

FILE = Path(__file__).with_name("settings.toml")


@dataclass(frozen=True)
class TransferSettings:
    """How the lesson splits its photos and trains.

    Attributes
    ----------
    held_out : float
        Share of the photos to test with.
    per_class : int
        Training photos of each class.
    size : int
        Width and height of the photos in pixels.
    epochs : int
        How often each training photo is seen.
    """

    held_out: float
    per_class: int
    size: int
    epochs: int


def transfer_settings(profile):
    """Read the settings for a profile, ``"quick"`` or ``"full"``; KitError if there is no such."""
    common = tomllib.loads(FILE.read_text("utf-8"))
    profiles = {name: common.pop(name) for name in list(common) if isinstance(common[name], dict)}
    if profile not in profiles:
        known = ", ".join(profiles)
        raise KitError(words("project_model.no_profile", profile=profile, profiles=known))
    return TransferSettings(**common, **profiles[profile])
