"""Status: how the last run ended, from our own run table, and what needs a person."""

from typing import Any

from rich.text import Text

from reachwell import lake
from reachwell.area import Area
from reachwell.atomic import read_pointer
from reachwell.errors import exit_code_of
from reachwell.published import CURRENT, read_run
from reachwell.report import stated, status_rows, status_table
from reachwell.state import State
from reachwell.unmapped import in_one_line, unmapped_codes


def _opted_out(row: dict[str, Any], snapshot: lake.Snapshot) -> str:
    count = row["opted_out"] = len(lake.opted_out(snapshot))
    if not count:
        return ""
    people = "1 patient has" if count == 1 else f"{count:,} patients have"
    later = "A withdrawal takes effect with the next full extract."
    return f"{people} a type 1 opt-out, and nothing of theirs is kept. {later}"


def status(area: Area) -> dict[str, Any]:
    """The last run, the current one and each practice; "shown" holds it as people read it."""
    if not area.state.exists():
        rows = status_rows(area, {"fates": {}, "practices": {}, "patients": {}})
        note = Text("No run yet. Start one: reachwell run")
        return {"last_run": None, "current_run": None, "practices": rows, "exit_code": 5,
                "shown": [note, status_table(rows)]}  # fmt: skip
    state = State(area.state)
    last, current = state.last_run(), read_pointer(area.published / CURRENT)
    practices = read_run(area, current)["practices"] if current else {}
    snapshots = {one.ods: lake.current(area.lake, one.ods) for one in area.settings.practice}
    patients = {ods: each.rows["patient"] for ods, each in snapshots.items() if each}
    rows = status_rows(area, {"fates": state.fates(), "practices": practices, "patients": patients})
    notes = []
    for row in rows:
        snapshot = snapshots[row["practice"]]
        row["unmapped_codes"] = []
        if snapshot:
            unmapped = unmapped_codes(snapshot)
            row["unmapped_codes"] = unmapped.to_dicts()
            told = [stated(snapshot.national_data_opt_out, snapshot.legal_basis), _opted_out(row, snapshot),
                    in_one_line(unmapped, snapshot.rows["event"])]  # fmt: skip
            notes += [Text(f"{row['practice']}: {each}") for each in told if each]
    ended = last[2] if last else "none"
    failed = ended in ("failed", "killed")
    codes = [*(row["exit_code"] for row in rows), 1 if failed else 0]
    # A run without an end is under way, or was killed; the next run finds out which.
    word = {"started": "under way, or killed"}.get(ended, ended)
    line = f"Last run {last[0]}: {word}" + (f" ({last[3]})" if failed and last[3] else "") if last else "No run yet."
    return {
        "last_run": {"run_id": last[0], "started_at": last[1], "ended": ended, "detail": last[3]} if last else None,
        "current_run": current,
        "practices": rows,
        "exit_code": exit_code_of(codes),
        "shown": [Text(line), status_table(rows), *notes],
    }
