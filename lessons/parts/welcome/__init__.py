"""Parts of the lesson *Welcome*."""
