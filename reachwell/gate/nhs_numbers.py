"""NHS numbers in a column, by their check digit and by what else is in the column.

One in eleven numbers of ten digits passes the check by chance, and row ids have ten digits too. So in a column of ids
only more of them than chance would give are told: one NHS number among ids of ten digits cannot be told from an id.
"""

from math import log

from reachwell.codelists import is_snomed

# Less likely than one in a million: then it is not by chance.
_CERTAIN = log(1e6)
_BY_CHANCE = 1 / 11
_FEWEST = 20
_SEPARATOR = r"[ .\x{00A0}\x{2009}\x{202F}\x{2011}-]"

BARE = r"^[0-9]{10}(\.0+)?$"
GROUPED = rf"[0-9]{{3}}{_SEPARATOR}[0-9]{{3}}{_SEPARATOR}[0-9]{{4}}"
IN_TEXT = rf"(?:^|[^0-9A-Za-z.]|(?i:nhs|no)\.?)(?:{GROUPED}|[0-9]{{10}})(?:$|[^0-9A-Za-z])"


def passes(digits: str) -> str:
    """The SQL of whether a text of ten digits passes the check of NHS numbers (modulus 11), all digits alike excepted.

    Source: NHS Data Dictionary, "NHS NUMBER".
    """
    total = " + ".join(
        f"({weight}) * ascii({digits}[{place}])" for place, weight in enumerate(range(10, 0, -1), start=1)
    )
    # ascii("0") is 48, and 48 times the sum of the weights, 55, is divided by 11.
    return f"(({total}) % 11 = 0 AND {digits} <> repeat({digits}[1], 10))"


def could_be_a_code(number: str) -> bool:
    """Whether a number is a SNOMED CT identifier too: those of ten digits have a short format's partition, 00 to 02."""
    return is_snomed(number) and number[7] == "0" and number[8] in "012"


def are_more_than_chance(valid: int, of: int) -> bool:
    """Whether so many of different numbers of ten digits pass that it is not by chance (Chernoff's bound)."""
    if not of or valid / of <= _BY_CHANCE:
        return False
    share = valid / of
    rest = (1 - share) * log((1 - share) / (1 - _BY_CHANCE)) if share < 1 else 0.0
    return of * (share * log(share / _BY_CHANCE) + rest) > _CERTAIN


def is_column_of_such(ten: int, filled: int) -> bool:
    """Whether a column's cells mostly are numbers of ten digits. ten, filled: different cells."""
    return ten >= _FEWEST and 2 * ten >= filled
