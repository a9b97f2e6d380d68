"""Recover: finish or take back what killed runs left, so that nothing half done is ever read."""

import shutil

from reachwell import warehouse
from reachwell.area import Area
from reachwell.atomic import read_pointer, sweep
from reachwell.dry_run import sweep_copies
from reachwell.published import CURRENT
from reachwell.state import State


def put_right(area: Area, state: State) -> None:
    """Put an area right after kills; only to be called by who holds the area's lock."""
    pointed = read_pointer(area.published / CURRENT)
    for run_id in state.unended():
        if run_id == pointed:
            warehouse.build(area)
            state.end(run_id, "published", "finished after it was killed")
            continue
        take_back(area, state, run_id)
        state.end(run_id, "killed")
    practices = [folder for place in (area.lake, area.mirror) for folder in place.glob("*") if folder.is_dir()]
    rewritten = [*area.published.glob("*/practice/*"), *area.features.glob("*"), *area.mirror.glob("*/*")]
    for folder in (area.data, area.published, area.features, *practices, *area.quarantine.glob("*"), *rewritten):
        sweep(folder)
    sweep_copies(area.data)
    shutil.rmtree(area.scratch, ignore_errors=True)
    area.scratch.mkdir(parents=True, exist_ok=True)


def take_back(area: Area, state: State, run_id: str) -> None:
    """Take back all that a run left whose lists did not become current."""
    state.forget(run_id)
    for left in (area.published / run_id, area.features / run_id):
        shutil.rmtree(left, ignore_errors=True)
