"""Parts of the lesson *Scope the problem*."""
