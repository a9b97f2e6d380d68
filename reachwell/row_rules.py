"""Row rules: what a row must be besides its columns' types, in the order in which breaches are told."""

from datetime import timedelta

import polars as pl

from reachwell.manifest import Manifest

_AHEAD = timedelta(days=366)
Rules = list[tuple[str, pl.Expr]]


def patient_rules(manifest: Manifest) -> Rules:
    """The rules of the patient table; each expression is true where a row breaks it."""
    on = manifest.extracted_on
    # That a patient is going to leave may be known beforehand.
    planned = pl.col("deregistered_on") > on + _AHEAD
    every_day = [pl.col(name) for name in ("birth_month", "registered_on", "died_on")]
    month_after = pl.col("registered_on").dt.month_end()
    whole_row = pl.struct(pl.exclude("^_.*$"))
    return [
        (f"practice is not {manifest.practice}", pl.col("practice_id") != manifest.practice),
        (
            "the same patient with different facts",
            (pl.len().over("patient_id") > 1) & (whole_row.n_unique().over("patient_id") > 1),
        ),
        ("dated after the extract", pl.any_horizontal(planned, *[day > on for day in every_day])),
        ("registered before birth", month_after < pl.col("birth_month")),
        ("died before birth", pl.col("died_on") < pl.col("birth_month")),
        ("left before registering", pl.col("deregistered_on") < pl.col("registered_on")),
    ]


def row_rules(table: str, manifest: Manifest) -> Rules:
    """The rules of another table, whose rows carry birth_month, _known and _sent of their patients.

    _known: the patient may be used; _sent: the patient was in the delivery. An event's row also carries
    _spoilt (its code fails its check digit) and its code's lowest and highest value.
    """
    on = manifest.extracted_on
    day = pl.col("on_date")
    written = pl.col("recorded_on") > on if table == "event" else pl.lit(False)
    rules = [
        (f"practice is not {manifest.practice}", pl.col("practice_id") != manifest.practice),
        ("patient is in quarantine", pl.col("_known").is_null() & pl.col("_sent")),
        ("patient is not in the delivery", pl.col("_known").is_null()),
        ("dated after the extract", (day > on) | written),
        ("dated before birth", day < pl.col("birth_month")),
    ]
    if table == "event":
        rules += [
            ("code fails its check digit", pl.col("_spoilt")),
            (
                "value is outside the range of its code",
                (pl.col("value") < pl.col("lowest")) | (pl.col("value") > pl.col("highest")),
            ),
        ]
    return rules
