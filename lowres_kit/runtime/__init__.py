"""Read and run a ``.tflite`` file, and tell what it takes: NumPy and a runtime are enough."""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".tflite": "FILE_IDENTIFIER TensorInfo TfliteModel runtime_here softmax",
        ".subprocess_memory": "Alone run_alone",
    },
)
