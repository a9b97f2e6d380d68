"""A dry run does the whole night in a copy: the area is as it was, and the copy tells what would be."""

import os
import signal
import subprocess
import sys
from datetime import date

import pytest

from reachwell import night
from reachwell.dry_run import throwaway
from reachwell.state import State

DAY = date(2026, 11, 20)
ODS, OTHER = "B83001", "B83017"


@pytest.fixture
def waiting(settled, people: dict[str, str]):
    """An area with new deliveries, a bad row in one of them, and criteria, a feature and a list of its own."""
    settled.set("max_bad_rows", 0.2)
    for ods in (ODS, OTHER):
        settled.send(ods, DAY, people={**people, "ZQ7KNW06": "lonely alone"})
    with (settled.place(ODS) / str(DAY) / "event.csv").open("a") as file:
        file.write(f"{ODS},ZQ7KLA01,8.7E+14,snomed,2026-09-16,,\n")
    (settled.folder / "sql" / "codelists" / "care_home.csv").write_text(
        "code,system,term\n160734000,snomed,Lives in nursing home\n"
    )
    return settled


def looked_at(town) -> dict[str, tuple[object, ...]]:
    """Every file and folder of the area by its content's digest, inode and time of change."""
    digests = town.everything()
    return {
        str(path): (digests.get(str(path)), path.stat().st_ino, path.stat().st_mtime_ns)
        for path in town.folder.rglob("*")
        # SQLite makes these two when it reads and takes them away again.
        if not path.name.endswith(("-wal", "-shm")) and path != town.area.data
    }


def test_a_dry_run_changes_nothing_in_the_area_and_tells_what_the_night_then_does(waiting) -> None:
    before = looked_at(waiting)
    with throwaway(waiting.area) as copy:
        dry = type(waiting)(copy.folder)
        outcome = dry.night()
        would_be = dry.tables()
        assert dry.current != waiting.current
        assert (copy.quarantine / ODS).exists()
    assert looked_at(waiting) == before
    assert not copy.folder.exists()

    assert waiting.night().exit_code == outcome.exit_code == 0
    assert waiting.tables() == would_be


def test_practices_without_news_are_carried_forward_in_the_copy_too(settled) -> None:
    before = looked_at(settled)
    with throwaway(settled.area) as copy:
        dry = type(settled)(copy.folder)
        assert dry.night(DAY).exit_code == 0
        assert dry.tables() == settled.tables()
    assert looked_at(settled) == before


def test_the_copy_begins_with_the_areas_lists_and_memory(settled) -> None:
    with throwaway(settled.area) as copy:
        dry = type(settled)(copy.folder)
        assert dry.tables() == settled.tables()
        assert State(copy.state).first_flagged([ODS]).rows() == State(settled.area.state).first_flagged([ODS]).rows()
        assert copy.data != settled.area.data


def test_an_area_without_any_run_can_be_tried_too(town) -> None:
    town.send(ODS, DAY)
    before = town.everything()
    with throwaway(town.area) as copy:
        assert type(town)(copy.folder).night(practices=[ODS], lists=False).exit_code == 0
    assert town.everything() == before


def test_what_goes_wrong_in_a_dry_run_takes_the_copy_away(settled) -> None:
    with pytest.raises(KeyboardInterrupt), throwaway(settled.area) as copy:
        raise KeyboardInterrupt
    assert not copy.folder.exists()


def test_a_dry_run_works_while_another_run_is_under_way(settled) -> None:
    for ods in (ODS, OTHER):
        settled.send(ods, DAY)
    with night.run(settled.area) as run_id:
        with throwaway(settled.area) as copy:
            assert type(settled)(copy.folder).night(lists=False).exit_code == 0
        assert State(settled.area.state).unended() == [run_id]
        night.finish(settled.area, run_id, current=False)


def test_a_run_that_starts_meanwhile_leaves_the_copy_alone(settled) -> None:
    with throwaway(settled.area) as copy:
        before = type(settled)(copy.folder).kept()
        settled.night(lists=False)
        assert copy.folder.is_dir()
        assert type(settled)(copy.folder).kept() == before
        assert type(settled)(copy.folder).night(lists=False).exit_code == 0


@pytest.mark.slow
def test_what_a_killed_dry_run_left_is_swept_by_the_next_run(settled, tmp_path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from reachwell.area import Area; "
        "from reachwell.dry_run import throwaway\n"
        "with throwaway(Area.load(Path(sys.argv[1]))): os.kill(os.getpid(), signal.SIGKILL)"
    )
    files = {path.relative_to(settled.folder) for path in settled.folder.rglob("*")}
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script, settled.folder], env=environment)
    assert done.returncode == -signal.SIGKILL
    # Nobody would sweep what is left of people's data in the machine's own folder for such things.
    assert list(tmp_path.iterdir()) == []
    settled.night(lists=False)
    assert {path.relative_to(settled.folder) for path in settled.folder.rglob("*")} == files
