"""Make a trained network small: prune, quantize, distil, and write it for a small device."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".to_tflite.export": "to_tflite",
        ".quantize.affine": "Affine affine",
        ".quantize.int8": "to_int8",
        ".to_tflite.deduplicate_buffers": "deduplicate_buffers",
        ".quantize.quantization_aware": "quantization_aware",
        ".prune.channels": "prune_channels",
        ".distil": "distil soften",
        ".measure.profile": "measure Measured",
        ".measure.report": "table",
        ".job": "shrink_folder",
    },
)
