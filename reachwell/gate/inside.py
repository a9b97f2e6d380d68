"""Inside: the cells in whose texts something tells who somebody is, looked for in the rows that seem to have one."""

from collections.abc import Mapping, Sequence
from typing import Any

from reachwell.engine import Engine
from reachwell.gate import nhs_numbers
from reachwell.gate.columns import Column, as_row
from reachwell.gate.files import Texts
from reachwell.gate.kinds import KINDS, Cells, Kind, matches
from reachwell.gate.patterns import SUSPICIOUS, WHOLE_NAME
from reachwell.gate.whole_names import may_be_of_names, whole_names

_NUMBER = nhs_numbers.in_text("text")


def counted(db: Engine, texts: Texts, columns: Mapping[str, Column]) -> Cells:
    """How many cells of each column hold one of each kind, an NHS number beside other text, or a whole name."""
    found, with_numbers, with_names = Cells(), [], []
    kinds = [kind for kind in KINDS if any(map(kind.may_be_in, columns.values()))]
    for place, numbers, names, *counts in _cells(db, texts, columns, kinds):
        column = columns[place]
        which = counts[len(kinds) :] if column.is_code or column.is_id else counts
        found.update({(place, kind.what): number for kind, number in zip(kinds, which, strict=False)
                      if kind.may_be_in(column)})  # fmt: skip
        with_numbers += [place] if numbers else []
        with_names += [place] if names and may_be_of_names(column) else []
    if with_numbers:
        numbers = f"SELECT place, {_NUMBER} AS number FROM {texts.cells(with_numbers)}"
        told = db.rows(f"SELECT place, number, count(*) FROM ({numbers}) WHERE number IS NOT NULL GROUP BY ALL")
        found.update(nhs_numbers.cells_of(told))
    return found | whole_names(db, texts, with_names) if with_names else found


def _cells(db: Engine, texts: Texts, columns: Mapping[str, Column], kinds: Sequence[Kind]) -> list[tuple[Any, ...]]:
    told = [
        f"{_NUMBER} IS NOT NULL",
        matches(WHOLE_NAME),
        *(each.cell for each in kinds),
        *(each.strict for each in kinds),
    ]
    counts = ", ".join(f"count(*) FILTER ({each})" for each in told)
    rows = texts.cells(columns, matches(SUSPICIOUS, as_row(columns)))
    cells = f"SELECT * FROM {rows} WHERE {matches(SUSPICIOUS, 'chr(31) || text')}"
    return db.rows(f"SELECT place, {counts} FROM ({cells}) GROUP BY place")
