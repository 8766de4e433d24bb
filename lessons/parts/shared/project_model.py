"""The model that the lessons on small models begin with: the learner's own, from the lesson Transfer learning.

The photos that it learned from must never test it. So it is used only where its page says which
photos these were (data set, how many, seed); otherwise it is trained once more, as the lesson Transfer learning does it.
"""

from dataclasses import dataclass

import numpy as np

from lowres_kit.data import few, load_dataset, split
from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier, Recipe, fine_tune
from lowres_kit.words import Words

words = Words(__package__)

# As in the lesson Transfer learning, for each profile: width of the photos in pixels, and epochs.
PROFILES = {"quick": (96, 40), "full": (160, 60)}
HELD_OUT = 0.3  # share of the photos to test with
PER_CLASS = 20  # photos to learn from; as many again to choose with, where there are enough
# Where the model goes: the first place is the Transfer learning lesson's own, and what lies there is kept.
PLACES = ("model", "model-of-lessons")


@dataclass(frozen=True)
class ProjectModel:
    """A classifier and the photos around it, each part a pair ``(pixels, labels)``.

    Attributes
    ----------
    classifier : Classifier
        From the project folder, or trained here.
    name : str
        Of the data set.
    simulated : bool
        Whether a program drew the photos.
    learn : tuple of numpy.ndarray
        What the classifier learned from: uint8 ``(n, size, size, 3)`` and int ``(n,)``.
    choose : tuple of numpy.ndarray
        To choose with; it learned nothing from them.
    test : tuple of numpy.ndarray
        To test with, once; it learned nothing from them either.
    spare : tuple of numpy.ndarray
        All others. Act as if nobody had named them: they are there to learn from without labels.
    """

    classifier: Classifier
    name: str
    simulated: bool
    learn: tuple
    choose: tuple
    test: tuple
    spare: tuple

    @property
    def model(self):
        """The network, in evaluation mode."""
        return self.classifier.model

    @property
    def class_names(self):
        """Names of the classes, in the order of the network's outputs."""
        return self.classifier.class_names

    @property
    def size(self):
        """Width and height of the photos in pixels."""
        return self.classifier.size

    @property
    def kind(self):
        """The word "simulated" or "real": what every plot says of its photos."""
        return words("kind.simulated" if self.simulated else "kind.real")


def project_model(project, data, profile="quick", seed=0, say=print):
    """Take the model of the lesson Transfer learning from the project folder, or train it if it is not there.

    Parameters
    ----------
    project : Project
        The learner's project folder.
    data : str or pathlib.Path
        A data set's name or a folder of classes, as in the lesson Transfer learning.
    profile : str
        ``"quick"`` or ``"full"``, as in the lesson Transfer learning, where the model must be trained.
    seed : int
        Of the split and the training. A model that learned from another seed's photos is not
        used.
    say : callable
        Takes the line that says where the model is from.

    Returns
    -------
    ProjectModel

    Raises
    ------
    KitError
        If the photos cannot be used, or there is no such profile.
    """
    if profile not in PROFILES:
        known = ", ".join(PROFILES)
        raise KitError(words("project_model.no_profile", profile=profile, profiles=known))
    photos = load_dataset(data)
    parts = divide_as_lesson_03(photos, seed, say)
    learned_from = {
        "data": photos.name,
        "photos": len(photos),
        "seed": seed,
        "learn": len(parts["learn"]),
    }
    classifier = _stored(project, photos.class_names, learned_from, say)
    size, epochs = PROFILES[profile]
    pixels = photos.read(classifier.size if classifier else size)
    if classifier is None:
        learn = parts["learn"]
        recipe = Recipe(epochs=epochs, seed=seed)
        title = words("project_model.training")
        fitted = fine_tune(pixels[learn], photos.labels[learn], recipe=recipe, title=title)
        facts = {"lesson": "03", "simulated": photos.simulated, **learned_from}
        classifier = Classifier(fitted.model, photos.class_names, size, facts)
        place = next(name for name in PLACES if _is_free(project, name) or name == PLACES[-1])
        classifier.save(project.folder(place))
        say(words("project_model.trained", place=place))
    cut_out = {name: (pixels[part], photos.labels[part]) for name, part in parts.items()}
    return ProjectModel(classifier, photos.name, photos.simulated, **cut_out)


def divide_as_lesson_03(photos, seed=0, say=print):
    """Part the photos: to learn from (those of the lesson Transfer learning), to choose with, to test with, spare.

    Parameters
    ----------
    photos : PhotoSet
        All photos.
    seed : int
        As in the lesson Transfer learning.
    say : callable
        Takes a line if the photos are few.

    Returns
    -------
    dict of str to numpy.ndarray
        ``learn``, ``choose``, ``test`` and ``spare``: int positions, sorted, no photo twice.
    """
    rest, test = split(photos, held_out=HELD_OUT, seed=seed)
    labels = photos.labels
    per_class = min(PER_CLASS, min(photos.take(rest).counts().values()))
    learn = rest[few(labels[rest], per_class, seed)]
    others = np.setdiff1d(rest, learn)
    # Kept apart from the photos that it learned from, but as many of each class as there are.
    most = min(np.bincount(labels[others], minlength=len(photos.class_names)))
    if most >= per_class // 2 and most > 0:
        choose = others[few(labels[others], min(PER_CLASS, int(most)), seed)]
    else:
        test, choose = _halves(photos, test, seed)
        say(words("parts.few", choose=len(choose)))
    return {"learn": learn, "choose": choose, "test": test, "spare": np.setdiff1d(others, choose)}


def _halves(photos, test, seed):
    """Part the photos to test with in two, each with every class."""
    try:
        one, other = split(photos.take(test), held_out=0.5, seed=seed)
    except KitError:
        name, count = min(photos.take(test).counts().items(), key=lambda item: item[1])
        raise KitError(words("parts.too_few", name=name, count=count)) from None
    return test[one], test[other]


def _is_free(project, name):
    return not (project.path / name).is_dir() or not any((project.path / name).iterdir())


def _stored(project, class_names, learned_from, say):
    """Load the first classifier that learned from these photos, or give None."""
    for place in PLACES:
        if _is_free(project, place):
            continue
        try:
            classifier = Classifier.load(project.folder(place))
        except KitError as problem:
            say(words("project_model.left_as_it_is", problem=problem))
            continue
        facts = classifier.facts
        same = all(facts.get(key) == value for key, value in learned_from.items())
        if same and classifier.class_names == class_names:
            say(words("project_model.found", place=place))
            return classifier
    return None
