"""Small numbers: what an area user may see of a count of patients."""

import polars as pl

HIDDEN_UP_TO = 7
ROUNDED_TO = 5


def suppressed(count: pl.Expr) -> pl.Expr:
    """A column of counts of patients as an area user may see it.

    0 stays 0; 1 to 7 become null, which is shown as "7 or fewer"; the rest are rounded to 5.
    Source: the thresholds of OpenSAFELY's disclosure control (8 becomes 10, 12 becomes 10, 13 becomes 15).
    """
    rounded = ((count + ROUNDED_TO // 2) // ROUNDED_TO) * ROUNDED_TO
    return pl.when(count == 0).then(0).when(count > HIDDEN_UP_TO).then(rounded).cast(pl.Int64)


def shown_count(count: int | None) -> str:
    """A suppressed count in words."""
    return f"{HIDDEN_UP_TO} or fewer" if count is None else f"{count:,}"
