"""Make a trained network small: prune, quantize, distil, and write it for a small device."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "to_tflite": ".export",
        "TfliteModel": ".tflite",
        "Affine": ".numbers",
        "affine": ".numbers",
        "to_int8": ".int8",
        "slim": ".slim",
        "quantization_aware": ".aware",
        "magnitude_masks": ".magnitude",
        "prune": ".magnitude",
        "thin": ".channels",
        "distil": ".distil",
        "soften": ".distil",
        "measure": ".measure",
        "Measured": ".measure",
        "table": ".measured",
        "shrink_folder": ".job",
    },
)
