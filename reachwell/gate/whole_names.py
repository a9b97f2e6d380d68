"""Whole names: columns without a known meaning in which many of the different texts are names."""

from collections.abc import Sequence

from reachwell.engine import Engine
from reachwell.gate import patterns
from reachwell.gate.columns import Column
from reachwell.gate.files import Texts
from reachwell.gate.kinds import NAMES, Cells, matches

_SHARE, _FEWEST = 0.2, 3
# A number or a day is no name, however many there are beside some.
_COULD_BE = "regexp_matches(text, '^\\p{Lu}')"


def may_be_of_names(column: Column) -> bool:
    """Whether whole names are looked for in a column: what is known of it does not say what it holds."""
    return column.may_name and column.is_unknown and not column.holds


def whole_names(db: Engine, texts: Texts, places: Sequence[str]) -> Cells:
    """How many cells of each of some columns are names, of those that seem to be made of such."""
    told = db.rows(
        f"SELECT place, count(*), approx_count_distinct(text), approx_count_distinct(text) FILTER "
        f"({matches(patterns.WHOLE_NAME)}) FROM {texts.cells(places)} WHERE {_COULD_BE} GROUP BY place"
    )
    return Cells({(place, NAMES): cells for place, cells, different, names in told
                  if names >= _FEWEST and names > _SHARE * different})  # fmt: skip
