"""Checks of the lessons' exercises, one module a lesson."""
