"""Retention: what is older than an area keeps it is removed: runs, what they measured, snapshots and bad rows."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from reachwell import lake
from reachwell.area import Area
from reachwell.atomic import read_pointer, remove
from reachwell.lake import FACTS, Snapshot
from reachwell.published import CURRENT
from reachwell.state import State

# A folder of another name was put there by somebody.
_RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-")


def remove_old(area: Area, state: State, run_id: str) -> str:
    """Remove what is keep_nights days older than a run, with a line in the audit; returns what it was, if anything.

    What is in use stays however old it is: the current run, each practice's current snapshot, and the run under way.
    """
    day = _day_of(run_id) - timedelta(days=area.settings.privacy.keep_nights)
    kept = {run_id, read_pointer(area.published / CURRENT)}
    # A run that was killed may have removed another's folders and not yet noted it.
    runs = [run for run in sorted(_runs(area) | state.listed()) if run not in kept and _day_of(run) < day]
    snapshots, quarantined = list(_snapshots(area, day)), list(_quarantined(area, day))
    for run in runs:
        for place in (area.published, area.features):
            shutil.rmtree(place / run, ignore_errors=True)
    for folder in snapshots:
        remove(folder)
    for file in quarantined:
        file.unlink()
    if not (runs or snapshots or quarantined):
        return ""
    told = (
        f"older than {area.settings.privacy.keep_nights} nights: {len(runs)} runs, {len(snapshots)} snapshots, "
        f"{len(quarantined)} files of bad rows removed"
    )
    state.note_removed(run_id, told, runs)
    return told


def _runs(area: Area) -> set[str]:
    folders = (each for place in (area.published, area.features) for each in place.glob("[!.]*"))
    return {each.name for each in folders if _RUN_ID.match(each.name)}


def _day_of(run_id: str) -> date:
    return datetime.strptime(run_id[:8], "%Y%m%d").date()


def _snapshots(area: Area, day: date) -> Iterator[Path]:
    for facts in sorted(area.lake.glob(f"*/[!.]*/{FACTS}")):
        snapshot = Snapshot.read(facts.parent)
        now = read_pointer(area.lake / facts.parent.parent.name / lake.CURRENT)
        if snapshot.name != now and snapshot.extracted_on < day:
            yield facts.parent


def _quarantined(area: Area, day: date) -> Iterator[Path]:
    for file in sorted(area.quarantine.glob("*/[!.]*.parquet")):
        if datetime.fromtimestamp(file.stat().st_mtime, UTC).date() < day:
            yield file
