"""Rows are taken out of a mirror's files, large and small, and what is gone does not come back."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from reachwell.engine import engine
from reachwell.mirror import rows_of
from reachwell.mirror_erasure import erase
from reachwell.source import RawColumn, RawTable, Source

PATIENT = RawTable("person", False, (RawColumn(("id",)), RawColumn(("sex",))), key="id", patient="id")
ENTRY = RawTable("entry", False, tuple(RawColumn((name,)) for name in ("id", "who", "code")), key="id", patient="who")
CODE = RawTable("code", False, (RawColumn(("id",)), RawColumn(("meaning",))), key="id")
SOURCE = Source("made", "", (PATIENT, ENTRY, CODE), {}, {})
Rows = Sequence[tuple[object, ...]]
EVERYBODY: Rows = [("ann", "F"), ("bob", "M"), ("cat", "F")]
CODES: Rows = [("1", "asthma")]


class State:
    """A mirror's state, written as the layers write it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(PATIENT, EVERYBODY)
        self.write(CODE, CODES)

    def write(self, table: RawTable, base: Rows, changes: Rows | None = None) -> None:
        """A table's large file, and its small one, whose rows end with whether they only take away."""
        names = [column.name for column in table.columns]
        schema = dict.fromkeys(names, pl.String)
        pl.DataFrame(base, schema=schema, orient="row").write_parquet(self.folder / f"{table.name}.parquet")
        if changes is not None:
            frame = pl.DataFrame(changes, schema={**schema, "_removed": pl.Boolean}, orient="row")
            frame.write_parquet(self.folder / f"{table.name}.changes.parquet")

    def erase(self, *patients: str, rows: Mapping[str, Iterable[str]] | None = None) -> None:
        """Erase patients and single rows."""
        with engine(writable=self.folder, threads=1) as db:
            erase(db, SOURCE, self.folder, patients, {name: set(ids) for name, ids in (rows or {}).items()})

    def large(self, table: RawTable = ENTRY) -> Rows:
        """What is in a table's large file, whether something hides it or not."""
        return pl.read_parquet(self.folder / f"{table.name}.parquet").rows()

    def small(self, table: RawTable = ENTRY) -> Rows:
        """What is in a table's small file."""
        return pl.read_parquet(self.folder / f"{table.name}.changes.parquet").rows()

    def told(self, table: RawTable = ENTRY) -> Rows:
        """A table as it stands."""
        with engine(self.folder, threads=1) as db:
            return sorted(db.rows(rows_of(self.folder, table)))

    @property
    def files(self) -> dict[str, tuple[int, int]]:
        """Every file, its place on the disk and when it was written."""
        found = {path.name: path.stat() for path in self.folder.iterdir()}
        return {name: (each.st_ino, each.st_mtime_ns) for name, each in found.items()}


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def test_a_patient_is_gone_from_every_table_and_file(state: State) -> None:
    state.write(PATIENT, EVERYBODY, [("ann", "U", False), ("dan", "M", False)])
    state.write(ENTRY, [("e1", "ann", "1"), ("e2", "bob", "1")], [("e3", "ann", "1", False), ("e4", "bob", "1", False)])
    state.erase("ann")
    assert state.told(PATIENT) == [("bob", "M"), ("cat", "F"), ("dan", "M")]
    assert state.told() == [("e2", "bob", "1"), ("e4", "bob", "1")]
    assert state.told(CODE) == CODES
    # Of the row that was in the small file its id is left, and of the patient nothing.
    assert state.large() == [("e2", "bob", "1")]
    assert state.small() == [("e3", None, None, True), ("e4", "bob", "1", False)]
    assert state.small(PATIENT) == [("dan", "M", False)]


def test_nobody_else_loses_a_row(state: State) -> None:
    state.write(ENTRY, [("e1", "annabel", "1"), ("e2", None, "1"), ("ann", "bob", "ann")], [("e4", None, "1", False)])
    before = state.told()
    state.erase("ann")
    assert state.told() == before


@pytest.mark.parametrize("gone", ["ann", "bob"])
def test_of_a_row_that_moved_between_patients_neither_state_comes_back(state: State, gone: str) -> None:
    state.write(ENTRY, [("e1", "ann", "old")], [("e1", "bob", "new", False)])
    state.erase(gone)
    assert state.told() == ([("e1", "bob", "new")] if gone == "ann" else [])
    assert not any(gone in row for row in [*state.large(), *state.small()])


def test_a_row_that_only_takes_away_goes_on_taking_away(state: State) -> None:
    state.write(ENTRY, [("e1", "ann", "1"), ("e2", "bob", "1")], [("e2", None, None, True), ("e1", None, None, True)])
    state.erase("ann")
    assert state.told() == []
    assert state.small() == [("e2", None, None, True), ("e1", None, None, True)]


def test_a_patient_who_is_marked_as_removed_does_not_come_back_and_leaves_no_mark(state: State) -> None:
    state.write(PATIENT, EVERYBODY, [("ann", None, True), ("bob", None, True)])
    state.write(ENTRY, [])
    state.erase("ann")
    assert state.told(PATIENT) == [("cat", "F")]
    assert state.large(PATIENT) == [("bob", "M"), ("cat", "F")]
    assert state.small(PATIENT) == [("bob", None, True)]


def test_single_rows_go_wherever_they_are(state: State) -> None:
    state.write(
        ENTRY,
        [("large", "ann", "9"), ("both", "ann", "9"), ("left", "ann", "1")],
        [("small", "bob", "9", False), ("both", "ann", "9", False), ("removed", None, None, True)],
    )
    state.erase(rows={"entry": ["large", "small", "both", "removed", "never there"]})
    assert state.told() == [("left", "ann", "1")]
    # Also where something newer hides it.
    assert state.large() == [("left", "ann", "1")]
    assert [row[2] for row in state.small()] == [None, None, None]


def test_single_rows_of_one_table_are_not_those_of_another(state: State) -> None:
    state.write(ENTRY, [("1", "ann", "1")])
    state.erase(rows={"entry": ["1"]})
    assert state.told() == []
    assert state.told(CODE) == CODES


def test_what_is_erased_twice_is_erased_once(state: State) -> None:
    state.write(PATIENT, EVERYBODY, [("ann", "U", False)])
    state.write(ENTRY, [("e1", "ann", "1"), ("e2", "bob", "9")], [("e3", "ann", "1", False), ("e2", "bob", "9", False)])
    state.erase("ann", rows={"entry": ["e2"]})
    files = state.files
    state.erase("ann", rows={"entry": ["e2"]})
    assert state.files == files


def test_where_there_is_nothing_to_erase_no_file_is_written(state: State) -> None:
    state.write(ENTRY, [("e1", "ann", "1")], [("e2", "bob", "1", False)])
    files = state.files
    state.erase()
    state.erase("nobody", rows={"entry": ["e9"]})
    assert state.files == files


def test_only_files_that_hold_something_are_written_and_what_they_were_linked_to_stays(
    state: State, tmp_path_factory: pytest.TempPathFactory
) -> None:
    state.write(ENTRY, [("e1", "bob", "1")], [("e2", "ann", "1", False)])
    state.write(CODE, CODES, [])
    before = tmp_path_factory.mktemp("before")
    for path in state.folder.iterdir():
        (before / path.name).hardlink_to(path)
    files = state.files
    state.erase("ann")
    assert {name for name, where in state.files.items() if where != files[name]} == {
        "person.parquet",
        "entry.changes.parquet",
    }
    assert State.small(_at(before)) == [("e2", "ann", "1", False)]
    assert len(State.large(_at(before), PATIENT)) == 3


def test_a_kill_between_two_files_brings_nobody_back(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    state.write(PATIENT, EVERYBODY, [("ann", None, True)])
    state.write(ENTRY, [("e1", "bob", "1")], [("e1", "ann", "1", False)])
    written: list[str] = []

    def replaced_once(source: Path, target: Path) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(Path(target).name)
        os.rename(source, target)

    monkeypatch.setattr("os.replace", replaced_once)
    for file in ("person.parquet", "person.changes.parquet"):
        written.clear()
        with pytest.raises(KeyboardInterrupt):
            state.erase("ann")
        assert written == [file]
        assert ("ann", "F") not in state.told(PATIENT)
        assert ("e1", "bob", "1") not in state.told()
    written.clear()
    state.erase("ann")
    assert "ann" not in str([state.large(), state.small(), state.large(PATIENT), state.small(PATIENT)])
    assert [path for path in state.folder.iterdir() if path.name.startswith(".")] == []


def _at(folder: Path) -> State:
    found = State.__new__(State)
    found.folder = folder
    return found
