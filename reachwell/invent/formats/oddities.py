"""Oddities: rows such as every real extract holds beside the plain ones, made after some of these."""

from collections.abc import Mapping, Sequence

import polars as pl

from reachwell.invent.formats.drawn import one_in, one_of
from reachwell.invent.formats.row_ids import contents

# A code and its system, or neither.
Code = tuple[str, str] | tuple[None, None]


def oddities(rows: pl.DataFrame, kinds: Sequence[str], many: float) -> pl.DataFrame:
    """Copies of one row in so many, each with one more column, `oddity`: in which way it is to be odd."""
    seeds = contents(rows, rows.columns, "oddity")
    chosen = one_in(seeds, many, "chosen")
    return rows.filter(chosen).with_columns(oddity=one_of(seeds[chosen.to_numpy()], kinds, "kind"))


def with_oddities(rows: pl.DataFrame, kinds: Sequence[str], many: float) -> pl.DataFrame:
    """The rows, whose `oddity` is blank, and the oddities made after some of them."""
    return pl.concat([rows, oddities(rows, kinds, many)], how="diagonal")


def with_odd_events(event: pl.DataFrame, codes: Mapping[str, Code], many: float) -> pl.DataFrame:
    """Events with oddities, whose codes are those of their kinds; codes that a spreadsheet spoilt were never sent."""
    event = event.filter(~pl.col("code").str.contains("E+", literal=True))
    rows, odd = with_oddities(event, list(codes), many), pl.col("oddity")
    own, systems = ({kind: code[part] for kind, code in codes.items()} for part in (0, 1))
    return rows.with_columns(
        code=pl.when(odd.is_null()).then("code").otherwise(odd.replace_strict(own, default=None)),
        system=pl.when(odd.is_null()).then("system").otherwise(odd.replace_strict(systems, default=None)),
    )
