"""The commands that look into a list before it is changed: parsing and printing only. Heavy imports stay inside."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators

from reachwell.commands.options import HERE, TUNING, AsJson, Dir
from reachwell.terminal import out, out_json, say

Criteria = Annotated[Path | None, Parameter(help="a criteria file to look at in place of the live one")]
Which = Annotated[str | None, Parameter(help="which programme, where the area has several")]


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    app.command(tune, group=TUNING)
    app.command(attrition, group=TUNING)
    app.command(overlap, group=TUNING)


def tune(
    *changes: str, criteria: Criteria = None, programme: Which = None, chart: Path | None = None, dir_: Dir = HERE,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """What one or two numbers of a programme do to its list, over a range of values. Nothing is changed.

    Examples: reachwell tune list.threshold=3..8
              reachwell tune frequent_attendance.contact_days=6..14:2 lives_alone.points=1..3 --chart tune.svg

    Parameters
    ----------
    changes
        RULE.FIELD=FROM..TO[:STEP]; the field is points, a comparison, or a feature that the rule compares
    chart
        an SVG file to draw: list size, what is known, deprivation, overlap with the live list
    """
    from reachwell.area import Area
    from reachwell.tuning.questions import tuned
    from reachwell.tuning.report import tune_text

    found = tuned(Area.load(dir_), changes, criteria, programme)
    if chart:
        from reachwell.tuning.chart import write_chart

        write_chart(found.table, found.now, chart)
        say(f"wrote {chart}")
    if as_json:
        out_json({"in_the_file": found.now, "lists": found.table.to_dicts()})
    else:
        out(*tune_text(found.table, found.now))


def attrition(*, criteria: Criteria = None, programme: Which = None, dir_: Dir = HERE, as_json: AsJson = False) -> None:
    """How the list comes about, step by step, and what it would be if one exclusion, route or rule alone went.

    Example: reachwell attrition
    """
    from reachwell.area import Area
    from reachwell.tuning.questions import attrition_told
    from reachwell.tuning.report import attrition_text

    steps, without = attrition_told(Area.load(dir_), criteria, programme)
    if as_json:
        out_json({"steps": steps.to_dicts(), "without": without.to_dicts()})
    else:
        out(*attrition_text(steps, without))


def overlap(
    *,
    criteria: Criteria = None,
    programme: Which = None,
    most: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 15,
    dir_: Dir = HERE,
    as_json: AsJson = False,
) -> None:
    """Which rules those on the list meet together, the most common combinations first.

    Example: reachwell overlap

    Parameters
    ----------
    most
        how many to print
    """
    from reachwell.area import Area
    from reachwell.tuning.questions import overlap_told
    from reachwell.tuning.report import overlap_text

    found = overlap_told(Area.load(dir_), criteria, programme)
    if as_json:
        out_json({"combinations": found.told.to_dicts(), "others": found.others})
    else:
        out(*overlap_text(found.told, found.others, found.labels, most))
