"""Make a trained network small: prune, quantize, distil, and write it for a small device."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "to_tflite": ".to_tflite.export",
        "Affine": ".quantize.affine",
        "affine": ".quantize.affine",
        "to_int8": ".quantize.int8",
        "deduplicate_buffers": ".to_tflite.deduplicate_buffers",
        "quantization_aware": ".quantize.quantization_aware",
        "magnitude_masks": ".prune.magnitude",
        "prune": ".prune.magnitude",
        "prune_channels": ".prune.channels",
        "distil": ".distil",
        "soften": ".distil",
        "measure": ".measure.profile",
        "Measured": ".measure.profile",
        "table": ".measure.report",
        "shrink_folder": ".job",
    },
)
