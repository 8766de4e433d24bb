"""Stands around the lessons: checks exercises, asks quizzes, moves plots, runs notebooks."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".exercises": "exercise not_yet Verdict",
        ".quiz": "quiz",
        ".explore": "explore",
        ".labelling_bench": "label_photos",
    },
)
