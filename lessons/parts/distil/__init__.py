"""Parts of the lesson *Distil*."""
