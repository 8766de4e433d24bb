"""Where the lesson Simulate and augment learns, the simulator, and where it tests: the nearest thing to a real farm."""

from lowres_kit.data import load_dataset, sample_per_class
from lowres_kit.errors import KitError

SIMULATOR, OTHER_FARM, REAL = "simulated-leaves", "simulated-leaves-other-farm", "beans"
MOST = 60  # photos of each class; more would take an old laptop minutes to describe


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
        say(
            "The simulator draws bean leaves only, not the classes of your photos; so this step "
            "compares bean leaves with bean leaves."
        )
    target = photos if own else _elsewhere(seed)
    if len(target) > MOST * len(target.class_names):
        target = target.take(sample_per_class(target, MOST, seed))
    kind = "simulated, another farm" if target.simulated else "real"
    say(f"To learn from: {len(source)} simulated photos. Elsewhere: {len(target)} photos ({kind}).")
    return source, target


def _elsewhere(seed):
    try:
        return load_dataset(REAL, count=MOST, seed=seed)
    except KitError:  # not fetched, and no lesson asks the network
        return load_dataset(OTHER_FARM)
