"""The model of the lesson *Transfer learning*, which the lessons on small models begin with.

The photos that it learned from must never test it. So it is used only where its page says which
photos these were (data set, how many, seed); otherwise it is trained once more, with the settings
of that lesson.
"""

from dataclasses import dataclass

from lowres_kit.data import load_dataset
from lowres_kit.data.splits import few_shot_split
from lowres_kit.errors import KitError
from lowres_kit.learn import Classifier, Recipe, fine_tune
from lowres_kit.words import Words

from .settings import transfer_settings

words = Words(__package__)

# Where the model goes: the first place is that lesson's own, and what lies there is kept.
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
    train : tuple of numpy.ndarray
        What the classifier learned from: uint8 ``(n, size, size, 3)`` and int ``(n,)``.
    validation : tuple of numpy.ndarray
        To choose with; it learned nothing from them.
    test : tuple of numpy.ndarray
        To test with, once; it learned nothing from them either.
    spare : tuple of numpy.ndarray
        All others. Act as if nobody had named them: they are there to learn from without labels.
    """

    classifier: Classifier
    name: str
    simulated: bool
    train: tuple
    validation: tuple
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
    """Take the model of *Transfer learning* from the project folder, or train it if need be.

    Parameters
    ----------
    project : Project
        The learner's project folder.
    data : str or pathlib.Path
        A data set's name or a folder of classes, as in that lesson.
    profile : str
        ``"quick"`` or ``"full"``, as in that lesson, where the model must be trained.
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
    settings = transfer_settings(profile)
    photos = load_dataset(data)
    parts = few_shot_split(
        photos,
        settings.held_out,
        settings.per_class,
        seed,
        when_few=lambda count: say(words("parts.few", validation=count)),
    )
    learned_from = {
        "data": photos.name,
        "photos": len(photos),
        "seed": seed,
        "train": len(parts["train"]),
    }
    classifier = _stored(project, photos.class_names, learned_from, say)
    pixels = photos.read(classifier.size if classifier else settings.size)
    if classifier is None:
        train = parts["train"]
        recipe = Recipe(epochs=settings.epochs, seed=seed)
        title = words("project_model.training")
        fitted = fine_tune(pixels[train], photos.labels[train], recipe=recipe, title=title)
        facts = {"lesson": "transfer_learning", "simulated": photos.simulated, **learned_from}
        classifier = Classifier(fitted.model, photos.class_names, settings.size, facts)
        place = next(name for name in PLACES if _is_free(project, name) or name == PLACES[-1])
        classifier.save(project.folder(place))
        say(words("project_model.trained", place=place))
    cut_out = {name: (pixels[part], photos.labels[part]) for name, part in parts.items()}
    return ProjectModel(classifier, photos.name, photos.simulated, **cut_out)


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
