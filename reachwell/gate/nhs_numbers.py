"""NHS numbers: how they are written, and by what they are told from other numbers of ten digits."""

from collections.abc import Iterable
from math import log

from reachwell.codelists import is_snomed
from reachwell.gate.kinds import NHS, Cells

# Less likely than one in a million: then it is not by chance.
_CERTAIN = log(1e6)
_BY_CHANCE = 1 / 11
_SEPARATOR = r"[ ./_\x{00A0}\x{2007}\x{2009}\x{202F}\x{2010}-\x{2015}-]{1,2}"
# What some keyboards write for digits.
_WIDE = "０１２３４５６７８９"
_DIGIT = rf"[0-9{_WIDE}]"

BARE = r"^[0-9]{10}(\.0+)?$"
_GROUPED = rf"{_DIGIT}{{3}}{_SEPARATOR}{_DIGIT}{{3}}{_SEPARATOR}{_DIGIT}{{4}}"
_BEFORE = r"(?:^|[^0-9A-Za-z.]|(?i:nhs|no)\.?)"
IN_TEXT = rf"{_BEFORE}(?:{_GROUPED}|{_DIGIT}{{10}})(?:$|\b|[^0-9A-Za-z])"


def in_text(text: str) -> str:
    """The SQL of the first number that passes the check and stands in a text beside something else, or null."""
    found = f"regexp_extract_all({text}, '{IN_TEXT}')"
    digits = (
        f"list_transform({found}, lambda x: regexp_replace(translate(x, '{_WIDE}', '0123456789'), '[^0-9]', '', 'g'))"
    )
    valid = f"list_filter({digits}, lambda x: length(x) = 10 AND {passes('x')})"
    return f"CASE WHEN NOT regexp_matches({text}, '{BARE}') THEN {valid}[1] END"


def passes(digits: str) -> str:
    """The SQL of whether a text of ten digits passes the check of NHS numbers (modulus 11), all digits alike excepted.

    Source: NHS Data Dictionary, "NHS NUMBER".
    """
    total = " + ".join(
        f"({weight}) * ascii({digits}[{place}])" for place, weight in enumerate(range(10, 0, -1), start=1)
    )
    # ascii("0") is 48, and 48 times the sum of the weights, 55, is divided by 11.
    return f"(({total}) % 11 = 0 AND {digits} <> repeat({digits}[1], 10))"


def cells_of(numbers: Iterable[tuple[str, str, int]]) -> Cells:
    """How many cells of each column hold NHS numbers. numbers: column, a number that passes, and cells with it.

    SNOMED CT identifiers are left out. Those of ten digits have a short format's partition, 00 to 02.
    """
    found = Cells()
    for place, number, cells in numbers:
        if not (number[7] == "0" and number[8] in "012" and is_snomed(number)):
            found[place, NHS] += cells
    return found


def are_more_than_chance(valid: int, of: int) -> bool:
    """Whether so many of different numbers of ten digits pass that it is not by chance (Chernoff's bound)."""
    if not of or valid / of <= _BY_CHANCE:
        return False
    share = valid / of
    rest = (1 - share) * log((1 - share) / (1 - _BY_CHANCE)) if share < 1 else 0.0
    return of * (share * log(share / _BY_CHANCE) + rest) > _CERTAIN
