"""The gate: whether a delivery still holds something that tells who somebody is."""

from reachwell.gate.gate import look, refusal
from reachwell.gate.in_file import Identifier

__all__ = ["Identifier", "look", "refusal"]
