"""SystmOne: how cells are written: dates as words, and minus one where there is no id."""

import polars as pl

from reachwell.invent.formats.supplier import laid_out
from reachwell.invent.formats.systmone.layout import LAYOUT

NO_ID = "-1"


def dated(day: str, time: pl.Series) -> pl.Expr:
    """A day and a time as SystmOne writes them: 05 Jan 2019 14:03:00."""
    return pl.concat_str(pl.col(day).dt.to_string("%d %b %Y"), pl.lit(time), separator=" ")


def sent(table: str, rows: pl.DataFrame, ods: str) -> pl.DataFrame:
    """Rows as a table of the layout, of the practice and not removed; an id they lack is minus one."""
    here = {name: pl.lit(ods) for name in ("IDOrganisationVisibleTo", "IDOrganisation") if name not in rows.columns}
    rows = laid_out(rows.with_columns(**here, RemovedData=pl.lit("0")), LAYOUT[table])
    return rows.with_columns(pl.col("^ID.*$").fill_null(NO_ID))
