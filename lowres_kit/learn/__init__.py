"""Learn from few photos: a network that has seen ImageNet, and four ways to use it."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "CUTS": ".backbone",
        "EfficientNetLite0": ".backbone",
        "imagenet_backbone": ".backbone",
        "normalise": ".backbone",
        "predict_probabilities": ".backbone",
        "frozen_features": ".features",
        "features_at_cuts": ".features",
        "linear_probe": ".probe",
        "with_unlabelled": ".unlabelled",
        "self_training": ".unlabelled",
        "balanced_self_training": ".unlabelled",
        "label_spreading": ".unlabelled",
        "co_training": ".unlabelled",
        "learning_curve": ".curve",
        "Curve": ".curve",
        "fine_tune": ".training",
        "Fitted": ".recipe",
        "Recipe": ".recipe",
        "Evaluation": ".measure",
        "peak_memory_mb": ".measure",
        "augment": ".augment",
        "Classifier": ".classifier",
        "network_of_probe": ".classifier",
        "train_folder": ".job",
        "evaluate_folder": ".evaluate",
    },
)
