"""A night that is killed at any moment: the lists are the old ones or whole new ones, and the next night is well."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from signal import SIGKILL

import polars as pl
import pytest

from reachwell.errors import RunFailed
from reachwell.state import State

pytestmark = pytest.mark.slow

DAY_BEFORE, DAY, TOMORROW = (date(2026, 11, day) for day in (19, 20, 21))
ODS, OTHER = "B83001", "B83017"
A_NIGHT = Path(__file__).with_name("a_night.py")
# In the order of a night; see a_night.py. New lists are published from "after published/current" on.
MOMENTS = [
    "step run started",
    "before inbox/B83001/*",
    "before lake/B83001/2026-11-20-*",
    "before lake/B83001/current",
    "after features/2*",
    "after published/2*",
    "before published/current",
    "after published/current",
    "before reachwell.duckdb",
    "after reachwell.duckdb",
]
PUBLISHED_FROM = MOMENTS.index("after published/current")


@pytest.fixture(scope="module")
def before(settled_once, copy_of, people):
    """An area with deliveries of DAY that change both lists, and no night yet."""
    town = copy_of(settled_once)
    changed = {**people, "ZQ7KLN03": "lonely alone", "ZQ7KLA01": "lonely alone referred@2026-11-20"}
    town.send(ODS, DAY, people=changed)
    town.send(OTHER, DAY, people=changed)
    return town


@pytest.fixture(scope="module")
def undisturbed(before, settled_once, copy_of):
    """The same area after a night that nothing disturbed."""
    town = copy_of(before)
    assert town.night(DAY).exit_code == 0
    assert town.tables() != settled_once.tables()
    return town


@pytest.fixture(scope="module")
def killed(before, copy_of):
    """By moment, the same area after a night that was killed then."""
    towns = {moment: copy_of(before) for moment in MOMENTS}
    with ThreadPoolExecutor(2) as two:
        codes = dict(zip(towns, two.map(lambda each: each[1].die_at(each[0]), towns.items()), strict=True))
    assert {moment: code for moment, code in codes.items() if code != -SIGKILL} == {}
    return towns


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_next_night_finishes_what_a_killed_one_left(killed, undisturbed, settled_once, moment: str) -> None:
    town = killed[moment]
    expected = undisturbed if MOMENTS.index(moment) >= PUBLISHED_FROM else settled_once
    assert town.tables() == expected.tables()
    assert run_ids_of(town) == {town.current}
    (killed_run,) = State(town.area.state).unended()

    assert town.night(DAY).exit_code == 0

    assert town.tables() == undisturbed.tables()
    assert run_ids_of(town) == {town.current}
    assert first_flagged(town) == first_flagged(undisturbed)
    assert [path for path in town.area.data.rglob("*") if path.name.startswith(".unfinished-")] == []
    state = State(town.area.state)
    assert state.unended() == []
    was_published = expected is undisturbed
    assert ends(town, killed_run) == ["started", "published" if was_published else "killed"]
    # What a killed run left of lists that were never current is gone, and nothing else is.
    runs = {settled_once.current, town.current} | ({killed_run} if was_published else set())
    assert {path.name for path in town.area.published.iterdir()} == runs | {"current"}
    assert {path.name for path in town.area.features.iterdir()} == runs
    assert lake_files(town) == lake_files(undisturbed)


@pytest.mark.parametrize(("moment", "counts"), [("before published/current", False), ("after published/current", True)])
def test_the_night_after_remembers_a_killed_one_only_where_its_lists_became_current(
    before, undisturbed, copy_of, people, moment: str, counts: bool
) -> None:
    town, expected = copy_of(before), copy_of(undisturbed if counts else before)
    assert town.die_at(moment) == -SIGKILL
    for each in (town, expected):
        for ods in (ODS, OTHER):
            each.send(ods, TOMORROW, people={**people, "ZQ7KLN03": "lonely alone"})
        assert each.night(TOMORROW).exit_code == 0
    assert town.tables() == expected.tables()
    assert set(town.table(ODS, "changes")["since"]) == {DAY if counts else DAY_BEFORE}
    assert first_flagged(town) == first_flagged(expected)


def test_two_nights_killed_one_after_the_other_are_put_right_too(before, copy_of, undisturbed) -> None:
    town = copy_of(before)
    for moment in ("before published/current", "before reachwell.duckdb"):
        assert town.die_at(moment) == -SIGKILL
    assert town.night(DAY).exit_code == 0
    assert town.tables() == undisturbed.tables()
    assert first_flagged(town) == first_flagged(undisturbed)
    assert State(town.area.state).unended() == []


def test_a_second_run_is_refused_while_one_is_under_way_and_the_lock_dies_with_its_holder(before, copy_of) -> None:
    town = copy_of(before)
    command = [sys.executable, A_NIGHT, town.folder, str(DAY), "hold"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            files = town.everything()
            with pytest.raises(RunFailed, match="another run is under way in this area") as told:
                town.night(DAY)
            assert told.value.exit_code == 1
            assert town.everything() == files
        finally:
            holder.kill()
    assert town.night(DAY).exit_code == 0
    assert State(town.area.state).unended() == []


def run_ids_of(town) -> set[str]:
    run = town.area.published / town.current
    return {run_id for path in run.rglob("*.parquet") for run_id in pl.read_parquet(path)["run_id"].unique()}


def ends(town, run_id: str) -> list[str]:
    with closing(sqlite3.connect(town.area.state)) as db:
        return [event for (event,) in db.execute("SELECT event FROM run WHERE run_id = ? ORDER BY rowid", (run_id,))]


def first_flagged(town) -> list[tuple[object, ...]]:
    return State(town.area.state).first_flagged([ODS, OTHER]).rows()


def lake_files(town) -> set[str]:
    return {path.relative_to(town.area.lake).as_posix() for path in town.area.lake.rglob("*")}
