"""Bookings: appointments that are made and cancelled again, some of them still ahead on the extract's day."""

from datetime import date

import numpy as np
import polars as pl

from reachwell.invent.formats.drawn import below, one_in
from reachwell.invent.formats.row_ids import contents, mixed

# Weeks before and after the extract's of which the appointment book is sent; one patient in so many has one a week.
_BEFORE, _AFTER, _PATIENTS = 2, 2, 60
_EPOCH = date(1970, 1, 1).toordinal()


def bookings(patient: pl.DataFrame, on: date) -> pl.DataFrame:
    """Slots with digest, on_date and patient_id, which is blank once the day has come: they were all cancelled.

    patient: with a column `stranger`; who is one has none. A patient who has left or died has none ahead.
    """
    slots = _drawn(patient.filter(pl.col("stranger").is_null()), on)
    is_ahead = (pl.col("on_date") > on) & ~pl.col("gone")
    return slots.select("digest", "on_date", patient_id=pl.when(is_ahead).then("patient_id"))


def with_bookings(patient: pl.DataFrame, on: date) -> pl.Series:
    """The patients of whom there are slots on a day, whether still booked or not."""
    return _drawn(patient, on)["patient_id"].unique()


def _drawn(patient: pl.DataFrame, on: date) -> pl.DataFrame:
    seeds = contents(patient, ["patient_id"], "booking")
    gone = patient.select(pl.any_horizontal(pl.col("deregistered_on", "died_on").is_not_null())).to_series()
    found = []
    # Ordinal 1 was a Monday.
    week = (on.toordinal() - 1) // 7
    for each in range(week - _BEFORE, week + _AFTER + 1):
        drawn = mixed(seeds, f"week {each}")
        days = 1 + 7 * each + below(drawn, 5, "day") - _EPOCH
        slots = pl.DataFrame({"digest": drawn, "on_date": days.astype(np.int32), "patient_id": patient["patient_id"]})
        slots = slots.with_columns(pl.col("on_date").cast(pl.Date), gone=gone)
        found.append(slots.filter(one_in(drawn, _PATIENTS, "chosen")))
    return pl.concat(found)
