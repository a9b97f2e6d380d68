"""What is older than an area keeps it goes, with a line in the audit; what is in use stays."""

from datetime import date

import pytest

from reachwell import lake
from reachwell.retention import remove_old
from reachwell.state import State

ODS = "B83001"
LATER = "20270401T020000Z-ab12"


@pytest.fixture
def old(settled):
    """An area with two nights of last year, seen from a later day."""
    settled.send(ODS)
    assert settled.night().exit_code in (0, 5)
    return settled


def test_old_runs_snapshots_and_what_was_measured_go(old) -> None:
    area, state = old.area, State(old.area.state)
    runs = {each.name for each in area.published.iterdir() if each.is_dir()}
    assert len(runs) == 2
    (area.published / "kept by hand").mkdir()
    told = remove_old(area, state, LATER)
    assert told == "older than 90 nights: 1 runs, 1 snapshots, 0 files of bad rows removed"
    left = {each.name for each in area.published.iterdir() if each.is_dir()}
    assert left == {old.current, "kept by hand"}
    assert {each.name for each in area.features.iterdir()} == {old.current}
    snapshots = [each.name for each in (area.lake / ODS).iterdir() if each.is_dir()]
    assert snapshots == [lake.current(area.lake, ODS).name]
    assert state.audit()[-1]["what"] == told
    gone = (runs - {old.current}).pop()
    assert state.index_dates(gone) == {}


def test_what_is_not_old_stays_and_nothing_is_noted(old) -> None:
    before = old.everything()
    assert remove_old(old.area, State(old.area.state), f"{date.today():%Y%m%d}T020000Z-ab12") == ""
    assert old.everything() == before


def test_the_setting_says_how_long(old) -> None:
    old.set("keep_nights", 9000)
    assert remove_old(old.area, State(old.area.state), LATER) == ""
