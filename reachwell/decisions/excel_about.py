"""The sheet of a list in Excel that says what the list is, how to fill it in, and what each decision does."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from reachwell.criteria import Programme
from reachwell.decisions.kinds import KINDS, REASONS
from reachwell.decisions.workbook import A4, Mark
from reachwell.published import PROMPT
from reachwell.report import INVENTED, stated

_FILL_IN = (
    "Choose in the column Decision of the sheet Candidates, and a reason where somebody declined. Leave empty what is "
    "not decided. Decided by may be filled in where it was somebody else than whoever brings the file back."
)
_LEAVE = (
    "Rows may be sorted and filtered, all columns together. What is in the other columns is not to be changed: a file "
    "with changed ranks or pseudonyms is refused, and so is one whose list is no longer the current one."
)


def write_about(
    sheet: Any, candidates: pl.DataFrame, programme: Programme, mark: Mark, practice: str, text: Any
) -> None:
    """Fill the sheet. candidates: the published rows of the list. practice: its name. text: the cells' format."""
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    for row, cells in enumerate(_told(candidates, programme, mark, practice)):
        for column, told in enumerate(cells):
            sheet.write_string(row, column, told, text)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def _told(candidates: pl.DataFrame, programme: Programme, mark: Mark, practice: str) -> Iterator[tuple[str, str]]:
    first = candidates.row(0, named=True)
    yield "", PROMPT
    if candidates["invented"].any():
        yield "", INVENTED
    yield "Practice", f"{practice} ({mark.practice})"
    yield "Programme", f"{programme.name} ({programme.id})"
    yield "List of", f"{day(first['index_date'])}; the practice's extract is of {day(first['extracted_on'])}"
    within = int(candidates["within_capacity"].sum())
    yield "On the list", f"{candidates.height} patients reach the threshold; {within} are within this month's places"
    yield "Extract", stated(first["national_data_opt_out"], first["legal_basis"])
    yield "Run", mark.run_id
    yield "", _FILL_IN
    yield "", _LEAVE
    yield "", "What each decision does, from the first run after it is brought back:"
    for each in KINDS.values():
        yield each.label, each.does.format(hide_for=programme.when_declined.hide_for)
    yield "Reasons for declining", ", ".join(REASONS.values())


def day(of: date) -> str:
    """A day as a reader writes it: 3 Nov 2026."""
    return f"{of.day} {of:%b %Y}"
