"""Search: what a file's columns hold, in one pass over its rows and, for what that finds, over the cells of those.

Nothing is kept of a row while it is passed over, so that a file of any size needs little memory.
"""

from collections.abc import Iterator, Mapping, Sequence

from reachwell.engine import Engine
from reachwell.gate import inside, patterns, ten_digits
from reachwell.gate.columns import BIRTH, Column, as_row
from reachwell.gate.files import Texts
from reachwell.gate.kinds import Cells, matches

# What systems write where there is nothing.
_EMPTY = "('', '-1', '0', '0.0', 'false', 'true', 'n', 'y', 'no', 'yes', 'null', 'none', '1900-01-01')"
# A date that is not the first of its month, however it is written.
_TO_THE_DAY = (
    r"^\d{4}[-/.]?\d{2}[-/.]?(0[2-9]|[12]\d|3[01])|^(0?[2-9]|[12]\d|3[01])[ /.-]([0-9]{1,2}|[A-Za-z]{3,9})[ /.-]\d{2,4}"
)


def search(db: Engine, texts: Texts, columns: Sequence[Column]) -> Iterator[tuple[int, str, int]]:
    """What tells who somebody is: the column's place from 0, what it is, and how many cells."""
    of = {f"c{place}": column for place, column in enumerate(columns)}
    searched = {place: column for place, column in of.items() if _is_searched(column)}
    suspicious, held, tens = _pass(db, texts, of, searched)
    found = Cells({(place, of[place].holds): cells for place, cells in zip(of, held, strict=True)})
    if suspicious:
        found |= inside.counted(db, texts, searched)
    if any(tens):
        found += ten_digits.counted(db, texts, searched, dict(zip(searched, tens, strict=True)))
    for (place, what), cells in sorted(found.items()):
        if cells:
            yield int(place[1:]), what, cells


def _is_searched(column: Column) -> bool:
    """Whether the cells of a column are looked into: not where being filled is enough, nor in staff's directories."""
    return (not column.holds or column.holds == BIRTH) and not column.is_directory


def _pass(
    db: Engine, texts: Texts, of: Mapping[str, Column], searched: Mapping[str, Column]
) -> tuple[int, list[int], list[int]]:
    """Counts of one pass: rows that may hold something; of each column, cells that it must not hold; and of each that
    is searched, cells that are numbers of ten digits."""
    held = [_is_held(place, column) for place, column in of.items()]
    tens = [ten_digits.is_ten(place) for place in searched]
    counts = ", ".join(f"[{', '.join(f'count(*) FILTER ({each})' for each in which)}]" for which in (held, tens))
    suspicious = matches(patterns.SUSPICIOUS, as_row(searched))
    return db.rows(f"SELECT count(*) FILTER ({suspicious}), {counts} FROM {texts.rows}")[0]


def _is_held(place: str, column: Column) -> str:
    if column.holds == BIRTH:
        return matches(_TO_THE_DAY, place)
    return f"lower(trim({place})) NOT IN {_EMPTY}" if column.holds else "false"
