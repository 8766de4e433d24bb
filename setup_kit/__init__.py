"""The other half of ``start.py``: the environment that the kit runs in."""
