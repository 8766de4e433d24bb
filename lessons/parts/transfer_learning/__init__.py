"""Parts of the lesson *Transfer learning*."""
