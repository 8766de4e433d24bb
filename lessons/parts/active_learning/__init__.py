"""Parts of the lesson *Active learning*."""
