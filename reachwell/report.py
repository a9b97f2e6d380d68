"""Reports: what a run did, as people read it in a terminal or beside the run, in counts only."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reachwell.area import Area
from reachwell.night import Outcome
from reachwell.published import PROMPT, read_run
from reachwell.small_numbers import shown_count
from reachwell.unmapped import meaning
from reachwell.validate import Checked

_COLOURS = {
    "ok": "green",
    "loaded": "green",
    "unchanged": "green",
    "rejected": "red",
    "failed": "red",
    "late": "yellow",
}
# The days in the reason of whoever was decided on: those of one decision are counted together.
_DECIDED_ON = r"(, as said)? on \d{1,2} \w{3} \d{4}(;.*)?"
INVENTED = "Invented data: these people do not exist, and identifiers in their deliveries are let in."


def _table(title: str) -> Table:
    # As wide as its title at least, so that the title is one line.
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, min_width=len(title))


def one_line(outcome: Outcome) -> str:
    """How a run ended in one line."""
    bad = [fate for fate in outcome.fates.values() if fate.exit_code]
    well = len(outcome.fates) - len(bad)
    text = f"run {outcome.run_id}: {well} of {len(outcome.fates)} practices well"
    if bad:
        text += "; " + "; ".join(f"{fate.practice_id} {fate.outcome}" for fate in bad)
    return text


def status_rows(area: Area, state: dict[str, Any]) -> list[dict[str, Any]]:
    """Each practice as `status` tells it. state: run.json of the current run by practice, the fates, and by practice
    the exact count of its patients in the lake.
    """
    rows = []
    for practice in area.settings.practice:
        fate = state["fates"].get(practice.ods)
        shown = state["practices"].get(practice.ods, {})
        rows.append(
            {
                "practice": practice.ods,
                "name": practice.name,
                "state": fate.outcome if fate else "waiting for first extract",
                "at": fate.at if fate else None,
                "extracted_on": shown.get("extracted_on"),
                "list_of": shown.get("index_date"),
                "patients": state["patients"].get(practice.ods),
                "detail": fate.detail if fate else "",
                "exit_code": fate.exit_code if fate else 5,
                "national_data_opt_out": shown.get("national_data_opt_out"),
                "legal_basis": shown.get("legal_basis"),
            }
        )
    return rows


def status_table(rows: Sequence[dict[str, Any]]) -> Table:
    """The practices' states as a table."""
    table = _table("Practices")
    for name in ("Practice", "Code", "State", "Extract of", "Patients", "What needs you"):
        table.add_column(name, justify="right" if name == "Patients" else "left")
    for row in rows:
        word = Text(row["state"], style=_COLOURS.get(row["state"], "yellow"))
        patients = f"{row['patients']:,}" if row["patients"] is not None else "-"
        needs = row["detail"] if row["exit_code"] else "-"
        table.add_row(row["name"], row["practice"], word, str(row["extracted_on"] or "-"), patients, needs)
    return table


def validation_table(checked: Checked, title: str) -> Table:
    """What validation found: a row per table and rule; of our tables, or where none was made of the files sent."""
    table = _table(title)
    table.add_column("Table")
    table.add_column("Rows", justify="right")
    table.add_column("Found", justify="right")
    table.add_column("What")
    counted = checked.rows if any(checked.rows.values()) else {"sent": checked.sent}
    others = {finding.table: None for finding in checked.findings if finding.table not in checked.rows}
    for name, rows in {**counted, **others}.items():
        size = f"{rows:,}" if rows is not None else ""
        findings = [each for each in checked.findings if each.table == name]
        if not findings:
            table.add_row(name, size, "-", Text("no fault", style="green"))
        for place, finding in enumerate(findings):
            first = (name, size) if not place else ("", "")
            told = f"{finding.rows:,}" if finding.rows else "-"
            table.add_row(*first, told, Text(finding.rule, style="red" if finding.bad else "dim"))
    return table


def unmapped_table(codes: pl.DataFrame, most: int = 15) -> Table:
    """Codes that map to nothing: a row per code, the most frequent first."""
    table = _table(f"Codes that map to nothing: {codes.height:,}, in {codes['events'].sum():,} events")
    for name in ("System", "Code", "Events", "Patients", "What it is"):
        table.add_column(name, justify="right" if name in ("Events", "Patients") else "left")
    for system, code, events, patients in codes.head(most).rows():
        table.add_row(system, code, f"{events:,}", f"{patients:,}", meaning(system))
    if codes.height > most:
        rest = codes.slice(most)
        table.add_row("", f"{rest.height:,} more", f"{rest['events'].sum():,}", "", "")
    return table


def attrition_table(attrition: pl.DataFrame, programme: str) -> Table:
    """How many patients are left after each step, a column per practice; counts as an area may see them."""
    table = Table(
        title=f"How the lists came about ({programme}; rounded to 10)",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    table.add_column("Left after")
    mine = attrition.filter(pl.col("programme") == programme)
    practices = mine["practice_id"].unique().sort().to_list()
    for ods in practices:
        table.add_column(ods, justify="right")
    for step in mine.sort("place")["step"].unique(maintain_order=True):
        at = mine.filter(pl.col("step") == step)
        counts = dict(at.select("practice_id", "patients").rows())
        table.add_row(step, *[shown_count(counts.get(ods)) for ods in practices])
    return table


def list_table(candidates: pl.DataFrame, title: str, most: int | None = None) -> RenderableType:
    """A practice's list: rank, pseudonym, points, why."""
    table = _table(title)
    for name in ("Rank", "Patient", "Points", "New", "Why"):
        table.add_column(name, justify="right" if name in ("Rank", "Points") else "left", no_wrap=name != "Why")
    for row in candidates.head(most or candidates.height).iter_rows(named=True):
        style = "" if row["within_capacity"] else "dim"
        new = "new" if row["is_new"] else ""
        known = f"{row['points']}" + (f" ({row['points_if_known']})" if row["points_if_known"] > row["points"] else "")
        table.add_row(str(row["rank"]), row["patient_id"], known, new, ". ".join(row["reasons"]), style=style)
    within = int(candidates["within_capacity"].sum())
    lines: list[RenderableType] = [Text(PROMPT, style="bold")]
    if candidates.height and candidates["invented"].any():
        lines.append(Text(INVENTED, style="bold yellow"))
    lines += [Text(each, style="dim") for each in _stated(candidates)]
    more = (
        f"{candidates.height} patients reach the threshold; {within} are within this month's places. "
        "Ordered by points; no model is in use."
    )
    lines += [table, Text(more + _tie_at_the_cut(candidates, within))]
    return Group(*lines)


def stated(national_data_opt_out: str, legal_basis: str) -> str:
    """What an extract's manifest states, in one line."""
    return f"National data opt-out: {national_data_opt_out.replace('_', ' ')}. Legal basis: {legal_basis}."


def _stated(candidates: pl.DataFrame) -> list[str]:
    return [stated(*row) for row in candidates.select("national_data_opt_out", "legal_basis").unique().rows()]


def _tie_at_the_cut(candidates: pl.DataFrame, within: int) -> str:
    if not 0 < within < candidates.height:
        return ""
    points = candidates.sort("rank")["points"]
    if points[within - 1] != points[within]:
        return ""
    level = candidates.filter(pl.col("points") == points[within])
    served = int(level["within_capacity"].sum())
    return f" {level.height} of them are level at {points[within]} points and share the last {served} of these places."


def changes_table(changes: dict[str, pl.DataFrame]) -> Table:
    """What changed since the list before, in counts by practice and reason."""
    table = _table("Since the list before")
    for name in ("Practice", "Change", "Patients", "Why"):
        table.add_column(name, justify="right" if name == "Patients" else "left")
    for ods, frame in changes.items():
        counted = (
            frame.with_columns(
                reason=pl.when(pl.col("reason").str.contains("points"))
                .then(pl.lit("points"))
                .otherwise(pl.col("reason").str.replace_all(_DECIDED_ON, ""))
            )
            .group_by("change", "reason")
            .len()
            .sort("change", "len", "reason", descending=[True, True, False])
        )
        for place, (change, reason, count) in enumerate(counted.rows()):
            why = {"points": "reached the threshold" if change == "new" else "under the threshold now"}.get(
                reason, reason
            )
            table.add_row(ods if not place else "", change, str(count), why or "")
    return table


def why_text(found: dict[str, Any]) -> RenderableType:
    """Why one patient is or is not on the list, as `why` prints it."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(no_wrap=True)
    marks = {"met": "+{}", "not_met": "-", "not_known": "?"}
    for row in found["rules"]:
        mark = marks[row["result"]].format(row["points"])
        when = f"{row['on_date']:%-d %b %Y}" if row["on_date"] else ""
        more = f"would add up to {row['would_add']}" if row["result"] == "not_known" else when
        table.add_row(mark, row["label"], row["sentence"], more)
    return Group(Text(found["answer"], style="bold"), table)


def markdown(area: Area, run_id: str) -> str:
    """A run in Markdown, in suppressed counts only, to be kept beside the run."""
    facts = read_run(area, run_id)
    lines = [f"# {facts['area']}, run {run_id}", "", PROMPT, ""]
    if facts["invented"]:
        lines += [INVENTED, ""]
    lines += [
        "| practice | extract of | list of | over the threshold | within places |",
        "|---|---|---|---|---|",
    ]
    for ods, practice in facts["practices"].items():
        for steps in practice["patients_left_after_each_step"].values():
            over, within = list(steps.values())[-2:]
            cells = (
                ods,
                practice["extracted_on"],
                practice["index_date"],
                shown_count(over),
                shown_count(within),
            )
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"
