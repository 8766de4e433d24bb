"""Bring in pictures and tables, and find out what is wrong with them before a model does."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "PhotoSet": ".folder",
        "FileProblem": ".folder",
        "read_folder": ".folder",
        "open_picture": ".pictures",
        "square": ".pictures",
        "PictureProblem": ".pictures",
        "split": ".splits",
        "few": ".splits",
        "together": ".splits",
        "exact_duplicates": ".duplicates",
        "near_duplicates": ".duplicates",
        "audit": ".audit",
        "data_card": ".card",
        "Audit": ".audit",
        "likely_label_errors": ".label_errors",
        "LabelSuspect": ".label_errors",
        "simple_features": ".describe",
        "sharpness": ".describe",
        "brightness": ".describe",
        "load_dataset": ".registry",
        "dataset_names": ".registry",
        "load_table": ".tables",
        "table_names": ".tables",
        "Table": ".tables",
        "fetch": ".fetch",
        "LeafSettings": ".leaves",
        "leaf_photo": ".leaves",
        "simulate_leaves": ".leaves",
        "true_classes": ".leaves",
    },
)
