"""Measure a model: what it is made of, what it takes, what it is worth, and several side by side."""
