"""Finds the patients whom social prescribing might help and who are not being offered it."""

from importlib.metadata import version

__version__ = version("reachwell")
