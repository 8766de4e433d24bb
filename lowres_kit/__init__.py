"""A kit for teaching machine learning where data, compute, power and internet are scarce.

Rooms: scope, data, learn, shrink, desk on the laptop, field on the device, runtime for both;
workshop and runner for the lessons. docs/architecture.md says which may import which.
"""

__version__ = "0.1.0"
