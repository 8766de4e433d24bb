"""What makes the ``.tflite``: from a torch network through a graph of operators to bytes."""
