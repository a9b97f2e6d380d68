"""What is older than an area keeps it is removed, and what is in use stays however old it is."""

import json
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from reachwell import lake
from reachwell.retention import remove_old
from reachwell.state import State
from reachwell.warehouse import build

DAY_BEFORE = date(2026, 11, 19)
ODS, OTHER = "B83001", "B83017"
# The run that removes; keep_nights is 30, so that the 21st of October is kept and the 20th is not.
TONIGHT = "20261120T020000Z-beef"
OLD, STILL_KEPT = "20261020T020000Z-01d0", "20261021T020000Z-0ce5"
STRANGE = ["notes", "20261020", "of 20261020T020000Z-01d0"]
NOBODY = {"programme": pl.String, "practice_id": pl.String, "patient_id": pl.String, "first_flagged_on": pl.Date}


def add_run(town, run_id: str) -> None:
    """A run as another night published it, with what it measured."""
    area, now = town.area, str(town.current)
    shutil.copytree(area.published / now, area.published / run_id)
    for path in (area.published / run_id).rglob("*.parquet"):
        pl.read_parquet(path).with_columns(run_id=pl.lit(run_id)).write_parquet(path)
    shutil.copytree(area.features / now, area.features / run_id)
    facts = area.published / run_id / "run.json"
    facts.write_text(facts.read_text().replace(now, run_id))
    State(area.state).note_listed(run_id, {ODS: _day(run_id)}, pl.DataFrame(schema=NOBODY))


def add_snapshot(town, ods: str, on: date) -> None:
    """A snapshot of an earlier extract of a practice."""
    older = town.area.lake / ods / f"{on}-0123abcd"
    shutil.copytree(lake.current(town.area.lake, ods).path, older)
    facts = json.loads((older / lake.FACTS).read_text())
    (older / lake.FACTS).write_text(json.dumps({**facts, "extracted_on": str(on)}))


def add_bad_rows(town, ods: str, on: date) -> None:
    """Bad rows that were put aside on a day."""
    file = town.area.quarantine / ods / f"of {on}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"table": ["event"], "rule": [""], "row": [1], "content": ["{}"]}).write_parquet(file)
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC).timestamp()
    os.utime(file, (at, at))


def _day(run_id: str) -> date:
    return datetime.strptime(run_id[:8], "%Y%m%d").date()


@pytest.fixture
def town(settled):
    """An area with an old run, old snapshots and old bad rows, each of the last day that is kept and the day before."""
    settled.set("keep_nights", 30)
    for run_id in (OLD, STILL_KEPT):
        add_run(settled, run_id)
        for ods in (ODS, OTHER):
            add_snapshot(settled, ods, _day(run_id))
            add_bad_rows(settled, ods, _day(run_id))
    for name in STRANGE:
        (settled.area.published / name).mkdir()
        (settled.area.features / name).mkdir()
    return settled


def removed(town, run_id: str = TONIGHT) -> str:
    return remove_old(town.area, State(town.area.state), run_id)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_older_goes_and_all_else_stays(town) -> None:
    area, now = town.area, str(town.current)
    in_use = {ods: lake.current(area.lake, ods).name for ods in (ODS, OTHER)}
    told = removed(town)
    assert names(area.published) == {now, STILL_KEPT, "current", *STRANGE}
    assert names(area.features) == {now, STILL_KEPT, *STRANGE}
    for ods in (ODS, OTHER):
        assert names(area.lake / ods) == {"current", in_use[ods], "2026-10-21-0123abcd"}
        assert names(area.quarantine / ods) == {"of 2026-10-21.parquet"}
    assert told == "older than 30 nights: 1 runs, 2 snapshots, 2 files of bad rows removed"
    state = State(area.state)
    assert [(line["run_id"], line["practice_id"], line["what"]) for line in state.audit()] == [(TONIGHT, "", told)]
    # Nothing looks for a list of a run that is gone.
    assert state.list_before(ODS, DAY_BEFORE) == STILL_KEPT
    assert state.index_dates(OLD) == {}


def test_a_run_that_finds_nothing_old_changes_and_tells_nothing(town) -> None:
    removed(town)
    files = town.everything()
    assert removed(town) == ""
    assert town.everything() == files
    assert len(State(town.area.state).audit()) == 1


def test_what_is_in_use_stays_however_old_it_is(town) -> None:
    now, years_later = str(town.current), "20361120T020000Z-beef"
    add_run(town, years_later)
    in_use = {ods: lake.current(town.area.lake, ods).name for ods in (ODS, OTHER)}
    removed(town, years_later)
    assert names(town.area.published) == {now, years_later, "current", *STRANGE}
    assert names(town.area.features) == {now, years_later, *STRANGE}
    for ods in (ODS, OTHER):
        assert names(town.area.lake / ods) == {"current", in_use[ods]}
        assert names(town.area.quarantine / ods) == set()


def test_the_warehouse_no_longer_shows_what_is_gone(town) -> None:
    build(town.area)
    assert runs_shown(town) == {OLD, STILL_KEPT, town.current}
    removed(town)
    build(town.area)
    assert runs_shown(town) == {STILL_KEPT, town.current}


def runs_shown(town) -> set[str]:
    """The runs of every view of the warehouse that has runs, which must be the same."""
    with duckdb.connect(str(town.area.warehouse), read_only=True) as client:
        views = [name for (name,) in client.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
        told = {}
        for view in views:
            columns = [row[0] for row in client.sql(f"DESCRIBE {view}").fetchall()]
            rows = client.sql(f"SELECT DISTINCT {'run_id' if 'run_id' in columns else 'NULL'} FROM {view}").fetchall()
            told[view] = {run_id for (run_id,) in rows}
    assert {"candidates", "feature", "run", "attrition", "patient"} <= told.keys()
    assert told["run"] == told["candidates"] == told["feature"] == told["attrition"]
    return told["run"]


@pytest.mark.parametrize("dies_at", range(1, 10))
def test_a_run_killed_in_the_middle_leaves_nothing_half_there_and_the_next_ends_it(
    town, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    calls = 0

    def dying(true):
        def called(*args, **how):
            nonlocal calls
            calls += 1
            if calls >= dies_at:
                raise KeyboardInterrupt
            return true(*args, **how)

        return called

    with monkeypatch.context() as patched:
        for place, name in ((shutil, "rmtree"), (Path, "unlink"), (State, "note_removed")):
            patched.setattr(place, name, dying(getattr(place, name)))
        with pytest.raises(KeyboardInterrupt):
            removed(town)
    state = State(town.area.state)
    assert state.audit() == []
    for folder in town.area.lake.glob("*/[!.]*/"):
        assert lake.Snapshot.read(folder).rows["patient"] == pl.read_parquet(folder / "patient.parquet").height
    removed(town)
    assert names(town.area.published) == {town.current, STILL_KEPT, "current", *STRANGE}
    assert {path.name[:10] for path in town.area.lake.glob(f"{ODS}/[!.]*/")} == {"2026-10-21", str(DAY_BEFORE)}
    assert state.index_dates(OLD) == {}
    assert len(state.audit()) == 1


def test_the_night_removes_what_is_old_before_it_makes_its_lists(settled) -> None:
    today = datetime.now(UTC).date()
    old, kept = (f"{today - timedelta(days=days):%Y%m%d}T020000Z-01d0" for days in (91, 89))
    for run_id in (old, kept):
        add_run(settled, run_id)
    before = str(settled.current)
    assert settled.night(DAY_BEFORE).exit_code == 0
    assert names(settled.area.published) == {before, kept, settled.current, "current"}
    (line,) = State(settled.area.state).audit()
    assert line["run_id"] == settled.current
    assert line["what"].startswith("older than 90 nights: 1 runs, 0 snapshots, 0 files")
    assert runs_shown(settled) == {before, kept, settled.current}
