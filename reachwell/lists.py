"""Lists of a night: measure to publish, practice by practice in batches, as plain functions."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from reachwell import lake, publish, warehouse
from reachwell.area import Area
from reachwell.atomic import new_folder, read_pointer
from reachwell.attrition import STEPS
from reachwell.batches import batches
from reachwell.criteria import Criteria, wanted_by
from reachwell.decisions.standing import decided
from reachwell.erasure import erase_opted_out
from reachwell.judge import Judge
from reachwell.log import tell
from reachwell.match import Matcher
from reachwell.measure import measure
from reachwell.places import taken_this_month
from reachwell.published import CURRENT, path_of
from reachwell.retention import remove_old
from reachwell.run_facts import run_facts
from reachwell.safely import safely
from reachwell.shortlist import Shortlist, shortlist
from reachwell.state import State
from reachwell.store import up_to_date


@safely
def make_lists(area: Area, run_id: str, on: date | None = None) -> bool:
    """Measure to publish, for every practice that has data; returns whether the lists became current.

    on: an index date that moves each practice's back from its extract's day; None for that day.
    """
    state, criteria = State(area.state), Criteria.of(area)
    found = [
        up_to_date(area.lake, one.ods, area.folder, area.scratch, area.erases_opted_out)
        for one in area.settings.practice
    ]
    snapshots = [each for each in found if each]
    _remove(area, state, snapshots, run_id)
    dates = {each.practice_id: min(on or each.extracted_on, each.extracted_on) for each in snapshots}
    steps: list[pl.DataFrame] = []
    candidates: list[pl.DataFrame] = []
    area.published.mkdir(parents=True, exist_ok=True)
    with new_folder(area.published / run_id) as folder, new_folder(area.features / run_id) as kept:
        groups = list(batches(snapshots, dates))
        for count, batch in enumerate(groups, start=1):
            tell("batch", number=count, of=len(groups), practices=len(batch))
            codes = [each.practice_id for each in batch]
            day = dates[codes[0]]
            since = {ods: earlier for ods in codes if (earlier := _day_before(state, ods, day))}
            lists = lists_of(area, criteria, batch, day, run_id, kept / f"{count}.parquet", on)
            publish.write_practices(folder, run_id, batch, day, since, lists)
            for programme, made in lists.items():
                steps.append(made.steps.with_columns(programme=pl.lit(programme)))
                candidates.append(
                    made.candidates.select("practice_id", "patient_id", "first_flagged_on", programme=pl.lit(programme))
                )
        tell("publish", practices=len(snapshots))
        told = pl.concat(steps) if steps else pl.DataFrame(schema={**STEPS, "programme": pl.String})
        publish.write_area(folder, run_id, told, area.folder)
        publish.write_run(folder, run_facts(area, run_id, criteria, snapshots, dates, told))
    if not _becomes_current(area, state, dates):
        return False
    if candidates:
        state.note_listed(run_id, dates, pl.concat(candidates))
    publish.make_current(area.published, run_id)
    tell("warehouse")
    warehouse.build(area)
    return True


def lists_of(
    area: Area,
    criteria: Criteria,
    batch: Sequence[lake.Snapshot],
    on: date,
    run_id: str,
    keep: Path | None,
    up_to: date | None = None,
) -> dict[str, Shortlist]:
    """The lists of a batch of practices on one index date, by programme.

    keep: where to keep what was measured, for the warehouse. up_to: the day after which no decision counts.
    """
    wanted = wanted_by(criteria.programmes, criteria.features)
    measured = measure(batch, on, wanted.values(), area.settings.setting, area.folder, area.scratch)
    if keep:
        measured.values.write_parquet(keep, compression="zstd")
    codes = [each.practice_id for each in batch]
    state = State(area.state)
    standing = decided(state, codes, up_to)
    matcher = Matcher([measured], standing)
    flagged = state.first_flagged(codes, before=run_id)
    judge = Judge(matcher, area.settings.practice, flagged, taken_this_month(measured, standing))
    before = _candidates_before(area, codes, on)
    made = {}
    # Programmes share the places in the order in which reachwell.toml names them.
    for programme, listed in zip(criteria.programmes, judge.lists(criteria.programmes).values(), strict=True):
        earlier = before.filter(pl.col("programme") == programme.id).select("practice_id", "patient_id")
        made[programme.id] = shortlist(measured, matcher.match(programme), listed, programme, earlier)
    return made


def _remove(area: Area, state: State, snapshots: Sequence[lake.Snapshot], run_id: str) -> None:
    """Take out of what earlier nights left who has opted out since, and what is kept no longer."""
    for each in snapshots:
        if erased := erase_opted_out(area, state, each, run_id):
            tell("erased", practice=each.practice_id, patients=erased)
    if removed := remove_old(area, state, run_id):
        tell("removed", what=removed)


def _candidates_before(area: Area, codes: Sequence[str], on: date) -> pl.DataFrame:
    """The candidates of each practice's newest list of an earlier day: programme, practice_id, patient_id.

    A list that was empty leaves one row without a patient for each programme: there was a list.
    """
    state = State(area.state)
    names = area.settings.area.programmes
    frames = [pl.DataFrame(schema={"programme": pl.String, "practice_id": pl.String, "patient_id": pl.String})]
    for ods in codes:
        run_id = state.list_before(ods, on)
        path = path_of(area, run_id, ods, "candidates") if run_id else None
        if path is not None and path.exists():
            frames.append(pl.read_parquet(path, columns=["programme", "practice_id", "patient_id"]))
            rows = [(name, ods, None) for name in names]
            frames.append(pl.DataFrame(rows, schema=frames[0].schema, orient="row"))
    return pl.concat(frames)


def _day_before(state: State, ods: str, on: date) -> date | None:
    run_id = state.list_before(ods, on)
    return state.index_dates(run_id)[ods] if run_id else None


def _becomes_current(area: Area, state: State, dates: Mapping[str, date]) -> bool:
    pointed = read_pointer(area.published / CURRENT)
    shown = state.index_dates(pointed) if pointed else {}
    return all(on >= shown[ods] for ods, on in dates.items() if ods in shown)
