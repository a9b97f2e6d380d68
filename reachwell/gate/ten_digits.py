"""Ten digits: cells that are a number of ten digits and nothing else, which may be NHS numbers or ids of rows.

One in eleven ids passes the check by chance, so that in a column of such ids only more of them than that are told: one
NHS number among ids of ten digits cannot be told from an id.
"""

from collections.abc import Mapping
from math import ceil

from reachwell.engine import Engine
from reachwell.gate.columns import Column
from reachwell.gate.files import Texts
from reachwell.gate.kinds import NHS, Cells, matches
from reachwell.gate.nhs_numbers import BARE, are_more_than_chance, cells_of, passes

# Of more different numbers a part is looked at, chosen by the number, which so is in it or not wherever it stands.
_SAMPLE = 100_000
_FEWEST = 20


def is_ten(cell: str) -> str:
    """The SQL of whether a cell is a number of ten digits, and nothing else."""
    # Nested, as the length tells most cells apart at no cost.
    return f"(CASE WHEN strlen({cell}) BETWEEN 10 AND 14 THEN {matches(BARE, cell)} ELSE false END)"


def counted(db: Engine, texts: Texts, columns: Mapping[str, Column], tens: Mapping[str, int]) -> Cells:
    """How many cells of each column are NHS numbers. tens: by place, how many cells are numbers of ten digits."""
    parts = ceil(max(tens.values()) / _SAMPLE)
    some = texts.cells([place for place, cells in tens.items() if cells])
    chosen = f"is_ten AND hash(text) % {parts} = 0"
    told = db.rows(
        "SELECT place, count(*), count(*) FILTER (regexp_full_match(text, '[0-9]+')), "
        "count(*) FILTER (is_ten AND passes), "
        f"count(DISTINCT text) FILTER ({chosen}), count(DISTINCT text) FILTER ({chosen} AND passes) "
        f"FROM (SELECT *, CASE WHEN is_ten THEN {passes('text')} ELSE false END AS passes "
        f"FROM (SELECT place, text, {is_ten('text')} AS is_ten FROM {some})) GROUP BY place"
    )
    found, alone = Cells(), []
    for place, filled, digits, passing, different, valid in told:
        if not _are_ids(columns[place], filled, digits, tens[place]):
            alone += [place] if passing else []
        elif are_more_than_chance(valid, different):
            found[place, NHS] = passing
    return found + _told_one_by_one(db, texts, alone)


def _are_ids(column: Column, filled: int, digits: int, ten: int) -> bool:
    """Whether a column's numbers of ten digits are ids of rows, as far as the column tells."""
    is_of_numbers = column.is_id and not column.is_patient and 2 * digits >= filled and filled > 1
    return is_of_numbers or (ten >= _FEWEST and 2 * ten >= filled)


def _told_one_by_one(db: Engine, texts: Texts, places: list[str]) -> Cells:
    if not places:
        return Cells()
    numbers = f"SELECT place, left(text, 10) AS number FROM {texts.cells(places)} WHERE {is_ten('text')}"
    return cells_of(db.rows(f"SELECT place, number, count(*) FROM ({numbers}) WHERE {passes('number')} GROUP BY ALL"))
