"""The commands of an area's analyst: parsing and printing only. Heavy imports stay inside the commands."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from reachwell.commands.options import HERE, TUNING, AsJson, Dir, plugs_of, programmes_of
from reachwell.terminal import out, out_json, out_text, say

_LIVE_ALREADY = "that is what is live already; nothing was changed"


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    criteria = App(name="criteria", help="Look at, and check, who is looked for.", group=TUNING)
    criteria.command(check)
    criteria.command(explain)
    criteria.command(schema)
    criteria.command(plan)
    criteria.command(apply)
    criteria.command(history)
    criteria.command(rollback)
    app.command(criteria)
    app.command(assure, group=TUNING)


def check(file: Path, *, dir_: Dir = HERE) -> None:
    """Tell every mistake of a criteria file at once, in words.

    Example: reachwell criteria check criteria/social_prescribing.toml
    """
    from reachwell.criteria import read
    from reachwell.features import catalogue
    from reachwell.shown import number

    programme = read(file, catalogue(plugs_of(dir_)))
    kinds = (("rule", programme.rule), ("exclusion", programme.exclusions), ("other route", programme.route))
    counts = ", ".join(number(len(each), word) for word, each in kinds)
    say(f"{file.name} has no mistake: {programme.name}, version {programme.version}: {counts}")


def explain(
    file: Path | None = None, *, sql: Annotated[bool, Parameter(negative="")] = False, dir_: Dir = HERE
) -> None:
    """A programme in plain English: who is left out, who needs somebody else, what gives points, who is listed.

    Examples: reachwell criteria explain
              reachwell criteria explain draft.toml --sql

    Parameters
    ----------
    file
        a criteria file; the area's programmes, or the shipped one, unless given
    sql
        also the SQL of every feature that is asked for
    """
    from reachwell.criteria import read, read_programme
    from reachwell.explain import in_plain_english, sql_of
    from reachwell.features import catalogue
    from reachwell.plugs import find

    area = plugs_of(dir_)
    features = catalogue(area)
    names = programmes_of(dir_) or tuple(find("criteria", area))
    programmes = [read(file, features)] if file else [read_programme(name, features, area) for name in names]
    for programme in programmes:
        out_text(in_plain_english(programme, features))
        if sql:
            out_text(sql_of(programme, features))


def schema() -> None:
    """Print the JSON Schema of criteria files, by which editors complete and check them.

    Example: reachwell criteria schema > criteria.schema.json
    """
    from reachwell.criteria import json_schema

    sys.stdout.write(json_schema())


def plan(
    file: Path,
    *,
    programme: str | None = None,
    detailed_exit_code: Annotated[bool, Parameter(negative="")] = False,
    dir_: Dir = HERE,
    as_json: AsJson = False,
) -> int:
    """What a changed criteria file would do, against the live one on the data of the current lists: who joins and
    leaves, how long people would wait, which rule decides, and whether it is fair. Nothing is changed.

    Example: reachwell criteria plan draft.toml --programme social_prescribing

    Parameters
    ----------
    file
        the changed file
    programme
        which of the area's programmes it would replace; the file's name, or the only one, unless given
    detailed_exit_code
        end with 3 where the file may list other people than the live one
    """
    from datetime import date

    from reachwell.area import Area
    from reachwell.tuning.plan_report import plan_json, plan_text
    from reachwell.tuning.planning import planned

    found = planned(Area.load(dir_), file, programme, date.today())
    if as_json:
        out_json(plan_json(found.told, found.warnings))
    else:
        out(*plan_text(found.told, found.warnings, found.live, found.draft, found.days))
    return 3 if detailed_exit_code and found.differs else 0


def apply(file: Path, *, by: str, reason: str, programme: str | None = None, dir_: Dir = HERE) -> None:
    """Make a criteria file live from the next run, and note who did so and why.

    Example: reachwell criteria apply draft.toml --programme social_prescribing --by "J Doe" --reason "June review"

    Parameters
    ----------
    file
        the file; its version must be a new one
    by
        who makes it live
    reason
        why
    programme
        which of the area's programmes it replaces; the file's name unless given
    """
    from reachwell.area import Area
    from reachwell.criteria_history import apply as make_live

    made = make_live(Area.load(dir_), file, by, reason, programme)
    say(f"version {made.version} of {made.programme} is live from the next run" if made else _LIVE_ALREADY)


def history(programme: str | None = None, *, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """What was live when, by whom and why, newest first.

    Example: reachwell criteria history
    """
    from reachwell.area import Area
    from reachwell.catalogue import rows_table
    from reachwell.criteria_history import history as look

    rows = look(Area.load(dir_), programme)
    out_json(rows) if as_json else out(rows_table(rows, "Criteria"))


def rollback(version: str, *, by: str, reason: str = "", programme: str | None = None, dir_: Dir = HERE) -> None:
    """Make an earlier version live again from the next run.

    Example: reachwell criteria rollback 2026.1 --by "J Doe" --reason "twice as many as we can serve"
    """
    from reachwell.area import Area
    from reachwell.criteria_history import rollback as go_back

    made = go_back(Area.load(dir_), version, by, reason, programme)
    say(f"version {made.version} of {made.programme} is live again from the next run" if made else _LIVE_ALREADY)


def assure(
    file: Path | None = None, *, criteria: Path | None = None, programme: str | None = None, dir_: Dir = HERE
) -> None:
    """Check a programme against test patients: facts in, rules and list out. Ends with 1 where one comes out otherwise.

    Examples: reachwell assure
              reachwell assure patients.toml --criteria draft.toml

    Parameters
    ----------
    file
        the test patients; criteria/patients/PROGRAMME.toml of the area, or the shipped ones, unless given
    criteria
        a criteria file to check in place of the live one
    programme
        which programme, where the area has several
    """
    from reachwell.assure import failures, read_patients
    from reachwell.criteria import read
    from reachwell.errors import NotAsExpected
    from reachwell.features import catalogue
    from reachwell.plugs import find_one
    from reachwell.shown import number

    area = plugs_of(dir_)
    features = catalogue(area)
    name = _programme(programme, dir_)
    checked = read(criteria or find_one("criteria", name, area), features)
    patients = read_patients(file or find_one("criteria/patients", name, area), checked, features)
    if wrong := failures(patients, checked, features):
        total = f"{number(len(wrong), 'difference')} from what was expected of {number(len(patients), 'patient')}"
        raise NotAsExpected("\n".join([*wrong, total]))
    say(f"all {len(patients)} patients come out as expected by {checked.name}, version {checked.version}")


def _programme(name: str | None, folder: Path) -> str:
    from reachwell.area import Area
    from reachwell.criteria_history import of_area
    from reachwell.plugs import find

    return of_area(Area.load(folder), name) if plugs_of(folder) else name or next(iter(find("criteria")))
