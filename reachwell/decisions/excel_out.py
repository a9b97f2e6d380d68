"""A practice's current list as an Excel file to decide in."""

import os
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from reachwell import __version__
from reachwell.area import Area
from reachwell.atomic import new_file
from reachwell.criteria import Criteria, Programme
from reachwell.decisions.effect import words
from reachwell.decisions.excel_about import day, write_about
from reachwell.decisions.kinds import KINDS, REASONS
from reachwell.decisions.standing import decided
from reachwell.decisions.workbook import (
    A4,
    ABOUT,
    BEFORE,
    BY,
    COLUMNS,
    DECISION,
    FIRST,
    LIST,
    MARK,
    MARKS,
    PATIENT,
    POINTS,
    RANK,
    REASON,
    REASONS_TOLD,
    WITHIN,
    Mark,
)
from reachwell.errors import UsageError
from reachwell.published import PROMPT, current_run, read_table
from reachwell.state import State

_PLACES = list(COLUMNS)
# Whatever a text begins with, it stays one.
_AS_TEXT = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}


def export(area: Area, ods: str, programme: str, out: Path | None = None) -> tuple[Path, int]:
    """Write a practice's current list; returns the file and how many patients are on it.

    out: candidates_ODS_DAY.xlsx in the folder one is in, unless given. Raises UsageError, and writes nothing, where the
    file is there already, cannot be written or is no .xlsx, where the practice has no list, and where nobody is on it.
    """
    run_id = current_run(area)
    candidates = read_table(area, run_id, ods, "candidates").filter(pl.col("programme") == programme).sort("rank")
    if candidates.is_empty():
        raise UsageError(f"nobody is on the list of {ods} for {programme}, so there is nothing to decide")
    out = out or Path(f"candidates_{ods}_{candidates['index_date'][0]}.xlsx")
    if out.suffix.lower() != ".xlsx":
        raise UsageError(f"{out} does not end in .xlsx; name a file that does")
    if out.exists():
        raise UsageError(
            f"{out} is there already, perhaps with decisions in it. Nothing was changed; name another file"
        )
    standing = decided(State(area.state), [ods], None).filter(pl.col("programme") == programme)
    before = dict(standing.select("patient_id", words()).rows())
    judged = next(each for each in Criteria.of(area).programmes if each.id == programme)
    book = _book(candidates, before, judged, Mark.of(run_id, ods, programme, candidates), area.practice(ods).name)
    _write(book, out)
    return out, candidates.height


def _write(book: bytes, out: Path) -> None:
    try:
        with new_file(out) as aside:
            # For its owner only: it is of patients.
            aside.unlink(missing_ok=True)
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
                raw.write(book)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Name a file in a folder of yours") from None


def _book(candidates: pl.DataFrame, before: dict[str, str], programme: Programme, mark: Mark, practice: str) -> bytes:
    from xlsxwriter import Workbook

    raw = BytesIO()
    with Workbook(raw, _AS_TEXT) as book:
        listed, about, hidden = (book.add_worksheet(name) for name in (LIST, ABOUT, MARK))
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EDEE", "border": 1})
        cell = {"valign": "top", "text_wrap": True}
        formats = {"text": book.add_format(cell), "day": book.add_format({**cell, "num_format": "d mmm yyyy"}),
                   "open": book.add_format({**cell, "bg_color": "#FFF9C4", "border": 1, "border_color": "#AEB7BD"}),
                   "head": head}  # fmt: skip
        _list(listed, candidates, before, formats)
        _print_settings(listed, f"{practice} ({mark.practice}): {programme.name}", candidates)
        write_about(about, candidates, programme, mark, practice, formats["text"])
        for row, name in enumerate(MARKS):
            hidden.write_string(row, 0, name)
            hidden.write_string(row, 1, getattr(mark, name))
        hidden.write_row(len(MARKS), 0, ["code_version", __version__])
        hidden.hide()
    return raw.getvalue()


def _list(sheet: Any, candidates: pl.DataFrame, before: dict[str, str], formats: dict[str, Any]) -> None:
    for column, (name, width) in enumerate(COLUMNS.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, formats["head"])
    # Not protected: Excel sorts no locked cells. The reader finds whatever was changed.
    for row, each in enumerate(candidates.iter_rows(named=True), start=1):
        text = {
            PATIENT: each["patient_id"],
            REASONS_TOLD: ". ".join(each["reasons"] or []),
            WITHIN: "yes" if each["within_capacity"] else "no",
            BEFORE: before.get(each["patient_id"], ""),
        }
        for name, value in text.items():
            sheet.write_string(row, _PLACES.index(name), value, formats["text"])
        for name, number in ((RANK, each["rank"]), (POINTS, each["points"])):
            sheet.write_number(row, _PLACES.index(name), number, formats["text"])
        first = datetime.combine(each["first_flagged_on"], time())
        sheet.write_datetime(row, _PLACES.index(FIRST), first, formats["day"])
        for name in (DECISION, REASON, BY):
            sheet.write_blank(row, _PLACES.index(name), None, formats["open"])
    for name, labels in ((DECISION, [each.label for each in KINDS.values()]), (REASON, list(REASONS.values()))):
        column = _PLACES.index(name)
        choose = {"validate": "list", "source": labels, "error_title": name, "error_message": "Choose from the list."}
        sheet.data_validation(1, column, candidates.height, column, choose)
    sheet.autofilter(0, 0, candidates.height, len(COLUMNS) - 1)
    sheet.freeze_panes(1, 2)


def _print_settings(sheet: Any, title: str, candidates: pl.DataFrame) -> None:
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    invented = " Invented data." if candidates["invented"].any() else ""
    # An ampersand begins a command there, and there is room for 255 characters.
    named = title[:100].replace("&", "&&")
    sheet.set_header(f"&L{named}&RList of {day(candidates['index_date'][0])}")
    sheet.set_footer(f"&L{PROMPT}{invented}&R&P of &N")
