"""Kinds: what the gate looks for inside texts, and how a cell that holds one is told. One entry adds a kind."""

from collections import Counter
from dataclasses import dataclass

from reachwell.engine import literal
from reachwell.gate import patterns
from reachwell.gate.columns import BIRTH, Column

NHS, NAMES = "NHS numbers", "names"
# By a column's place and what it is, how many cells.
Cells = Counter[tuple[str, str]]


def matches(pattern: str, text: str = "text") -> str:
    """The SQL of whether a pattern is in a text."""
    return f"regexp_matches({text}, {literal(pattern)})"


def _without(pattern: str) -> str:
    return f"regexp_replace(text, {literal(pattern)}, '', 'g')"


@dataclass(frozen=True)
class Kind:
    """Something that tells who somebody is.

    cell: the SQL of whether a cell, `text`, holds one. strict: the same for columns of codes and ids, in which some of
    it would mean something else. Whatever a kind finds, patterns.SUSPICIOUS must find too.
    """

    what: str
    cell: str
    strict: str

    def may_be_in(self, column: Column) -> bool:
        """Whether it is looked for in a column: names are, where they could be a patient's."""
        return not column.is_public and (self.what != NAMES or column.may_name)


_POSTCODE = matches(patterns.POSTCODE, _without(patterns.NO_POSTCODE))
# Ten or eleven digits, or twelve to fourteen with the country's code; fewer are of something else.
_PHONE = (
    f"(NOT {matches('^[0-9]+$')} AND length(regexp_replace(regexp_extract(text, {literal(patterns.PHONE)}), "
    "'[^0-9]', '', 'g')) BETWEEN 10 AND 14)"
)
_EMAIL, _ADDRESS, _BIRTH_DATE = matches(patterns.EMAIL), matches(patterns.ADDRESS), matches(patterns.BIRTH_DATE)
_NAME = matches(patterns.NAME, _without(patterns.EPONYM))

KINDS = (
    Kind("postcodes", f"({_POSTCODE} OR {matches(patterns.POSTCODE_IN_ONE)})", _POSTCODE),
    Kind("phone numbers", f"({_PHONE} OR {matches(patterns.PHONE_IN_ONE)})", _PHONE),
    Kind("e-mail addresses", _EMAIL, _EMAIL),
    Kind(NAMES, _NAME, _NAME),
    Kind("addresses", _ADDRESS, _ADDRESS),
    Kind(BIRTH, _BIRTH_DATE, _BIRTH_DATE),
)
