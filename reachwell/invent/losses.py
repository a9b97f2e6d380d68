"""Losses: what a night takes away: rows that were wrong, and now and then a patient with all of theirs."""

from datetime import date

import numpy as np
import polars as pl

from reachwell.invent.history import Tables

# One row in so many of a table is taken back in a night, at least one; and a patient every so many nights.
_ROWS, _NIGHTS = 100_000, 2


def with_losses(tables: Tables, ods: str, seed: int, on: date) -> Tables:
    """The tables without what turned out wrong on a day; the same arguments give the same frames."""
    rng = np.random.default_rng([seed, on.toordinal(), *ods.encode(), len(ods)])
    patient = tables["patient"]
    gone = patient["patient_id"].gather(rng.choice(patient.height, int(rng.random() * _NIGHTS < 1), replace=False))
    found = {"patient": patient}
    for name in tables.keys() - {"patient"}:
        rows = tables[name].with_row_index("_place")
        lost = rng.choice(rows.height, min(rows.height, 1 + rows.height // _ROWS), replace=False)
        found[name] = rows.filter(~pl.col("_place").is_in(lost.tolist())).drop("_place")
    return {name: frame.filter(~pl.col("patient_id").is_in(gone.implode())) for name, frame in found.items()}
