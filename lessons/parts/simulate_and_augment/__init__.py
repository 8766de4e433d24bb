"""Parts of the lesson *Simulate and augment*."""
