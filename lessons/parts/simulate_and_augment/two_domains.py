"""Where the lesson learns, the simulator, and where it tests: the nearest thing to a farm."""

from lowres_kit.data import load_dataset, sample_per_class
from lowres_kit.errors import KitError
from lowres_kit.words import Words

SIMULATOR, OTHER_FARM, REAL = "simulated-leaves", "simulated-leaves-other-farm", "beans"
MOST = 60  # photos of each class; more would take an old laptop minutes to describe

words = Words(__package__)


def two_domains(photos, seed=0, say=print):
    """Give the simulator's photos, and photos of the same classes from elsewhere.

    Parameters
    ----------
    photos : PhotoSet
        The learner's. If they are real and show the simulator's classes, they are the elsewhere;
        else the real bean photos are, where they have been fetched; else another simulated farm.
    seed : int
        Which photos are taken, where there are many.
    say : callable
        Takes the line that tells what is compared, and why.

    Returns
    -------
    source, target : PhotoSet
    """
    source = photos if photos.name == SIMULATOR else load_dataset(SIMULATOR)
    own = not photos.simulated and photos.class_names == source.class_names
    if not own and not photos.simulated:
        say(words("domains.only_beans"))
    target = photos if own else _elsewhere(seed)
    if len(target) > MOST * len(target.class_names):
        target = target.take(sample_per_class(target, MOST, seed))
    kind = words("domains.simulated" if target.simulated else "domains.real")
    say(words("domains.what", source=len(source), target=len(target), kind=kind))
    return source, target


def _elsewhere(seed):
    try:
        return load_dataset(REAL, count=MOST, seed=seed)
    except KitError:  # not fetched, and no lesson asks the network
        return load_dataset(OTHER_FARM)
