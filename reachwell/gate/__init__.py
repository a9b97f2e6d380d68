"""The gate: whether a delivery still holds something that tells who somebody is."""

from reachwell.gate.gate import Identifier, look, refusal

__all__ = ["Identifier", "look", "refusal"]
