"""Search: what the cells of a file's columns hold, counted in a few passes over each column."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reachwell.engine import Engine, identifier, literal
from reachwell.gate import nhs_numbers, patterns
from reachwell.gate.columns import BIRTH, Column
from reachwell.gate.files import Texts

# What systems write where there is nothing.
_EMPTY = "('-1', '0', '0.0', 'false', 'true', 'n', 'y', 'no', 'yes', 'null', 'none', '1900-01-01')"
# A date that is not the first of its month, however it is written.
_TO_THE_DAY = (
    r"^\d{4}[-/.]?\d{2}[-/.]?(0[2-9]|[12]\d|3[01])|^(0?[2-9]|[12]\d|3[01])[ /.-]([0-9]{1,2}|[A-Za-z]{3,9})[ /.-]\d{2,4}"
)
_WHOLE_NAMES = 0.3
# A number or a day, in which no text can be looked for. What begins with 0 may be a telephone number.
_NUMBER = "(text[1] <> '0' AND TRY_CAST(text AS BIGINT) IS NOT NULL)"
_DULL = f"{_NUMBER} OR (length(text) = 10 AND TRY_CAST(text AS DATE) IS NOT NULL)"
# So many columns are gathered at a time: DuckDB can tell no more than 64 apart, and plans for few at a time faster.
_TOGETHER = 24
_IN_TEXT = (
    f"list_transform(regexp_extract_all(text, {literal(nhs_numbers.IN_TEXT)}), "
    "lambda x: regexp_replace(x, '[^0-9]', '', 'g'))"
)
_BARE = "[left(text, 10)]"
Found = tuple[str, str, int]


def _matches(pattern: str, text: str = "text") -> str:
    return f"regexp_matches({text}, {literal(pattern)})"


_POSTCODE = _matches(patterns.POSTCODE, f"regexp_replace(text, {literal(patterns.ORDINAL)}, '', 'g')")
# Ten or eleven digits, or twelve to fourteen with the country's code; fewer are of something else.
_PHONE = (
    f"(NOT regexp_matches(text, '^[0-9]+$') AND length(regexp_replace(regexp_extract(text, {literal(patterns.PHONE)}), "
    "'[^0-9]', '', 'g')) BETWEEN 10 AND 14)"
)


class Counts(NamedTuple):
    """What the texts of a column hold; texts, ten and given: different texts, the others: cells.

    filled: of a column that is known to hold something, cells that are not empty. text_cells: those in which text can
    stand. postcodes_in_one, phones_in_one: with those that might be codes or ids.
    """

    texts: int
    ten: int
    text: int
    given: int
    filled: int
    to_the_day: int
    text_cells: int
    postcodes: int
    postcodes_in_one: int
    phones: int
    phones_in_one: int
    emails: int
    names: int

    @property
    def are_given_names(self) -> bool:
        """Whether many of the different texts begin with a given name."""
        return self.given >= 3 and self.given > _WHOLE_NAMES * self.text


class Numbers(NamedTuple):
    """Numbers that pass the check of NHS numbers, and how many cells have each: alone in a cell, or inside a text."""

    alone: list[tuple[str, int]]
    inside: list[tuple[str, int]]


_COUNTS = f"""
SELECT place, count(*), count_if(is_ten), count_if(NOT is_dull),
       count_if(NOT is_dull AND {_matches(patterns.GIVEN_NAME)}),
       {
    ", ".join(
        f"coalesce(sum(cells) FILTER ({condition}), 0)"
        for condition in (
            f"lower(text) NOT IN {_EMPTY}",
            _matches(_TO_THE_DAY),
            "NOT is_dull",
            f"NOT is_dull AND {_POSTCODE}",
            f"NOT is_dull AND ({_POSTCODE} OR {_matches(patterns.POSTCODE_IN_ONE)})",
            f"NOT is_dull AND {_PHONE}",
            f"NOT is_dull AND ({_PHONE} OR {_matches(patterns.PHONE_IN_ONE)})",
            f"contains(text, '@') AND {_matches(patterns.EMAIL)}",
            f"NOT is_dull AND {_matches(patterns.NAME)}",
        )
    )
}
FROM cell GROUP BY place ORDER BY place
"""


def search(db: Engine, texts: Texts, columns: Sequence[Column]) -> Iterator[Found]:
    """What tells who somebody is: column, what it is, and how many cells."""
    for start in range(0, len(columns), _TOGETHER):
        together = columns[start : start + _TOGETHER]
        _gather(db, texts, together)
        counted = {int(place): counts for place, *counts in db.rows(_COUNTS)}
        alone, inside = _numbers(db, "is_ten", _BARE), _numbers(db, "NOT is_dull AND NOT is_ten", _IN_TEXT)
        for place, counts in counted.items():
            numbers = Numbers(alone.get(place, []), inside.get(place, []))
            yield from _told(together[place], Counts(*map(int, counts)), numbers)


def _gather(db: Engine, texts: Texts, columns: Sequence[Column]) -> None:
    """Make the table `cell`: each different text of each column (by its place) once, and how many cells have it.

    Row ids of 36 characters and what is too short to tell anything are left out: of a supplier's cells they are most.
    Days, codes and terms come many thousand times, so that all the rest costs less than to read the file.
    """
    names = [f"c{place}" for place in range(len(columns))]
    cells = ", ".join(f"{_looked_at(each)} AS {name}" for each, name in zip(columns, names, strict=True))
    sets = ", ".join(f"({name})" for name in names)
    places = " ".join(f"WHEN NOT grouping({name}) THEN {place}" for place, name in enumerate(names))
    places = f"CASE {places.replace('NOT grouping', '0 = grouping')} END"
    db.run(
        f"CREATE OR REPLACE TEMP TABLE cell AS SELECT *, length(text) BETWEEN 10 AND 14 AND "
        f"regexp_matches(text, {literal(nhs_numbers.BARE)}) AS is_ten, {_DULL} AS is_dull FROM ("
        f"SELECT {places} AS place, nullif(trim(coalesce({', '.join(names)})), '') AS text, count(*) AS cells "
        f"FROM (SELECT {cells} FROM {texts.rows}) GROUP BY GROUPING SETS ({sets})) WHERE text IS NOT NULL"
    )


def _looked_at(column: Column) -> str:
    cell = f"CAST({identifier(column.name)} AS VARCHAR)"
    if column.holds:
        return cell
    row_id = f"length({cell}) = 36 AND {cell}[9] = '-' AND {cell}[24] = '-' AND NOT contains({cell}, ' ')"
    return f"CASE WHEN length({cell}) >= 5 AND NOT ({row_id}) THEN {cell} END"


def _numbers(db: Engine, where: str, digits: str) -> dict[int, list[tuple[str, int]]]:
    """By column, the different numbers that pass the check, and how many cells have each."""
    numbers = f"SELECT place, unnest({digits}) AS number, cells FROM cell WHERE {where}"
    valid = f"length(number) = 10 AND {nhs_numbers.passes('number')}"
    rows = db.rows(f"SELECT place, number, sum(cells) FROM ({numbers}) WHERE {valid} GROUP BY ALL ORDER BY ALL")
    found: dict[int, list[tuple[str, int]]] = {}
    for place, number, cells in rows:
        found.setdefault(int(place), []).append((str(number), int(cells)))
    return found


def _told(column: Column, counts: Counts, numbers: Numbers) -> Iterator[Found]:
    if column.holds:
        held = counts.to_the_day if column.holds == BIRTH else counts.filled
        yield from [(column.name, column.holds, held)] if held else []
        if column.holds != BIRTH:
            return
    if not column.is_directory and (cells := _nhs_numbers(column, counts, numbers)):
        yield column.name, "NHS numbers", cells
    if column.is_public:
        return
    has_codes = column.is_code or column.is_id
    found = {
        "postcodes": counts.postcodes if has_codes else counts.postcodes_in_one,
        "phone numbers": counts.phones if has_codes else counts.phones_in_one,
        "e-mail addresses": counts.emails,
        "names": counts.names if column.may_name else 0,
    }
    if column.may_name and column.is_unknown and counts.are_given_names:
        found["names"] = counts.text_cells
    yield from ((column.name, what, cells) for what, cells in found.items() if cells)


def _nhs_numbers(column: Column, counts: Counts, numbers: Numbers) -> int:
    """Cells with NHS numbers, as far as the column tells; see nhs_numbers."""
    are_ids = (column.is_id and not column.is_patient) or nhs_numbers.is_column_of_such(counts.ten, counts.texts)
    if are_ids and not nhs_numbers.are_more_than_chance(len(numbers.alone), counts.ten):
        told = numbers.inside
    else:
        told = numbers.alone + numbers.inside
    # A column of ids that are more than chance gives holds NHS numbers, whatever else they could be.
    return sum(cells for number, cells in told if are_ids or not nhs_numbers.could_be_a_code(number))
