"""What an area may see of a backtest: one table and a few sentences for a terminal, or rows for a program."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reachwell.backtest.backtest import GROUPS, LISTED, OTHERS, UNAIDED, WITHIN, Backtest, differences, figures
from reachwell.backtest.told import told
from reachwell.report import INVENTED
from reachwell.shown import table
from reachwell.small_numbers import shown_count

_ROWS = {
    "people": "People",
    "ended": "Died or left, after",
    "contact_days_before": "Contact-days, before",
    "contact_days_after": "Contact-days, after",
    "emergency_before": "Emergency use, before",
    "emergency_after": "Emergency use, after",
    "referred": "Referred, after",
    "declined": "Declined, after",
}
_COUNTS = (
    "counts and person-years (size) are rounded to 10, events to rounded_to; 7 or fewer are null, and 0 beside these; "
    "value, low and high are made of these figures"
)
_CAPTION = (
    "Before: the 12 months up to the day. After: the 12 months after it. Contact-days and emergency use (attendances "
    "and admissions) are per person-year, until somebody died or left; in brackets 95% limits. All is made of figures "
    "rounded to 10 or more."
)
_CAUTION = (
    "The groups differ in more than being listed: no difference here says what listing or a referral does. "
    "The data are those of today cut at that day, with today's places."
)


def shown(found: Backtest) -> list[RenderableType]:
    """The table and the sentences, as the command prints them."""
    seen = told(figures(found.people))
    lines: list[RenderableType] = [Text(INVENTED, style="bold yellow")] if found.invented else []
    return [*lines, _table(seen, found), *map(Text, [*sentences(seen, found), _CAPTION])]


def as_rows(found: Backtest) -> dict[str, Any]:
    """The same for a program: every figure that is told."""
    seen = told(figures(found.people))
    return {
        "programme": found.programme.id,
        "version": found.programme.version,
        "on": found.on,
        "until": found.until,
        "practices": found.practices,
        "invented": found.invented,
        "counts": _COUNTS,
        "figures": _rounded(seen),
        "listed_less_not_listed": _rounded(differences(seen)),
        "in_words": sentences(seen, found),
    }


def sentences(seen: pl.DataFrame, found: Backtest) -> list[str]:
    """What the figures say and what they do not, for a GP. seen: what told() gave."""
    row = {(each["group"], each["measure"]): each for each in seen.iter_rows(named=True)}
    listed, within = (shown_count(row[group, "people"]["count"]) for group in (LISTED, WITHIN))
    first = (
        f"On {found.on:%-d %B %Y} {found.programme.name}, version {found.programme.version}, would have listed "
        f"{listed} people, {within} of them within places."
    )
    unaided = _unaided(*[row[UNAIDED, f"contact_days_{when}"]["value"] for when in ("before", "after")])
    told_so = [first, unaided, _CAUTION]
    whole = {group: (row[group, "whole"]["count"], row[group, "whole"]["size"]) for group in (LISTED, OTHERS)}
    if any(count is None or count != size for count, size in whole.values()):
        parts = [f"{shown_count(count)} of {shown_count(size)} {group}" for group, (count, size) in whole.items()]
        told_so.append(
            f"The record of the 12 months before is whole for {' and '.join(parts)}: "
            "contact ranks leave the others out, and so do the figures before."
        )
    if found.without_emergencies:
        told_so.append(
            f"Emergency use is not known of {', '.join(found.without_emergencies)}: none was ever sent by then."
        )
    return told_so


def _unaided(before: float | None, after: float | None) -> str:
    # A fall by itself is told of whether or not it can be shown here.
    expected = "A fall after listing is expected in the same way, and is no effect of help."
    if before is None or after is None:
        return f"Too few frequent attenders were not referred to show how far they fall back by themselves. {expected}"
    change = after / before - 1
    word = "fewer" if change < 0 else "more"
    return (
        f"Frequent attenders (the top tenth for their sex and age) who were not referred came on {before:.1f} days in "
        f"the 12 months before and on {after:.1f} in those after: {abs(change):.0%} {word}, unaided. {expected}"
    )


def _table(seen: pl.DataFrame, found: Backtest) -> Table:
    title = f"{found.programme.name} on {found.on:%-d %b %Y}, and until {found.until:%-d %b %Y}"
    made = table(title, "", *map(str.capitalize, GROUPS), "Listed less not listed")
    cells = {(each["group"], each["measure"]): _cell(each) for each in seen.iter_rows(named=True)}
    less = {each["measure"]: each for each in differences(seen).iter_rows(named=True)}
    kinds = dict(seen.select("measure", "kind").rows())
    for measure, label in _ROWS.items():
        of_groups = [cells.get((group, measure), "-") for group in GROUPS]
        made.add_row(label, *of_groups, _estimate(less[measure], kinds[measure]) if measure in less else "")
    return made


def _cell(row: dict[str, Any]) -> str:
    if row["kind"] == "rate" and row["value"] is None:
        return "hidden"
    return shown_count(row["count"]) if row["kind"] == "people" or row["count"] is None else _estimate(row, row["kind"])


def _estimate(row: dict[str, Any], kind: str) -> str:
    figures_ = [row[name] for name in ("value", "low", "high")]
    if None in figures_:
        return "-"
    if kind == "rate":
        value, low, high = (f"{each:.1f}" if abs(row["high"]) >= 5 else f"{each:.2f}" for each in figures_)
        return f"{value} ({low} to {high})"
    value, low, high = (f"{100 * each:.1f}" for each in figures_)
    return f"{value}% ({low} to {high})"


def _rounded(frame: pl.DataFrame) -> Sequence[dict[str, Any]]:
    return frame.with_columns(pl.col("value", "low", "high").round(4)).to_dicts()
