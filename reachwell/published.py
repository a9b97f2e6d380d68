"""What a run publishes: the tables of a practice, and how to read the current run's."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from reachwell.area import Area
from reachwell.atomic import read_pointer
from reachwell.errors import UsageError
from reachwell.match import RESULTS

PROMPT = "This list is a prompt, not a decision. Check the record before you offer a referral."
CURRENT = "current"
NO_LIST = "practice {ods} has no list yet: no delivery of it has been loaded. See: reachwell status"

_RUN: dict[str, tuple[Any, str]] = {
    "run_id": (pl.String, "the run that published the row"),
    "programme": (pl.String, "a file name in criteria/"),
    "practice_id": (pl.String, "the practice's ODS code"),
    "patient_id": (pl.String, "the patient's pseudonym"),
}
_POINTS: dict[str, tuple[Any, str]] = {
    "points": (pl.Int32, "points of the rules that are met"),
    "points_if_known": (pl.Int32, "points if every rule that is not known were met"),
}
_DAYS: dict[str, tuple[Any, str]] = {
    "index_date": (pl.Date, "the day the list speaks for"),
    "extracted_on": (pl.Date, "the day the practice's extract speaks for"),
}

# Columns in order: type and meaning. `matches` has one more column for each rule.
TABLES: dict[str, dict[str, tuple[Any, str]]] = {
    "candidates": {
        **_RUN,
        **_DAYS,
        "rank": (pl.Int32, "place on the list, 1 first"),
        "within_capacity": (pl.Boolean, "among this month's open places"),
        **_POINTS,
        "reasons": (pl.List(pl.String), "the sentence of each rule that is met, most points first"),
        "first_flagged_on": (pl.Date, "the first day the patient was on the programme's list"),
        "is_new": (pl.Boolean, "first flagged on this list's day"),
        "invented": (pl.Boolean, "invented data, not real people"),
        "national_data_opt_out": (pl.String, "as the extract's manifest states: applied, not_applied or not_required"),
        "legal_basis": (pl.String, "as the extract's manifest states"),
    },
    "rules": {
        **_RUN,
        "rule": (pl.String, "the rule's id"),
        "result": (RESULTS, "met, not_met or not_known"),
        "value": (pl.Float64, "what was measured, of the feature that decided"),
        "unit": (pl.String, "the value's unit"),
        "on_date": (pl.Date, "the day of the newest evidence"),
        "sentence": (pl.String, "what was found, in words"),
        "points": (pl.Int32, "points given"),
    },
    "matches": {**_RUN, **_POINTS},
    "please_ask": {
        **_RUN,
        **_DAYS,
        "rank": (pl.Int32, "best first, at most a month's places"),
        "points": (pl.Int32, "points now"),
        "points_with": (pl.Int32, "points if the fact were known and favourable"),
        "points_if_known": _POINTS["points_if_known"],
        "rule": (pl.String, "the rule that the fact would decide"),
        "ask": (pl.String, "what to ask the person about"),
    },
    "other_routes": {
        **_RUN,
        **_DAYS,
        "route": (pl.String, "the route's id"),
        "to": (pl.String, "whom the person needs instead of a link worker"),
        "because": (pl.String, "why"),
        "private": (pl.Boolean, "the reason is for clinicians only"),
        "points": (pl.Int32, "points of the rules that are met"),
        "over_threshold": (pl.Boolean, "would have been a candidate"),
    },
    "changes": {
        **_RUN,
        **_DAYS,
        "since": (pl.Date, "the day of the list compared with; null on the first"),
        "change": (pl.String, "new, still there or gone"),
        "reason": (pl.String, "why"),
    },
}


def shaped(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with a published table's columns, in order and typed, and then any others."""
    columns = TABLES[table]
    # Only matches has columns of its own making: one for each rule.
    others = [name for name, kind in frame.schema.items() if name not in columns and kind == RESULTS]
    return frame.select(*[pl.col(name).cast(kind) for name, (kind, _) in columns.items()], *others)


def current_run(area: Area) -> str:
    """The id of the run whose lists are current; UsageError where nothing is published yet."""
    run_id = read_pointer(area.published / CURRENT)
    if run_id is None:
        raise UsageError(f"nothing is published in {area.data} yet. Publish with: reachwell run")
    return run_id


def read_run(area: Area, run_id: str) -> dict[str, Any]:
    """A run's run.json; UsageError where it is gone."""
    path = area.published / run_id / "run.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError
    except (OSError, ValueError):
        raise UsageError(f"{path} is not there or not whole. Publish anew with: reachwell run") from None
    return found


def path_of(area: Area, run_id: str, ods: str, table: str) -> Path:
    """Where a practice's table of a run lies."""
    return area.published / run_id / "practice" / ods / f"{table}.parquet"


def read_table(area: Area, run_id: str, ods: str, table: str) -> pl.DataFrame:
    """A practice's table of a run; UsageError where the practice has no list yet."""
    area.practice(ods)
    path = path_of(area, run_id, ods, table)
    if not path.exists():
        raise UsageError(NO_LIST.format(ods=ods))
    return pl.read_parquet(path)
