"""The commands of an area's analyst: parsing and printing only. Heavy imports stay inside the commands."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from reachwell.options import HERE, Dir, plugs_of, programmes_of
from reachwell.terminal import out_text, say

_TUNING = Group("Tuning", sort_key=2)


def add_to(app: App) -> None:
    """Add these commands to the command line."""
    criteria = App(name="criteria", help="Look at, and check, who is looked for.", group=_TUNING)
    criteria.command(check)
    criteria.command(explain)
    criteria.command(schema)
    app.command(criteria)


def check(file: Path, *, dir_: Dir = HERE) -> None:
    """Tell every mistake of a criteria file at once, in words.

    Example: reachwell criteria check criteria/social_prescribing.toml
    """
    from reachwell.criteria import read
    from reachwell.features import catalogue

    programme = read(file, catalogue(plugs_of(dir_)))
    kinds = (("rule", programme.rule), ("exclusion", programme.exclusions), ("other route", programme.route))
    counts = ", ".join(f"{len(each)} {word}{'' if len(each) == 1 else 's'}" for word, each in kinds)
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
