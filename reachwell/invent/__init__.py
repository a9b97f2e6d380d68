"""Invent practices, so that everything can be shown without anybody's record."""

from reachwell.invent.formats.native import write_delivery
from reachwell.invent.history import Tables
from reachwell.invent.night import next_night
from reachwell.invent.practice import invent_practice

__all__ = ["Tables", "invent_practice", "next_night", "write_delivery"]
