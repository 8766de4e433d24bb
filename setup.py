"""Say which folders are packages; all else stands in pyproject.toml.

``lessons/parts`` is installed as ``lowres_lessons``: a learner sees notebooks and one folder, and
Python sees a package with a name of its own.
"""

from setuptools import find_namespace_packages, find_packages, setup

PARTS = "lessons/parts"

setup(
    packages=find_packages(include=["lowres_kit*"])
    + ["lowres_lessons"]
    + [f"lowres_lessons.{name}" for name in find_namespace_packages(PARTS)],
    package_dir={"lowres_lessons": PARTS},
)
