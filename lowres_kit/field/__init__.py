"""Take a model to the field: pack it, check it on the device, run it there.

Needs NumPy, Pillow and a TFLite runtime, nothing else: a small device has no room for more.
"""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "Pack": ".pack.pack",
        "FieldModel": ".pack.model",
        "Answer": ".pack.model",
        "Threshold": ".pack.threshold",
        "choose_threshold": ".pack.threshold",
        "Reference": ".pack.drift",
    },
)
