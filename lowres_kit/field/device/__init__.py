"""The board around the model: pictures in, lights out, and how the board feels."""
