"""A list in Excel read back, cell by cell; every mistake is told with its row and column, and no cell's content."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from reachwell.decisions.kinds import DECLINED, KINDS, REASONS
from reachwell.decisions.workbook import BY, DECISION, LIST, MARK, PATIENT, RANK, READ, REASON, Mark
from reachwell.errors import FileMistakes, UsageError
from reachwell.mistakes import nearest

# So many mistakes are told one by one.
MOST = 50
_LONGEST_NAME = 100
_ANEW = "Export the list anew with: reachwell export"


@dataclass(frozen=True)
class Row:
    """One row of the sheet as text, blanks around it gone. number: as Excel shows it."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """What somebody decided of a patient. by: empty where the row does not say."""

    patient_id: str
    decision: str
    reason: str
    by: str


def read(file: Path) -> tuple[Mark, list[Row]]:
    """The mark of a file and its rows. Raises UsageError where it is no file of ours, FileMistakes for its columns."""
    import fastexcel

    if not file.is_file():
        raise UsageError(f"{file} is not there")
    try:
        book = fastexcel.read_excel(file)
        sheets = {
            name: book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            for name in (LIST, MARK)
            if name in book.sheet_names
        }
    except fastexcel.FastExcelError:
        # The reader's own texts may quote a cell.
        raise UsageError(f"{file} cannot be read as an Excel file. Save it as .xlsx and try again") from None
    if missing := [name for name in (LIST, MARK) if name not in sheets]:
        raise UsageError(f"{file} has no sheet '{missing[0]}', so it is no list of reachwell's, or not whole. {_ANEW}")
    return _mark(sheets[MARK], file), _rows(sheets[LIST], file)


def _mark(sheet: pl.DataFrame, file: Path) -> Mark:
    told = {str(row[0]): str(row[1]) for row in sheet.rows() if len(row) > 1}
    names = [each.name for each in fields(Mark)]
    if missing := [name for name in names if name not in told]:
        raise UsageError(f"{file}: the hidden sheet '{MARK}' does not say its {', '.join(missing)}. {_ANEW}")
    return Mark(**{name: told[name] for name in names})


def _rows(sheet: pl.DataFrame, file: Path) -> list[Row]:
    cells = [[(each or "").strip() for each in row] for row in sheet.rows()]
    top = next((place for place, row in enumerate(cells) if PATIENT in row), None)
    head = cells[top] if top is not None else []
    mistakes = [f"sheet '{LIST}' has no column '{name}'. {_ANEW}" for name in READ if name not in head]
    mistakes += [f"sheet '{LIST}' has column '{name}' twice" for name in READ if head.count(name) > 1]
    if mistakes or top is None:
        raise FileMistakes(file.name, mistakes)
    places = {name: head.index(name) for name in READ}
    rows = [Row(number, {name: row[at] for name, at in places.items()}) for number, row in enumerate(cells, start=1)]
    return [row for row in rows[top + 1 :] if any(row.cells.values())]


def choices(rows: list[Row], ranks: Mapping[str, int], file: Path) -> list[Choice]:
    """The decisions of the rows that have one. ranks: of the list's patients, by pseudonym.

    Raises FileMistakes with every mistake: a patient who is not on the list or is there twice, a rank that is another
    patient's, words that are none of those to choose from, a reason that is missing or too many.
    """
    mistakes, seen = [], dict[str, int]()
    for row in rows:
        found = [*_of_patient(row, ranks, seen), *_of_decision(row)]
        mistakes += [f"row {row.number}, {column}: {told}" for column, told in found]
        seen.setdefault(row.cells[PATIENT], row.number)
    if mistakes:
        raise FileMistakes(file.name, mistakes, MOST)
    return [
        Choice(row.cells[PATIENT], _id_of(row.cells[DECISION]), _reason_of(row.cells[REASON]), row.cells[BY])
        for row in rows
        if row.cells[DECISION]
    ]


def _of_patient(row: Row, ranks: Mapping[str, int], seen: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    patient = row.cells[PATIENT]
    if not patient:
        yield PATIENT, "is empty; the pseudonym as it was exported is expected"
    elif patient not in ranks:
        yield PATIENT, "is not a patient of this list: the pseudonym was changed, or the row was added"
    elif patient in seen:
        yield PATIENT, f"is the patient of row {seen[patient]} too; each is there once"
    elif row.cells[RANK] not in (str(ranks[patient]), f"{ranks[patient]}.0"):
        yield RANK, "is not this patient's: was one column sorted without the others? Take the file as it was exported"


def _of_decision(row: Row) -> Iterator[tuple[str, str]]:
    decision, reason = _id_of(row.cells[DECISION]), _reason_of(row.cells[REASON])
    if row.cells[DECISION] and not decision:
        labels = [each.label for each in KINDS.values()]
        yield DECISION, f"choose one of: {', '.join(labels)}.{nearest(row.cells[DECISION].capitalize(), labels)}"
    if row.cells[REASON] and not reason:
        labels = [*REASONS.values()]
        yield REASON, f"choose one of: {', '.join(labels)}.{nearest(row.cells[REASON].capitalize(), labels)}"
    elif decision == DECLINED and not reason:
        yield REASON, f"is empty; '{KINDS[DECLINED].label}' needs one of: {', '.join(REASONS.values())}"
    elif reason and decision != DECLINED and (decision or not row.cells[DECISION]):
        yield REASON, f"goes with '{KINDS[DECLINED].label}' only; clear it, or decide so"
    if len(row.cells[BY]) > _LONGEST_NAME or not row.cells[BY].isprintable():
        yield BY, f"write a name of one line and at most {_LONGEST_NAME} characters"


def _id_of(label: str) -> str:
    return {each.label.lower(): name for name, each in KINDS.items()}.get(label.lower(), "")


def _reason_of(label: str) -> str:
    return {each.lower(): name for name, each in REASONS.items()}.get(label.lower(), "")
