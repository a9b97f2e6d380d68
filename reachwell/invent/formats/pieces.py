"""Pieces: a practice's tables some of the patients at a time, so that a large one needs no more memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from reachwell.invent.formats.bookings import with_bookings
from reachwell.invent.formats.row_ids import contents
from reachwell.invent.formats.supplier import Tables

# Rows that are worked on at once: as text, with all their columns, some hundred megabytes.
_ROWS = 200_000


@dataclass(frozen=True)
class Night:
    """A practice as of a day."""

    tables: Tables
    on: date


def pieces(*nights: Night, only: pl.Series | None = None) -> Iterator[tuple[Tables, ...]]:
    """The nights' tables, some of the patients at a time, the same ones of each night; only: nobody but these."""
    people = pl.concat([night.tables["patient"].select("patient_id") for night in nights]).unique()
    share = 1.0
    if only is not None:
        share = len(only) / max(people.height, 1)
        people = people.filter(pl.col("patient_id").is_in(only.implode()))
    rows = max(sum(frame.height for frame in night.tables.values()) for night in nights)
    count = 1 + int(share * rows) // _ROWS
    place = pl.Series((contents(people, ["patient_id"], "piece") >> 32) % count)
    for piece in range(count):
        some = people.filter(place == piece)
        yield tuple({name: _of(frame, some) for name, frame in night.tables.items()} for night in nights)


def touched(before: Night, night: Night) -> pl.Series:
    """Of whom a supplier may have something to send: whose rows differ, and whose record speaks of the day itself."""
    found = [_with_changes(before.tables[name], night.tables[name]) for name in night.tables]
    # What was written the day before may have been waiting for its code.
    lately = night.tables["event"].filter(pl.col("recorded_on") >= before.on)["patient_id"]
    booked = [with_bookings(each.tables["patient"], each.on) for each in (before, night)]
    return pl.concat([*found, lately, *booked]).unique()


def _with_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    # Sums do not mind in which order the rows stand.
    sums = [
        frame.select("patient_id", row=frame.hash_rows()).group_by("patient_id").agg(pl.col("row").sum(), rows=pl.len())
        for frame in (before, after)
    ]
    joined = sums[0].join(sums[1], on="patient_id", how="full", coalesce=True)
    same = (pl.col("row") == pl.col("row_right")) & (pl.col("rows") == pl.col("rows_right"))
    return joined.filter(~same.fill_null(False))["patient_id"]


def _of(rows: pl.DataFrame, some: pl.DataFrame) -> pl.DataFrame:
    return rows.join(some, on="patient_id", how="semi", maintain_order="left")
