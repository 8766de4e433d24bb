"""Parts of the lesson *Deploy to a Raspberry Pi*."""
