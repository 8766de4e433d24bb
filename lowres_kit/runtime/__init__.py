"""Read and run a ``.tflite`` file, and tell what it takes: NumPy and a runtime are enough."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "FILE_IDENTIFIER": ".tflite",
        "TensorInfo": ".tflite",
        "TfliteModel": ".tflite",
        "runtime_here": ".tflite",
        "softmax": ".tflite",
        "Alone": ".subprocess_memory",
        "run_alone": ".subprocess_memory",
    },
)
