"""The laptop's end of the field: pack a model, compare devices, collect what they recorded."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".packing": "make_pack pack_folder",
        ".compare": "compare",
    },
)
