"""Bring in pictures and tables, and find out what is wrong with them before a model does."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".labelled_set": "LabelledSet",
        ".folder": "PhotoSet FileProblem read_folder",
        ".pictures": "open_picture square PictureProblem",
        ".splits": "split sample_per_class few_shot_split",
        ".duplicates": "exact_duplicates near_duplicates",
        ".audit": "audit Audit",
        ".registry": "data_card load_dataset dataset_names",
        ".label_errors": "likely_label_errors LabelSuspect",
        ".describe": "simple_features sharpness brightness",
        ".labels.label_log": "answers_of labels_of LabelAnswer",
        ".labels.labelled_folder": "photo_names",
        ".tables": "load_table table_names Table",
        ".leaves.simulate": "LeafSettings leaf_photo simulate_leaves true_classes",
    },
)
