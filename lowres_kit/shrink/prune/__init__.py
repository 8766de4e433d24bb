"""Pruning: single weights become zero, or whole channels leave."""
