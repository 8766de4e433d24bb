"""The leaf simulator: photos of bean leaves, drawn from a seed."""
