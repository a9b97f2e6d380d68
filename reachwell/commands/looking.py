"""The commands that look at what is there: parsing and printing only. Heavy imports stay inside the commands."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from reachwell.commands.options import HERE, AsJson, Dir, plugs_of, programmes_of
from reachwell.errors import UsageError
from reachwell.terminal import out, out_json, say

_LOOK = Group("Looking", sort_key=2)


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    app.command(status, group=_LOOK)
    app.command(validate, group=_LOOK)
    app.command(list_, name="list", group=_LOOK)
    app.command(why, group=_LOOK)
    app.command(audit, group=_LOOK)
    app.command(features, group=_LOOK)
    app.command(rules, group=_LOOK)


def status(*, dir_: Dir = HERE, as_json: AsJson = False) -> int:
    """How the last run ended and what needs you, practice by practice.

    Examples: reachwell status
              reachwell status --json
    """
    from reachwell.area import Area
    from reachwell.status import status as look

    found = look(Area.load(dir_))
    if as_json:
        out_json({name: value for name, value in found.items() if name != "shown"})
    else:
        out(*found["shown"])
    return int(found["exit_code"])


def validate(delivery: Path, *, dir_: Dir = HERE) -> int:
    """Check a delivery as the night would, and publish nothing.

    Example: reachwell validate /srv/extracts/B83001/2026-11-21
    """
    from reachwell.area import SETTINGS_FILE, Area
    from reachwell.manifest import read
    from reachwell.report import unmapped_table, validation_table
    from reachwell.trial import tried
    from reachwell.unmapped import unmapped_codes

    if not delivery.is_dir():
        raise UsageError(f"{delivery} is no folder. Name a delivery's folder, the one with manifest.toml in it")
    area = Area.load(dir_) if (dir_ / SETTINGS_FILE).exists() else None
    manifest = read(delivery.absolute())
    what = "extract" if manifest.kind == "full" else f"changes since {manifest.changes_since}, extract"
    with tried(area, delivery.absolute(), manifest) as trial:
        found = trial.checked
        if found.sent or any(found.rows.values()):
            title = f"{manifest.practice}, {what} of {manifest.extracted_on} ({manifest.format})"
            out(validation_table(found, title))
        if trial.snapshot and not (codes := unmapped_codes(trial.snapshot)).is_empty():
            out(unmapped_table(codes))
    if trial.fault:
        raise trial.fault
    what = "fit to be used" if trial.snapshot else "its files can be read"
    say(f"{what}: {found.bad_share:.2%} of the rows are bad, the limit is {trial.limit:.2%}")
    return 0


def list_(
    ods: str, *, programme: str | None = None, dir_: Dir = HERE, as_json: AsJson = False,
    csv: Annotated[bool, Parameter(negative="")] = False,
) -> None:  # fmt: skip
    """A practice's current list, best first, with the reasons.

    Examples: reachwell list B83001
              reachwell list B83001 --csv > list.csv

    Parameters
    ----------
    programme
        one programme only
    csv
        print CSV; reasons are joined by semicolons
    """
    import polars as pl

    from reachwell.area import Area
    from reachwell.published import current_run, read_table
    from reachwell.report import list_table

    area = Area.load(dir_)
    names = area.settings.area.programmes
    if programme and programme not in names:
        raise UsageError(f"no programme is called '{programme}'. There are: {', '.join(names)}")
    candidates = read_table(area, current_run(area), ods, "candidates")
    if programme:
        candidates = candidates.filter(pl.col("programme") == programme)
    if as_json:
        out_json(candidates.to_dicts())
    elif csv:
        sys.stdout.write(candidates.with_columns(pl.col("reasons").list.join("; ")).write_csv())
    else:
        for name in [programme] if programme else names:
            out(list_table(candidates.filter(pl.col("programme") == name), f"{ods}: {name}"))


def why(ods: str, patient: str, *, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """Why a patient is or is not on the list: each rule met, not met or not known.

    Example: reachwell why B83001 P7K2M9XQ4RTA
    """
    from reachwell.area import Area
    from reachwell.report import why_text
    from reachwell.why import why as ask

    answers = ask(Area.load(dir_), ods, patient)
    if as_json:
        out_json(answers)
    else:
        out(*[why_text(each) for each in answers])


def audit(*, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """What was removed, when and why: opt-outs erased, and what was older than the nights that are kept.

    Example: reachwell audit --json
    """
    from reachwell.area import Area
    from reachwell.catalogue import rows_table
    from reachwell.state import State

    area = Area.load(dir_)
    rows = State(area.state).audit() if area.state.exists() else []
    out_json(rows) if as_json else out(rows_table(rows, "Audit") if rows else "nothing was removed yet")


def features(*, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """What is measured of a patient: every feature, its unit and its usual look-back.

    Example: reachwell features --json
    """
    from reachwell.catalogue import feature_rows, rows_table

    rows = feature_rows(plugs_of(dir_))
    out_json(rows) if as_json else out(rows_table(rows, "Features"))


def rules(*, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """Who is looked for: every programme's rules in words.

    Example: reachwell rules
    """
    from reachwell.catalogue import rows_table, rule_rows

    rows = rule_rows(plugs_of(dir_), programmes_of(dir_))
    out_json(rows) if as_json else out(rows_table(rows, "Rules"))
