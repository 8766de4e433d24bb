"""Learn from few photos: a network that has seen ImageNet, and the ways to use it."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".backbone": "CUTS EfficientNetLite0 imagenet_backbone normalise predict_probabilities",
        ".features": "frozen_features features_at_cuts linear_probe",
        ".semi_supervised": (
            "semi_supervised_fit self_training balanced_self_training label_spreading co_training"
        ),
        ".learning_curves": "learning_curve Curve LabelCurve labels_needed",
        ".training": "fine_tune",
        ".recipe": "Fitted Recipe",
        ".evaluation": "Evaluation peak_memory_mb",
        ".transforms": "augment TRANSFORMS transformed views with_views",
        ".classifier": "Classifier network_of_probe",
        ".active_learning": "active_learning_loop active_learning_curve Expert",
        ".query_strategies": (
            "STRATEGIES random_sampling typical_sampling mixed_sampling farthest_first typical "
            "cohen_kappa steady_from"
        ),
        ".job": "train_folder evaluate_folder",
    },
)
