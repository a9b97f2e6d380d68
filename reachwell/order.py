"""Order: who comes first on a list, in full and the same way each time."""

import hashlib
from datetime import date

import polars as pl

from reachwell.criteria import Programme
from reachwell.measure import KEY


def ranked(over: pl.DataFrame, first_flagged: pl.DataFrame, programme: Programme, on: date) -> pl.DataFrame:
    """Everybody over the threshold in order: points, then longest on the list, then a keyed lot.

    over: rows of match(). first_flagged: programme, practice_id, patient_id, on_date of earlier nights.
    """
    earlier = first_flagged.filter(pl.col("programme") == programme.id).select(*KEY, "on_date")
    lots = [_lot(programme.id, on, *key) for key in over.select(*KEY).iter_rows()]
    return (
        over.join(earlier, on=KEY, how="left", maintain_order="left")
        .with_columns(
            first_flagged_on=pl.min_horizontal(pl.col("on_date").fill_null(on), pl.lit(on)),
            _lot=pl.Series(lots, dtype=pl.String),
        )
        .sort("practice_id", "points", "first_flagged_on", "_lot", descending=[False, True, False, False])
        .with_columns(rank=place_in_practice())
        .select(*KEY, "rank", "points", "points_if_known", "first_flagged_on")
    )


def place_in_practice() -> pl.Expr:
    """The place of a row among those of its practice, 1 first, as the rows are ordered."""
    return pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("practice_id")


def _lot(programme: str, on: date, practice_id: str, patient_id: str) -> str:
    # Drawn anew each month, so that nobody is last for ever, and alike each night of it.
    key = f"{programme} {on:%Y-%m}".encode()
    return hashlib.blake2b(f"{practice_id} {patient_id}".encode(), key=key[:64], digest_size=16).hexdigest()
