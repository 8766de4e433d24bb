"""Stands around the lessons: checks exercises, asks quizzes, moves plots, runs notebooks."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "exercise": ".exercises",
        "not_yet": ".exercises",
        "Verdict": ".exercises",
        "quiz": ".quiz",
        "explore": ".explore",
        "label_photos": ".labelling_bench",
    },
)
