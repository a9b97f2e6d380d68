"""What the state remembers of runs, deliveries and lists, and what it takes back."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from reachwell import lists, night
from reachwell.errors import RunFailed
from reachwell.run_lock import only_run
from reachwell.state import Fate, State

FIRST, SECOND, THIRD = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)
ODS, OTHER = "B83001", "B83017"


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "data" / "state.sqlite")


def flagged(*rows: tuple[str, date], ods: str = ODS) -> pl.DataFrame:
    return pl.DataFrame(
        [("sp", ods, patient, on) for patient, on in rows],
        schema={
            "programme": pl.String, "practice_id": pl.String, "patient_id": pl.String, "first_flagged_on": pl.Date,
        },
        orient="row",
    )  # fmt: skip


def test_a_run_without_an_end_is_unended_until_it_ends(state: State) -> None:
    assert state.unended() == []
    for run_id in ("a", "b", "c"):
        state.start(run_id)
    state.end("b", "published")
    assert state.unended() == ["a", "c"]
    state.end("a", "killed")
    state.end("c", "failed", "the disk was full")
    assert state.unended() == []


def test_a_run_that_ends_twice_has_ended(state: State) -> None:
    state.start("a")
    state.end("a", "published")
    state.end("a", "published", "the artifact could not be kept")
    assert state.unended() == []


def test_the_last_run_is_the_newest_with_its_last_event(state: State) -> None:
    assert state.last_run() is None
    state.start("a")
    state.start("b")
    assert state.last_run()[0] == "b"
    assert state.last_run()[2:] == ("started", "")
    state.end("a", "killed")
    state.end("b", "failed", "why")
    assert (state.last_run()[0], *state.last_run()[2:]) == ("b", "failed", "why")


def test_fates_are_each_practices_newest_or_those_of_one_run(state: State) -> None:
    ok = Fate(ODS, "loaded", "extract of 2026-11-19", 0, FIRST)
    late = Fate(ODS, "late", "too old", 5)
    other = Fate(OTHER, "rejected", "no manifest", 4)
    state.note_delivery("a", ok)
    state.note_delivery("a", other)
    state.note_delivery("b", late)
    assert {ods: fate.outcome for ods, fate in state.fates().items()} == {ODS: "late", OTHER: "rejected"}
    assert set(state.fates("b")) == {ODS}
    found = state.fates("a")[ODS]
    assert (found.outcome, found.detail, found.exit_code, found.extracted_on) == (
        "loaded", "extract of 2026-11-19", 0, FIRST,
    )  # fmt: skip
    assert found.at
    assert state.fates("never") == {}


def test_list_before_is_the_newest_list_of_an_earlier_day(state: State) -> None:
    assert state.list_before(ODS, FIRST) is None
    state.note_listed("a", {ODS: FIRST, OTHER: FIRST}, flagged())
    state.note_listed("b", {ODS: FIRST, OTHER: SECOND}, flagged())
    state.note_listed("c", {ODS: SECOND}, flagged())
    assert state.list_before(ODS, FIRST) is None
    assert state.list_before(ODS, SECOND) == "b"
    assert state.list_before(ODS, THIRD) == "c"
    assert state.list_before(OTHER, SECOND) == "a"
    assert state.list_before("B99999", THIRD) is None


def test_index_dates_are_those_of_one_run(state: State) -> None:
    state.note_listed("a", {ODS: FIRST, OTHER: SECOND}, flagged())
    assert state.index_dates("a") == {ODS: FIRST, OTHER: SECOND}
    assert state.index_dates("b") == {}


def test_who_was_flagged_first_keeps_the_earliest_day(state: State) -> None:
    state.note_listed("a", {ODS: SECOND}, flagged(("p1", SECOND)))
    state.note_listed("b", {ODS: THIRD}, flagged(("p1", THIRD), ("p2", THIRD)))
    state.note_listed("c", {OTHER: FIRST}, flagged(("p1", FIRST), ods=OTHER))
    rows = state.first_flagged([ODS]).rows()
    assert rows == [("sp", ODS, "p1", SECOND), ("sp", ODS, "p2", THIRD)]
    assert state.first_flagged([ODS, OTHER]).height == 3
    assert state.first_flagged([]).is_empty()


def test_what_a_run_itself_noted_can_be_left_out(state: State) -> None:
    state.note_listed("a", {ODS: FIRST}, flagged(("p1", FIRST)))
    state.note_listed("b", {ODS: SECOND}, flagged(("p1", SECOND), ("p2", SECOND)))
    assert state.first_flagged([ODS], before="b")["patient_id"].to_list() == ["p1"]


def test_forget_takes_back_a_runs_lists_and_nothing_else(state: State) -> None:
    state.start("a")
    state.note_listed("a", {ODS: FIRST}, flagged(("p1", FIRST)))
    state.end("a", "published")
    before = state.first_flagged([ODS]).rows()
    state.start("b")
    state.note_listed("b", {ODS: SECOND}, flagged(("p1", SECOND), ("p2", SECOND)))
    state.forget("b")
    assert state.first_flagged([ODS]).rows() == before
    assert state.index_dates("b") == {}
    assert state.list_before(ODS, THIRD) == "a"
    assert state.unended() == ["b"]


def test_the_state_is_kept_from_one_process_to_the_next(state: State, tmp_path: Path) -> None:
    state.start("a")
    again = State(tmp_path / "data" / "state.sqlite")
    assert again.unended() == ["a"]


def test_a_note_that_fails_half_way_leaves_nothing(state: State) -> None:
    twice = pl.concat([flagged(("p1", FIRST)), flagged(("p2", FIRST)).with_columns(patient_id=pl.lit(None, pl.String))])
    with pytest.raises((sqlite3.Error, RunFailed)):
        state.note_listed("a", {ODS: FIRST}, twice)
    assert state.index_dates("a") == {}
    assert state.first_flagged([ODS]).is_empty()


@pytest.mark.parametrize("spoil", ["garbage", "folder"])
def test_a_state_that_cannot_be_opened_fails_the_run(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"this is no database" * 100) if spoil == "garbage" else path.mkdir()
    with pytest.raises(RunFailed, match=r"state\.sqlite cannot be written") as told:
        State(path)
    assert told.value.exit_code == 1


def test_only_one_run_holds_the_area(tmp_path: Path) -> None:
    with only_run(tmp_path / "data"):
        with pytest.raises(RunFailed, match="another run is under way"), only_run(tmp_path / "data"):
            pass
        with only_run(tmp_path / "another area"):
            pass
    with only_run(tmp_path / "data"):
        pass


def test_a_run_that_fails_lets_go_of_the_area(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_run(tmp_path):
        raise ZeroDivisionError
    with only_run(tmp_path):
        pass


def test_a_second_run_changes_nothing_and_the_first_goes_on(settled) -> None:
    with night.run(settled.area) as run_id:
        before = settled.everything()
        with pytest.raises(RunFailed, match="another run is under way") as told:
            settled.night()
        assert told.value.exit_code == 1
        assert settled.everything() == before
        assert lists.make_lists(settled.area, run_id) is True
        assert night.finish(settled.area, run_id, True).exit_code == 0
    assert settled.current == run_id


def test_a_run_that_is_interrupted_is_noted_as_failed(settled) -> None:
    with pytest.raises(KeyboardInterrupt), night.run(settled.area):
        raise KeyboardInterrupt
    with closing(sqlite3.connect(settled.area.state)) as db:
        events = db.execute("SELECT event, detail FROM run ORDER BY rowid DESC LIMIT 2").fetchall()
    assert events == [("failed", "KeyboardInterrupt"), ("started", "")]
