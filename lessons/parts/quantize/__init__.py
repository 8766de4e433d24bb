"""Parts of the lesson *Quantize*."""
