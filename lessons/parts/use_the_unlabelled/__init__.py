"""Parts of the lesson *Use the unlabelled*."""
