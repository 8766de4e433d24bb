"""Take a model to the field: pack it, check it on the device, run it there.

Needs NumPy, Pillow and a TFLite runtime, nothing else: a small device has no room for more.
"""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".pack.pack": "Pack",
        ".pack.model": "FieldModel Answer",
        ".pack.threshold": "Threshold choose_threshold",
        ".pack.drift": "Reference",
    },
)
