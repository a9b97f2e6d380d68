"""List hits: how many patients have any code of each code list, against what is published of it."""

from datetime import date
from typing import Any

import polars as pl

from reachwell import codelists
from reachwell.coverage.ratios import Counted, compared
from reachwell.lake import Snapshot
from reachwell.last_good import LastGood
from reachwell.layers import base_file
from reachwell.sensitive import PREFIX
from reachwell.small_numbers import A_FEW, HIDDEN_UP_TO, for_area

CONDITIONS = "long_term_condition"
HITS = {
    "list": pl.String,
    "category": pl.String,
    "practice_id": pl.String,
    "patients": pl.Int64,
    "registered": pl.Int64,
}
_KEY = ["list", "category"]
TOLD = {
    "list": pl.String, "category": pl.String, "patients": pl.Int64, "registered": pl.Int64, "share": pl.Float64,
    "published": pl.Float64, "source": pl.String, "ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "cautious": pl.Boolean, "level": pl.String,
}  # fmt: skip


def list_hits(last: LastGood, published: pl.DataFrame) -> pl.DataFrame:
    """By code list, and condition, and practice, how many of all registered have any code of it ever: rows of HITS.

    Counts are exact, zeros too. category is null for the whole list; beside the conditions there are those categories
    of which something is published (rows of prevalence.PUBLISHED). Codes later than the index date do not count.
    Lists whose codes or people are taken out of the data (sensitive codes, opt-outs) are left out.
    """
    lists = codelists.read_all(last.area.folder).filter(
        ~pl.col("list").map_elements(_is_taken_out, return_dtype=pl.Boolean)
    )
    whole = lists.select("list", category=pl.lit(None, pl.String)).unique(maintain_order=True)
    conditions = lists.filter(pl.col("list") == CONDITIONS).select(_KEY)
    parts = pl.concat([conditions, published.select(_KEY)]).filter(pl.col("category").is_not_null()).unique()
    wanted = pl.concat([whole, parts.sort(_KEY)])
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


def told_hits(hits: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Hits over all practices as an area user may see them, beside what is published: rows of TOLD.

    They follow from what may be told of each practice, so that nothing more is told of anybody: patients is about
    right, and null where it is 7 or fewer. ratio and what follows it are those of ratios.Ratio; level is "warn" too for
    what hits nobody. What nothing is published of has no ratio, and what is published twice a row for each.
    """
    joined = _added(hits).join(
        published.rename({"share": "published"}), on=_KEY, how="left", nulls_equal=True, maintain_order="left_right"
    )
    rows = pl.DataFrame([_row(row) for row in joined.iter_rows(named=True)], schema=TOLD)
    # Of a list that hits a few only no condition is told: one that nobody has would say which those few have.
    is_few = pl.col("patients").filter(pl.col("category").is_null()).first().over("list").is_between(1, HIDDEN_UP_TO)
    kept = rows.filter(~is_few | pl.col("category").is_null())
    seen = for_area(kept, ["patients"], "nested", _KEY)
    return seen.with_columns(share=pl.when(pl.col("patients").is_not_null()).then("share"))


def _added(hits: pl.DataFrame) -> pl.DataFrame:
    """Hits as told of each practice, added up: patients, least, most, registered."""
    seen = for_area(hits, ["patients", "registered"], "nested", [*_KEY, "practice_id"])
    patients = pl.when(pl.col("registered").is_not_null()).then("patients")
    return seen.group_by(_KEY, maintain_order=True).agg(
        patients.fill_null(A_FEW).filter(pl.col("registered").is_not_null()).sum().alias("patients"),
        patients.fill_null(1).filter(pl.col("registered").is_not_null()).sum().alias("least"),
        patients.fill_null(HIDDEN_UP_TO).filter(pl.col("registered").is_not_null()).sum().alias("most"),
        pl.col("registered").sum(),
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    hits = Counted(row["patients"], row["registered"], row["least"], row["most"])
    found = None
    if row["published"] is not None:
        found = compared(hits, Counted.exactly(round(row["published"] * row["people"]), row["people"]))
    told = {name: row[name] for name in ("list", "category", "patients", "registered", "published", "source")}
    told["share"] = row["patients"] / row["registered"] if row["registered"] else None
    if found:
        told |= {name: getattr(found, name) for name in ("ratio", "low", "high", "cautious")}
    nobody = row["registered"] > 0 and not row["patients"]
    return told | {"level": "warn" if nobody else found.level if found else ""}
