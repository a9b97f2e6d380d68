"""A disk that takes no more: the run fails in one message, nothing is half published, and the next run is well."""

import logging
import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from reachwell import night
from reachwell.errors import RunFailed
from reachwell.run_lock import only_run
from reachwell.state import State

DAY = date(2026, 11, 20)
ODS, OTHER = "B83001", "B83017"
# More than the state's small files need, and less than the Parquet files of many patients.
ROOM = 60_000


class FullFrom(logging.Handler):
    """From a step of the night on, no file can grow over so many bytes."""

    def __init__(self, step: str, room: int) -> None:
        super().__init__(logging.INFO)
        self._step, self._room = step, room

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self._step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._room, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@contextmanager
def full_from(step: str, room: int = ROOM) -> Iterator[None]:
    """A disk that is full from a step of the night on, until the block ends."""
    logger, handler = logging.getLogger("reachwell"), FullFrom(step, room)
    level, limits = logger.level, resource.getrlimit(resource.RLIMIT_FSIZE)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        logger.setLevel(level)
        logger.removeHandler(handler)


@pytest.fixture(scope="module")
def crowded_once(settled_once, copy_of):
    """An area whose first practice sends thousands of people."""
    draw = random.Random(7)
    people = {"".join(draw.choices("23456789ABCDEFGHJKMNPQRSTVWXYZ", k=12)): "" for _ in range(9000)}
    town = copy_of(settled_once)
    town.send(ODS, DAY, people=people)
    return town


@pytest.fixture
def crowded(crowded_once, copy_of):
    """A copy of it, to be changed."""
    return copy_of(crowded_once)


@pytest.mark.slow
def test_a_disk_full_while_a_delivery_is_loaded_fails_that_practice_only(crowded) -> None:
    crowded.send(OTHER, DAY)
    before = {name: rows for name, rows in crowded.tables().items() if ODS in name}
    snapshots = {path.name for path in (crowded.area.lake / ODS).iterdir()}

    with full_from("load"):
        outcome = crowded.night(DAY)

    told_of_a_full_disk(crowded.errors[ODS])
    assert set(crowded.errors) == {ODS}
    assert {path.name for path in (crowded.area.lake / ODS).iterdir()} == snapshots
    assert {name: crowded.tables()[name] for name in before} == before
    assert set(crowded.table(OTHER)["index_date"]) == {DAY}
    assert outcome.exit_code == 1
    assert outcome.fates[ODS].outcome == "failed"


@pytest.mark.slow
def test_a_disk_full_while_lists_are_made_publishes_nothing_and_the_next_run_is_well(crowded) -> None:
    before = crowded.kept_lists()
    with full_from("batch"), pytest.raises(RunFailed) as told:
        crowded.night(DAY)
    told_of_a_full_disk(told.value)
    assert crowded.kept_lists() == before
    assert set(os.listdir(crowded.area.published)) == {"current", crowded.current}
    assert os.listdir(crowded.area.features) == [crowded.current]
    state = State(crowded.area.state)
    assert (state.last_run()[2], state.unended()) == ("failed", [])

    assert crowded.night(DAY).exit_code == 0
    assert crowded.kept_lists() != before
    assert set(crowded.table(OTHER)["index_date"]) == {DAY - timedelta(days=1)}


@pytest.mark.slow
def test_a_disk_full_while_a_delivery_is_copied_says_so_and_not_that_its_place_is_wrong(crowded) -> None:
    with full_from("pull"):
        outcome = crowded.night(DAY, practices=[ODS], lists=False)
    assert outcome.exit_code == 1
    told_of_a_full_disk(crowded.errors[ODS])
    assert [name for name in os.listdir(crowded.area.inbox / ODS) if str(DAY) in name] == []


@pytest.mark.parametrize("step", ["run started", "delivered", "publish"])
def test_a_disk_on_which_not_even_the_state_can_be_written_fails_in_one_message(settled, step: str) -> None:
    before = settled.kept()
    with full_from(step, room=0), pytest.raises(RunFailed) as told:
        settled.night(DAY)
    told_of_a_full_disk(told.value)
    assert settled.kept() == before
    assert settled.night(DAY).exit_code == 0
    assert State(settled.area.state).unended() == []


def test_a_run_that_failed_after_its_lists_were_written_leaves_none_of_them(
    settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = settled.kept()
    monkeypatch.setattr(State, "note_listed", broken)
    with pytest.raises(RunFailed, match="No space left on device"):
        settled.night(DAY)
    monkeypatch.undo()
    assert settled.kept() == before
    assert set(os.listdir(settled.area.published)) == {"current", settled.current}
    assert os.listdir(settled.area.features) == [settled.current]


def test_a_file_where_the_published_folder_belongs_fails_the_run(town) -> None:
    town.send(ODS, DAY)
    (town.area.published).write_text("")
    with pytest.raises(RunFailed, match="published"):
        town.night(DAY)


def test_a_file_where_a_practices_lake_belongs_fails_the_run(settled) -> None:
    (settled.area.lake / ODS).rename(settled.area.data / "aside")
    (settled.area.lake / ODS).write_text("")
    before = settled.kept_lists()
    with pytest.raises(RunFailed, match=f"lake/{ODS}"):
        settled.night(DAY)
    assert settled.kept_lists() == before


def test_data_that_is_no_folder_fails_the_run(town) -> None:
    (town.folder / "data").rmdir()
    (town.folder / "data").write_text("")
    with pytest.raises(RunFailed, match="data"), night.run(town.area):
        pass


def test_a_lock_that_cannot_be_opened_is_not_taken_for_another_run(tmp_path: Path) -> None:
    (tmp_path / "run.lock").mkdir()
    with pytest.raises(RunFailed, match=r"run\.lock") as told, only_run(tmp_path):
        pass
    assert "another run" not in str(told.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a folder that is read-only")
def test_a_data_folder_that_may_not_be_written_fails_the_run(settled) -> None:
    settled.area.data.chmod(0o500)
    try:
        with pytest.raises(RunFailed):
            settled.night(DAY)
    finally:
        settled.area.data.chmod(0o700)


def told_of_a_full_disk(error: Exception) -> None:
    """One message that says what to look at, and does not call it reachwell's own fault."""
    assert isinstance(error, RunFailed)
    assert error.exit_code == 1
    assert "disk" in str(error) or "Make room" in str(error), error
    assert "fault of reachwell" not in str(error)
    assert "\n" not in str(error)
