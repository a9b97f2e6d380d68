"""Run facts: what run.json says of a run, in versions, hashes, dates and suppressed counts."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from reachwell import __version__
from reachwell.area import Area
from reachwell.criteria import Criteria
from reachwell.lake import Snapshot
from reachwell.plugs import digest, find
from reachwell.published import PROMPT
from reachwell.small_numbers import for_area

_MEASURE = ("features", "sql/tables", "sql/codelists")


def run_facts(
    area: Area,
    run_id: str,
    criteria: Criteria,
    snapshots: Sequence[Snapshot],
    dates: Mapping[str, date],
    steps: pl.DataFrame,
) -> dict[str, Any]:
    """All that run.json holds. steps: exact counts; they leave here suppressed."""
    counts: dict[str, dict[str, dict[str, int | None]]] = {}
    in_order = steps.sort("practice_id", "programme", "place")
    told = for_area(in_order, ["patients"], "nested", ["practice_id", "programme"])
    for ods, _, step, patients, programme in told.rows():
        counts.setdefault(ods, {}).setdefault(programme, {})[step] = patients
    return {
        "run_id": run_id,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": __version__,
        "area": area.settings.area.name,
        "note": PROMPT,
        "invented": any(each.invented for each in snapshots),
        "model": None,
        "order": "by points; no model is in use",
        "programmes": {
            each.id: {"name": each.name, "version": each.version, "digest": each.digest} for each in criteria.programmes
        },
        "measured_by": measured_by(area),
        "features_digest": digest(feature.file.path for feature in criteria.features.values()),
        "codelists_digest": digest(find("sql/codelists", area.folder).values()),
        "practices": {
            each.practice_id: {
                # The first day of each column may be one patient's: it stays in the lake.
                **{name: value for name, value in each.facts().items() if name != "filled"},
                "rows": _suppressed(each.rows),
                "snapshot": each.name,
                "index_date": dates[each.practice_id],
                "patients_left_after_each_step": counts.get(each.practice_id, {}),
            }
            for each in snapshots
        },
        "counts": "7 or fewer are null, others are rounded to 10; 0 beside 7 or fewer is null too",
    }


def measured_by(area: Area) -> str:
    """The digest of all that decides what is measured of the same data: SQL, code lists, settings, our version."""
    files = [path for folder in _MEASURE for path in find(folder, area.folder).values()]
    told = f"{__version__} {digest(files)} {sorted(area.settings.setting.items())}"
    return hashlib.sha256(told.encode()).hexdigest()


def _suppressed(rows: Mapping[str, int]) -> dict[str, int | None]:
    frame = pl.DataFrame({"table": list(rows), "rows": list(rows.values())})
    # Patients are among the rows, and told elsewhere rounded to 10: with 5 beside it less than 10 people would be left.
    return dict(for_area(frame, ["rows"], "nested", ["table"]).rows())
