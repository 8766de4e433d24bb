"""Pruning: whole channels leave a network."""
