"""Sensitive codes: what is never taken over, whoever it is about, by lists that an area may lengthen."""

from pathlib import Path

import polars as pl

from reachwell import codelists
from reachwell.plugs import find

# An area adds a list of its own: sql/codelists/sensitive_NAME.csv.
PREFIX = "sensitive"


def sensitive_codes(area: Path | None) -> pl.DataFrame:
    """The sensitive codes: code and system.

    Those that are shipped always count: an area's file of the same name adds to them. Source: the RCGP's set of
    sensitive codes (fertility treatment, sexually transmitted infection, termination, gender reassignment).
    """
    paths = {path for each in {None, area} for name, path in find("sql/codelists", each).items()
             if name.startswith(PREFIX)}  # fmt: skip
    frames = [codelists.read(path) for path in sorted(paths)]
    return pl.concat([pl.DataFrame(schema=codelists.SCHEMA), *frames]).select("code", "system").unique()


def stripped(events: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Events without those of a sensitive code."""
    return events.join(codes, on=["code", "system"], how="anti", maintain_order="left")
