"""Deciding in Excel: what is written, what is read back, and every way in which a file can be wrong."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
from xlsxwriter import Workbook

from reachwell.__main__ import main
from reachwell.decisions import importing
from reachwell.decisions.events import Event, events
from reachwell.decisions.excel_out import export
from reachwell.decisions.importing import Imported, import_file
from reachwell.decisions.kinds import KINDS
from reachwell.decisions.review import decisions, undo, wrong_records
from reachwell.decisions.workbook import COLUMNS, LIST, MARK
from reachwell.errors import FileMistakes, UsageError
from reachwell.state import State

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")

DAY = date(2026, 11, 20)
ODS, OTHER, NAME = "B83001", "B83017", "social_prescribing"
SIX = {f"ZQ7KDE{number:02}": "lonely alone" for number in range(1, 7)}
A_NIGHT = Path(__file__).with_name("a_night.py")
Grid = dict[str, list[list[Any]]]


@pytest.fixture(autouse=True)
def _on_the_lists_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decided in this process is decided on DAY, whenever the test runs."""
    for module in ("importing", "review"):
        monkeypatch.setattr(f"reachwell.decisions.{module}.today_in", lambda _: DAY)


@pytest.fixture(scope="module")
def once(new_town):
    town = new_town()
    town.send(ODS, DAY, {**SIX, "ZQ7KDE01": "lonely alone inactive"})
    town.send(OTHER, DAY)
    assert town.night(DAY).exit_code == 0
    return town


@pytest.fixture
def town(once, copy_of):
    """Six people on one practice's list, two on the other's."""
    return copy_of(once)


@pytest.fixture
def file(town, tmp_path) -> Path:
    """The list as it was exported."""
    return export(town.area, ODS, NAME, tmp_path / "list.xlsx")[0]


def grid(file: Path) -> Grid:
    """Every sheet's cells as text."""
    book = fastexcel.read_excel(file)
    sheets = {}
    for name in book.sheet_names:
        frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
        sheets[name] = [list(row) for row in frame.rows()]
    width = len(COLUMNS)
    sheets[LIST] = [row + [None] * (width - len(row)) for row in sheets[LIST]]
    return sheets


def saved(file: Path, sheets: Grid, name: str = "edited.xlsx") -> Path:
    """Sheets as another program would save them: whole numbers as numbers, all else as text."""
    target = file.with_name(name)
    with Workbook(target, {"strings_to_formulas": False}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell is not None:
                        number = isinstance(cell, str) and re.fullmatch(r"\d{1,4}", cell)
                        sheet.write_number(at, column, int(cell)) if number else sheet.write_string(at, column, cell)
    return target


def edited(file: Path, edit: Callable[[Grid], object], name: str = "edited.xlsx") -> Path:
    sheets = grid(file)
    edit(sheets)
    return saved(file, sheets, name)


def column(name: str) -> int:
    return list(COLUMNS).index(name)


def set_cells(cells: dict[tuple[int, str], str | None]) -> Callable[[Grid], None]:
    """cells: by row as Excel counts them, and column."""

    def edit(sheets: Grid) -> None:
        for (row, name), value in cells.items():
            sheets[LIST][row - 1][column(name)] = value

    return edit


def decided(file: Path, *chosen: str, by: str = "", name: str = "decided.xlsx") -> Path:
    """The file with decisions from the first row on, such as "Accepted" or "Offered and declined: Transport"."""
    cells: dict[tuple[int, str], str | None] = {}
    for row, each in enumerate(chosen, start=2):
        decision, _, reason = each.partition(": ")
        cells |= {(row, "Decision"): decision or None, (row, "Reason if declined"): reason or None}
        cells[row, "Decided by"] = by or None
    return edited(file, set_cells(cells), name)


def found(town) -> list[Event]:
    return events(State(town.area.state), [ODS, OTHER])


def refused(town, file: Path, kind: type[Exception] = UsageError) -> str:
    """What is told of a file that is refused; nothing is noted, and no cell of a patient is repeated."""
    before = len(found(town))
    with pytest.raises(kind) as told:
        import_file(town.area, file, "Dr Hill")
    assert len(found(town)) == before
    town.tells_nothing_of_patients(str(told.value), ["patient_id", "name"])
    return str(told.value)


# What is written.


def test_the_sheet_has_a_row_for_each_patient_with_its_types(town, file: Path) -> None:
    candidates = town.table(ODS).sort("rank")
    sheet = fastexcel.read_excel(file).load_sheet(LIST).to_polars()
    assert sheet.columns == list(COLUMNS)
    assert sheet["Rank"].to_list() == candidates["rank"].to_list() == [1, 2, 3, 4, 5, 6]
    assert sheet["patient_id"].to_list() == candidates["patient_id"].to_list()
    assert sheet["Points"].to_list() == [8, 5, 5, 5, 5, 5]
    assert sheet["First flagged"].dtype.is_temporal()
    assert set(sheet["First flagged"].dt.date()) == {DAY}
    assert sheet["Within places"].to_list() == ["yes"] * 3 + ["no"] * 3
    assert sheet["Why"].to_list() == [". ".join(each) for each in candidates["reasons"]]
    assert "Note" not in sheet.columns
    for name in ("Decision", "Reason if declined", "Decided by", "Decided before"):
        assert set(sheet[name].cast(pl.String).fill_null("")) == {""}


def test_the_file_is_made_to_be_read_and_printed(file: Path) -> None:
    with zipfile.ZipFile(file) as raw:
        parts = {name: raw.read(name).decode() for name in raw.namelist() if name.endswith(".xml")}
    listed = parts["xl/worksheets/sheet1.xml"]
    assert '<pane xSplit="2" ySplit="1"' in listed
    assert '<autoFilter ref="A1:J7"/>' in listed
    assert 'orientation="landscape"' in listed
    assert 'fitToHeight="0"' in listed
    assert "<fitToPage" in parts["xl/worksheets/sheet1.xml"] or 'fitToPage="1"' in listed
    assert listed.count('<dataValidation type="list"') == 2
    for each in KINDS.values():
        assert each.label in listed
    assert 'name="reachwell" sheetId="3" state="hidden"' in parts["xl/workbook.xml"]
    assert not any("<f>" in text for text in parts.values())
    assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_the_second_sheet_explains(town, file: Path) -> None:
    told = "\n".join(" ".join(each or "" for each in row) for row in grid(file)["About this list"])
    for words in (
        "This list is a prompt, not a decision.", "Elm Tree Surgery (B83001)", "20 Nov 2026", str(town.current),
        "6 patients reach the threshold; 3 are within", "invented people",
        "Offered and declined off the list for 12 months; needs a reason", "Waiting, Transport",
    ):  # fmt: skip
        assert words in told
    assert "Invented data" not in told


def test_an_invented_list_says_so(new_town, tmp_path) -> None:
    town = new_town({ODS: ("Elm & Tree", 0.16)})
    town.send(ODS, DAY, invented=True)
    town.night(DAY)
    file, patients = export(town.area, ODS, NAME, tmp_path / "list.xlsx")
    assert patients == 2
    assert any("Invented data: these people do not exist" in (row[1] or "") for row in grid(file)["About this list"])
    with zipfile.ZipFile(file) as raw:
        assert "Elm &amp;&amp; Tree" in raw.read("xl/worksheets/sheet1.xml").decode()


def test_a_text_that_looks_like_a_formula_stays_a_text(town, tmp_path) -> None:
    path = town.area.published / town.current / "practice" / ODS / "candidates.parquet"
    evil = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2", '=HYPERLINK("http://x.example")', "http://x.example"]
    pl.read_parquet(path).with_columns(patient_id=pl.Series(evil), reasons=pl.Series([[each] for each in evil])).sort(
        "rank"
    ).write_parquet(path)
    file, _ = export(town.area, ODS, NAME, tmp_path / "evil.xlsx")
    assert sorted(row[column("patient_id")] for row in grid(file)[LIST][1:]) == sorted(evil)
    with zipfile.ZipFile(file) as raw:
        assert not any(b"<f>" in raw.read(name) or b"<hyperlink" in raw.read(name) for name in raw.namelist())


def test_openpyxl_reads_the_same_types(file: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == [LIST, "About this list", MARK]
    assert book[MARK].sheet_state == "hidden"
    sheet = book[LIST]
    assert sheet.freeze_panes == "C2"
    kinds = [cell.data_type for cell in sheet[2]]
    assert kinds == ["n", "s", "n", "s", "d", "s", "s", "n", "n", "n"]
    assert len(sheet.data_validations.dataValidation) == 2


def test_what_was_decided_before_is_told_in_the_next_file(town, file: Path, tmp_path) -> None:
    import_file(town.area, decided(file, "Offered and declined: Transport"), "Dr Hill")
    again, _ = export(town.area, ODS, NAME, tmp_path / "again.xlsx")
    before = [row[column("Decided before")] or "" for row in grid(again)[LIST][1:]]
    assert before[0] == "Declined social prescribing on 20 Nov 2026: transport"
    assert set(before[1:]) == {""}


def test_a_list_is_not_written_where_it_cannot_be(town, file: Path, tmp_path) -> None:
    for out, words in ((file, "is there already"), (tmp_path / "list.csv", "does not end in .xlsx")):
        with pytest.raises(UsageError, match=words):
            export(town.area, ODS, NAME, out)
    (tmp_path / "a_file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        export(town.area, ODS, NAME, tmp_path / "a_file" / "list.xlsx")
    with pytest.raises(UsageError, match="B99999"):
        export(town.area, "B99999", NAME, tmp_path / "new.xlsx")


def test_a_list_of_nobody_is_not_written(new_town, tmp_path) -> None:
    town = new_town({ODS: ("Elm", 0.16)})
    town.send(ODS, DAY, {"ZQ7KLN03": "lonely"})
    town.night(DAY)
    with pytest.raises(UsageError, match="nobody is on the list"):
        export(town.area, ODS, NAME, tmp_path / "list.xlsx")


# What is read back.


def test_decisions_come_in_as_events(town, file: Path) -> None:
    chosen = [
        "Accepted",
        "",
        "Offered and declined: Language or literacy",
        "bring back in 1 MONTH ",
        "Not suitable now",
    ]
    edit = decided(file, *chosen)
    edit = edited(edit, set_cells({(2, "Decided by"): "Dr Ash"}), "by.xlsx")
    done = import_file(town.area, edit, "Dr Hill")
    assert done == Imported(noted=4, known=0, no_longer=0, opted_out=0, empty=2)
    ranked = town.table(ODS).sort("rank")["patient_id"].to_list()
    told = [(each.patient_id, each.decision, each.reason, each.by, each.source) for each in found(town)]
    assert told == [
        (ranked[0], "accepted", "", "Dr Ash", "excel"),
        (ranked[2], "declined", "language", "Dr Hill", "excel"),
        (ranked[3], "back_in_1_month", "", "Dr Hill", "excel"),
        (ranked[4], "not_suitable", "", "Dr Hill", "excel"),
    ]
    assert {each.run_id for each in found(town)} == {town.current}


def test_every_label_comes_in_as_its_decision(town, file: Path) -> None:
    labels = [each.label for each in KINDS.values()]
    labels[labels.index("Offered and declined")] += ": Confidentiality"
    import_file(town.area, decided(file, *labels[:6]), "Dr Hill")
    import_file(town.area, decided(file, labels[6]), "Dr Ash")
    assert [each.decision for each in found(town)] == list(KINDS)
    assert [bool(each.facts) for each in found(town)] == [each == "record_wrong" for each in KINDS]


def test_a_dry_run_notes_nothing_and_finds_the_same_mistakes(town, file: Path) -> None:
    done = import_file(town.area, decided(file, "Accepted"), "Dr Hill", dry_run=True)
    assert done.noted == 1
    with pytest.raises(FileMistakes):
        import_file(town.area, decided(file, "Perhaps"), "Dr Hill", dry_run=True)
    assert found(town) == []


def test_the_same_file_twice_changes_nothing(town, file: Path) -> None:
    edit = decided(file, "Accepted", "Offered and declined: Waiting")
    import_file(town.area, edit, "Dr Hill")
    done = import_file(town.area, edit, "Dr Hill")
    assert (done.noted, done.known, done.no_longer) == (0, 2, 0)
    assert len(found(town)) == 2
    # What was undone, or decided by somebody else, since does not come back with it.
    undo(town.area, 1, "Dr Ash", "the wrong row")
    import_file(town.area, decided(file, "", "Accepted", name="other.xlsx"), "Dr Ash")
    done = import_file(town.area, edit, "Dr Hill")
    assert (done.noted, done.known, done.no_longer) == (0, 2, 2)


def test_a_decision_changed_in_the_file_comes_in_and_back_again(town, file: Path) -> None:
    for label in ("Accepted", "Not suitable now", "Accepted"):
        assert import_file(town.area, decided(file, label), "Dr Hill").noted == 1
    assert [each.decision for each in found(town)] == ["accepted", "not_suitable", "accepted"]


def test_sorted_and_filtered_rows_and_an_empty_one_between_are_fine(town, file: Path) -> None:
    def edit(sheets: Grid) -> None:
        head, *rows = sheets[LIST]
        rows[4][column("Decision")] = "Accepted"
        sheets[LIST] = [[None] * len(head), head, *rows[3:], [None] * len(head), *reversed(rows[:3])]

    import_file(town.area, edited(file, edit), "Dr Hill")
    ranked = town.table(ODS).sort("rank")["patient_id"].to_list()
    assert [each.patient_id for each in found(town)] == [ranked[4]]


def test_rows_taken_out_and_further_columns_and_sheets_are_fine(town, file: Path) -> None:
    def edit(sheets: Grid) -> None:
        del sheets[LIST][3:6]
        for row in sheets[LIST]:
            row.insert(0, "mine")
        sheets[LIST][1][column("Decision") + 1] = "Accepted"
        sheets["Mine"] = [["anything"]]

    assert import_file(town.area, edited(file, edit), "Dr Hill").noted == 1


def test_a_date_typed_as_text_is_no_matter_and_no_decision(town, file: Path) -> None:
    edit = set_cells({(2, "First flagged"): "20/11/26", (2, "Decision"): "Accepted"})
    assert import_file(town.area, edited(file, edit), "Dr Hill").noted == 1
    told = refused(town, edited(file, set_cells({(2, "Decision"): "20/12/26"})), FileMistakes)
    assert "row 2, Decision: choose one of: Accepted, " in told


# What is refused.


def test_every_mistake_is_told_at_once_with_its_row_and_column(town, file: Path) -> None:
    edit = set_cells({
        (2, "Decision"): "Acepted",
        (3, "Decision"): "Offered and declined",
        (4, "Decision"): "Accepted", (4, "Reason if declined"): "Transport",
        (5, "Decision"): "Offered and declined", (5, "Reason if declined"): "Transprt",
        (6, "Reason if declined"): "Waiting",
        (7, "Decision"): "Accepted", (7, "Decided by"): "x" * 101,
    })  # fmt: skip
    told = refused(town, edited(file, edit), FileMistakes)
    lines = [line.partition(": ")[2] for line in told.splitlines()]
    labels = ", ".join(each.label for each in KINDS.values())
    reasons = "Waiting, Transport, Language or literacy, Confidentiality, Not wanted"
    assert lines[:-1] == [
        f"row 2, Decision: choose one of: {labels}. Did you mean 'Accepted'?",
        f"row 3, Reason if declined: is empty; 'Offered and declined' needs one of: {reasons}",
        "row 4, Reason if declined: goes with 'Offered and declined' only; clear it, or decide so",
        f"row 5, Reason if declined: choose one of: {reasons}. Did you mean 'Transport'?",
        "row 6, Reason if declined: goes with 'Offered and declined' only; clear it, or decide so",
        "row 7, Decided by: write a name of one line and at most 100 characters",
    ]
    assert told.endswith("6 mistakes in edited.xlsx. Nothing was changed.")


def test_what_a_cell_says_is_not_repeated(town, file: Path) -> None:
    told = refused(town, decided(file, "Mrs Ada Example, 943 476 5919"), FileMistakes)
    assert "Ada" not in told
    assert "5919" not in told


def test_a_changed_added_or_doubled_patient_is_refused(town, file: Path) -> None:
    def edit(sheets: Grid) -> None:
        rows = sheets[LIST]
        rows.append([*rows[5]])
        rows.append(["7", "ZQ7KXX99", *rows[5][2:]])
        rows[1][1] = "ZQ7KDE0l"
        rows[2][1] = None
        rows[2][column("Decision")] = "Accepted"

    told = refused(town, edited(file, edit), FileMistakes)
    for words in (
        "row 2, patient_id: is not a patient of this list", "row 3, patient_id: is empty",
        "row 8, patient_id: is the patient of row 6 too", "row 9, patient_id: is not a patient of this list",
    ):  # fmt: skip
        assert words in told


def test_one_column_sorted_without_the_others_is_refused(town, file: Path) -> None:
    def edit(sheets: Grid) -> None:
        patients = [row[1] for row in sheets[LIST][1:]]
        for row, patient in zip(sheets[LIST][1:], reversed(patients), strict=True):
            row[1] = patient

    assert refused(town, edited(file, edit), FileMistakes).count("Rank: is not this patient's") == 6


def test_a_file_of_another_run_is_refused(town, file: Path) -> None:
    edit = decided(file, "Accepted")
    old = town.current
    town.night(DAY)
    told = refused(town, edit)
    assert f"is the list of run {old}, and the list that is current is of run {town.current}" in told
    assert f"Export the list anew with: reachwell export {ODS}" in told


def test_a_run_published_while_a_file_is_read_is_noticed(town, file: Path, monkeypatch) -> None:
    runs = iter([town.current, "20261121T020000Z-0000"])
    monkeypatch.setattr(importing, "current_run", lambda _: next(runs))
    assert "new lists were published while" in refused(town, decided(file, "Accepted"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("practice", OTHER, "its checksum does not fit"),
        ("practice", "B99999", "B99999"),
        ("programme", "another", "is of a programme that is none of the area's"),
        ("run_id", "20261121T020000Z-0000", "is the list of run 20261121T020000Z-0000"),
        ("checksum", "0" * 16, "its checksum does not fit"),
        ("checksum", None, "does not say its checksum"),
    ],
)
def test_a_changed_mark_is_refused(town, file: Path, name: str, value: str | None, words: str) -> None:
    def edit(sheets: Grid) -> None:
        rows = {row[0]: row[1] for row in sheets[MARK]}
        rows[name] = value
        sheets[MARK] = [[key, told] for key, told in rows.items() if told is not None]

    assert words in refused(town, edited(decided(file, "Accepted"), edit))


def test_somebody_who_was_erased_since_makes_the_file_another(town, file: Path) -> None:
    path = town.area.published / town.current / "practice" / ODS / "candidates.parquet"
    rows = pl.read_parquet(path)
    rows.filter(pl.col("patient_id") != rows["patient_id"][0]).write_parquet(path)
    assert "somebody has left the list" in refused(town, decided(file, "Accepted"))


def test_a_missing_sheet_or_column_and_no_file_of_ours_are_told(town, file: Path, tmp_path) -> None:
    for sheet in (LIST, MARK):
        told = refused(town, edited(file, lambda sheets, sheet=sheet: sheets.pop(sheet)))
        assert f"has no sheet '{sheet}'" in told

    def without(name: str) -> Callable[[Grid], None]:
        def edit(sheets: Grid) -> None:
            for row in sheets[LIST]:
                del row[column(name)]

        return edit

    for name in ("Rank", "Decision", "Reason if declined", "Decided by"):
        assert f"has no column '{name}'" in refused(town, edited(file, without(name)), FileMistakes)
    told = refused(town, edited(file, without("patient_id")), FileMistakes)
    assert told.count("has no column") == 5
    twice = edited(file, lambda sheets: [row.append(row[column("Decision")]) for row in sheets[LIST]])
    assert "has column 'Decision' twice" in refused(town, twice, FileMistakes)
    no_book = tmp_path / "no.xlsx"
    no_book.write_text("patient_id,Decision\nZQ7KDE01,Accepted\n")
    assert "cannot be read as an Excel file" in refused(town, no_book)
    no_book.write_bytes(file.read_bytes()[:3000])
    assert "cannot be read as an Excel file" in refused(town, no_book)
    assert "is not there" in refused(town, tmp_path / "none.xlsx")


def test_who_decided_must_be_said(town, file: Path) -> None:
    with pytest.raises(UsageError, match="--by is empty"):
        import_file(town.area, decided(file, "Accepted"), " ")


# While something else happens.


def test_a_file_comes_in_while_a_night_runs(town, file: Path) -> None:
    edit = decided(file, "Accepted", "The record is wrong")
    call = [sys.executable, A_NIGHT, town.folder, str(DAY), "hold"]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as night:
        assert night.stdout
        assert night.stdout.readline() == "held\n"
        assert import_file(town.area, edit, "Dr Hill").noted == 2
        night.communicate("")
    assert len(found(town)) == 2


def test_a_night_in_another_process_and_an_import_let_each_other_be(town, file: Path) -> None:
    """Whichever is first: the decision is noted, or the file is refused because the lists are newer."""
    edit, before = decided(file, "Accepted", "The record is wrong"), town.current
    with subprocess.Popen([sys.executable, A_NIGHT, town.folder, str(DAY), "never"]) as night:
        refusals = []
        while night.poll() is None and not refusals:
            try:
                import_file(town.area, edit, "Dr Hill")
            except UsageError as error:
                refusals.append(str(error))
    assert night.returncode == 0
    assert town.current != before
    assert [each.decision for each in found(town)] == ["accepted", "record_wrong"]
    assert all("current" in each or "new lists were published" in each for each in refusals)


def in_another_process(town, file: Path, before: str = "") -> subprocess.Popen[bytes]:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom reachwell.area import Area\n"
        f"from reachwell.decisions import importing\n{before}\n"
        "importing.import_file(Area.load(Path(sys.argv[1])), Path(sys.argv[2]), 'Dr Hill')\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, town.folder, file], env={**os.environ})


def test_an_import_killed_half_way_leaves_nothing_and_is_done_again(town, file: Path) -> None:
    edit = decided(file, "Accepted", "Not suitable now", "Accepted")
    die = (
        "whole = importing.note\n"
        "def note(db, events):\n    whole(db, events[:2])\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "importing.note = note"
    )
    assert in_another_process(town, edit, die).wait() == -9
    assert found(town) == []
    assert import_file(town.area, edit, "Dr Hill").noted == 3


def test_two_imports_of_one_file_at_once_note_it_once(town, file: Path) -> None:
    edit = decided(file, *["Accepted"] * 6)
    both = [in_another_process(town, edit) for _ in range(2)]
    assert [each.wait() for each in both] == [0, 0]
    assert len(found(town)) == 6


# Looking at decisions, and undoing one.


def test_the_list_of_decisions_says_what_stands(town, file: Path) -> None:
    import_file(town.area, decided(file, "Accepted", "Offered and declined: Not wanted"), "Dr Hill")
    import_file(town.area, decided(file, "Bring back in 3 months"), "Dr Ash")
    undo(town.area, 2, "Dr Ash", "the wrong row")
    rows = decisions(town.area, ODS)
    assert [(row["event"], row["decision"], row["reason"], row["by"], row["now"]) for row in rows] == [
        (4, "Undo of event 2", "the wrong row", "Dr Ash", "stands"),
        (3, "Bring back in 3 months", "", "Dr Ash", "stands"),
        (2, "Offered and declined", "Not wanted", "Dr Hill", "undone"),
        (1, "Accepted", "", "Dr Hill", "a later one stands"),
    ]
    assert decisions(town.area, OTHER) == []
    undo(town.area, 4, "Dr Hill", "it was right")
    assert [row["now"] for row in decisions(town.area)] == [
        "stands",
        "undone",
        "stands",
        "stands",
        "a later one stands",
    ]


def test_an_undo_needs_an_event_that_is_there_and_who_and_why(town, file: Path) -> None:
    import_file(town.area, decided(file, "Accepted"), "Dr Hill")
    for number, by, reason, words in (
        (9, "Dr Hill", "x", "there is no event 9"),
        (1, " ", "x", "--by is empty"),
        (1, "Dr Hill", "", "--reason is empty"),
    ):
        with pytest.raises(UsageError, match=words):
            undo(town.area, number, by, reason)
    undo(town.area, 1, "Dr Hill", "the wrong row")
    with pytest.raises(UsageError, match="event 1 is undone already"):
        undo(town.area, 1, "Dr Hill", "the wrong row")


def test_wrong_records_are_told_with_what_the_list_said(town, file: Path) -> None:
    assert wrong_records(town.area) == []
    import_file(town.area, decided(file, "The record is wrong", "The record is wrong", "Accepted"), "Dr Hill")
    undo(town.area, 2, "Dr Hill", "it is right")
    (row,) = wrong_records(town.area, ODS)
    assert (row["event"], row["practice"], row["patient"], row["by"]) == (1, ODS, "ZQ7KDE01", "Dr Hill")
    assert "lives alone" in row["what the list said"].lower()
    assert row["now"] == "as it was"
    later = DAY + timedelta(days=1)
    town.send(ODS, later, SIX)
    town.night(later)
    assert wrong_records(town.area)[0]["now"] == "changed"
    later += timedelta(days=1)
    town.send(ODS, later, {name: words for name, words in SIX.items() if name != "ZQ7KDE01"})
    town.night(later)
    assert wrong_records(town.area)[0]["now"] == "no longer in the extract"


def test_from_the_list_to_the_next_one(town, file: Path) -> None:
    """The whole way, with a night after it."""
    ranked = town.table(ODS).sort("rank")["patient_id"].to_list()
    chosen = ["Accepted", "The record is wrong", "Bring back in 1 month", "Already with a link worker"]
    import_file(town.area, decided(file, *chosen), "Dr Hill")
    later = DAY + timedelta(days=1)
    town.send(ODS, later, {**SIX, "ZQ7KDE01": "lonely alone inactive"})
    town.night(later)
    assert set(town.table(ODS)["patient_id"]) == set(ranked[4:])


# The commands.


def run(capsys, *words: object) -> tuple[int, str, str]:
    """A command as it is typed: exit code, what it prints, and what it says."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "argv", ["reachwell", *(str(each) for each in words)])
        with pytest.raises(SystemExit) as ended:
            main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_the_commands_say_what_they_did(town, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = ("--dir", town.folder)
    code, _, err = run(capsys, "export", ODS, "--for", "excel", *folder)
    assert code == 0
    assert "wrote 6 patients to candidates_B83001_2026-11-20.xlsx" in err
    edit = decided(tmp_path / "candidates_B83001_2026-11-20.xlsx", "Accepted", "Accepted", name="e.xlsx")
    code, _, err = run(capsys, "decisions", "import", edit, "--by", "Dr Hill", "--dry-run", *folder)
    assert "2 decisions would be noted; 4 rows without a decision. " in err
    assert err.rstrip().endswith("Nothing was changed")
    code, _, err = run(capsys, "decisions", "import", edit, "--by", "Dr Hill", *folder)
    assert "2 decisions noted; 4 rows without a decision. They count from the next run on" in err
    code, _, err = run(capsys, "decisions", "undo", 1, "--by", "Dr Hill", "--reason", "wrong row", *folder)
    assert (code, "event 1 is undone" in err) == (0, True)
    code, _, err = run(capsys, "decisions", "import", edit, "--by", "Dr Hill", *folder)
    assert "0 decisions noted; 2 known already, 1 of them undone or decided otherwise since, which stays so" in err
    code, out, _ = run(capsys, "decisions", "list", ODS, "--json", *folder)
    assert out.count('"event"') == 3
    code, out, _ = run(capsys, "decisions", "list", *folder)
    assert "Undo of event 1" in out
    code, _, err = run(capsys, "decisions", "wrong", *folder)
    assert "no record was said to be wrong" in err
    code, _, err = run(capsys, "decisions", "import", decided(edit, "Yes", name="f.xlsx"), "--by", "x", *folder)
    assert code == 2
    assert "Traceback" not in err
    assert "row 2, Decision" in err
