"""A kit for teaching machine learning where data, compute, power and internet are scarce.

The rooms, in the order in which data walks through them; each imports only rooms to its left::

    scope -> data -> learn -> (shrink -> field) ; workshop stands around them
"""

__version__ = "0.1.0"
