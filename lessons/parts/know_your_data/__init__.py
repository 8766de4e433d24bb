"""Parts of the lesson *Know your data*."""
