"""Measure models: what each is made of, what it takes, what it is worth; and side by side."""
