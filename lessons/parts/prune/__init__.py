"""Parts of the lesson *Prune*."""
