"""List hits: how many patients have any code of each code list, against what is published of it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from reachwell import codelists
from reachwell.lake import Snapshot
from reachwell.last_good import LastGood
from reachwell.layers import base_file
from reachwell.outliers import compared
from reachwell.sensitive import PREFIX
from reachwell.small_numbers import for_area

CONDITIONS = "long_term_condition"
HITS = {
    "list": pl.String,
    "category": pl.String,
    "practice_id": pl.String,
    "patients": pl.Int64,
    "registered": pl.Int64,
}
_KEY = ["list", "category"]
_COMPARED = {
    "list": pl.String, "category": pl.String, "patients": pl.Int64, "registered": pl.Int64, "share": pl.Float64,
    "published": pl.Float64, "source": pl.String, "ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "level": pl.String,
}  # fmt: skip


def list_hits(last: LastGood) -> pl.DataFrame:
    """By code list, and condition, and practice, how many of all registered have any code of it ever: rows of HITS.

    Counts are exact, zeros too. category is null for the whole list. Codes later than the index date do not count.
    Lists whose codes or people are taken out of the data (sensitive codes, opt-outs) are left out.
    """
    lists = codelists.read_all(last.area.folder).filter(
        ~pl.col("list").map_elements(_is_taken_out, return_dtype=pl.Boolean)
    )
    whole = lists.select("list", category=pl.lit(None, pl.String)).unique(maintain_order=True)
    parts = lists.filter(pl.col("list") == CONDITIONS, pl.col("category").is_not_null()).select(_KEY).unique()
    wanted = pl.concat([whole, parts.sort("category")])
    people = last.judge([]).matcher.patients.filter("registered")
    frames = [_of_practice(each, last.dates[each.practice_id], people, wanted) for each in last.snapshots]
    return pl.concat([pl.DataFrame(schema=HITS), *frames])


def _is_taken_out(name: str) -> bool:
    return name == codelists.OPT_OUTS or name.startswith(PREFIX)


def _of_practice(snapshot: Snapshot, on: date, people: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    mine = people.filter(pl.col("practice_id") == snapshot.practice_id)
    # A patient's number, by which the derived tables know patients, is the row of the practice's patient file.
    numbers = pl.scan_parquet(base_file(snapshot.path, "patient")).select("patient_id").with_row_index("number")
    registered = numbers.join(mine.lazy().select("patient_id"), on="patient_id").select(
        patient_id=pl.col("number").cast(pl.Int32)
    )
    coded = pl.concat([_rows(snapshot, table, on) for table in ("coded_event", "coded_medicine")])
    hits = coded.unique().join(registered, on="patient_id", how="semi")
    of_list = hits.group_by("list").agg(pl.col("patient_id").n_unique()).with_columns(category=pl.lit(None, pl.String))
    of_part = hits.group_by(_KEY).agg(pl.col("patient_id").n_unique()).filter(pl.col("category").is_not_null())
    counted = pl.concat([each.select(*_KEY, patients=pl.col("patient_id")) for each in (of_list, of_part)]).collect()
    return (
        wanted.join(counted, on=_KEY, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(practice_id=pl.lit(snapshot.practice_id), registered=pl.lit(mine.height))
        .select(pl.col(name).cast(kind) for name, kind in HITS.items())
        .with_columns(pl.col("patients").fill_null(0))
    )


def _rows(snapshot: Snapshot, table: str, on: date) -> pl.LazyFrame:
    rows = pl.scan_parquet(base_file(snapshot.path, table))
    for day in ("on_date", "recorded_on"):
        if day in rows.collect_schema():
            rows = rows.filter(pl.col(day).is_null() | (pl.col(day) <= on))
    return rows.select(*_KEY, "patient_id")


def told_hits(hits: pl.DataFrame) -> pl.DataFrame:
    """Hits over all practices as an area user may see them: list, category, patients and registered.

    Of a list that hits 7 or fewer all categories are hidden.
    """
    added = hits.group_by(_KEY, maintain_order=True).agg(pl.col("patients", "registered").sum())
    few = pl.col("patients").filter(pl.col("category").is_null()).first().over("list").is_between(1, 7)
    groups = added.with_columns(together=pl.when(few).then(pl.lit("")).otherwise("category"))
    seen = for_area(groups, ["patients", "registered"], "nested", ["list", "together"])
    return seen.drop("together")


def against_published(hits: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Hits of told_hits() beside the published figures: share, published, source, ratio with 95% limits, and level.

    level: as compared() tells it, and "warn" for a list that hits nobody. A list of which nothing is published has no
    ratio, and one of several figures a row for each.
    """
    joined = hits.join(published.rename({"share": "published"}), on=_KEY, how="left", nulls_equal=True,
                       maintain_order="left_right")  # fmt: skip
    return pl.DataFrame(list(_told(joined)), schema=_COMPARED)


def _told(joined: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in joined.iter_rows(named=True):
        patients, registered, share = row["patients"], row["registered"], row["published"]
        found = None
        if patients is not None and registered and share is not None:
            found = compared(patients, registered, round(share * row["people"]), row["people"])
        nobody = patients == 0 and row["category"] is None and bool(registered)
        yield {
            **{name: row[name] for name in ("list", "category", "patients", "registered", "published", "source")},
            "share": patients / registered if patients is not None and registered else None,
            "ratio": found.ratio if found else None,
            "low": found.low if found else None,
            "high": found.high if found else None,
            "level": "warn" if nobody else found.level if found else "",
        }
