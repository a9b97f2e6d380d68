"""The night after: what a day adds to a practice's tables, and what it changes."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from reachwell.invent.arrays import Array, Dice, number
from reachwell.invent.codes import FILLER, listed
from reachwell.invent.history import Tables, history
from reachwell.invent.practice import NOTED_EACH
from reachwell.invent.surgery_days import is_open

_ARRIVED = 3
# What comes on every day of the year, and how many days bring the rest.
_ALWAYS, _OPEN_DAYS = ["emergency", "admission"], 253


def next_night(tables: Tables, ods: str, seed: int, on: date) -> Tables:
    """The same practice's extract a day later: all its rows as they were, and those of day `on`.

    A day's contacts, issues and readings, and three new patients. More than in life happens to those of whom
    most is known, so that the list of even a small practice changes: some are referred, decline, opt out, die
    or leave; others turn out to be of low activation, alone or lonely.
    """
    rng = np.random.default_rng([seed, on.toordinal(), *ods.encode()])
    arrived = history(rng, ods, _ARRIVED, number(on), 0, NOTED_EACH)
    patient = tables["patient"]
    here = patient.filter(pl.col("deregistered_on").is_null(), pl.col("died_on").is_null())
    few, known = 2 + here.height // 3000, _best_known(tables, here, on)
    referred, declined, opted, died, left = np.array_split(rng.permutation(known[: 5 * few]), 5)
    low, alone, lonely = np.array_split(rng.permutation(known[15 * few : 21 * few]), 3)
    told = [
        _told(referred, "social_prescribing", "referral"),
        _told(declined, "social_prescribing", "declined"),
        _told(opted, "type_1_opt_out", "dissent"),
        _told(low, "pam", "level", 1.0),
        _told(alone, "living_status", "alone"),
        _told(lonely, "social_need", "loneliness"),
    ]
    later = {name: _usual_day(rng, tables[name], here, on) for name in ("event", "contact", "medicine")}
    later["event"] = pl.concat([later["event"], *told], how="diagonal").with_columns(
        practice_id=pl.lit(ods), system=pl.lit("snomed"), on_date=on, recorded_on=on
    )
    gone = pl.col("patient_id").is_in
    ended = patient.with_columns(
        died_on=pl.when(gone(pl.Series(died, dtype=pl.String).implode())).then(on).otherwise("died_on"),
        deregistered_on=pl.when(gone(pl.Series(left, dtype=pl.String).implode())).then(on).otherwise("deregistered_on"),
    )
    return {
        "patient": pl.concat([ended, arrived["patient"]]),
        **{name: _added(tables[name], new, arrived[name]) for name, new in later.items()},
    }


def _added(rows: pl.DataFrame, *new: pl.DataFrame) -> pl.DataFrame:
    # A row that repeats another says nothing new.
    return pl.concat([rows, pl.concat(new).unique(maintain_order=True)])


def _best_known(tables: Tables, here: pl.DataFrame, on: date) -> pl.Series:
    # Adults, likeliest on the list first: of whom the criteria know most. None who was referred or opted out.
    event, lately = tables["event"], pl.col("on_date") > on - timedelta(days=365)
    signs = listed("social_need") + listed("pam") + listed("living_status", "alone")
    done = event.filter(pl.col("code").is_in(listed("social_prescribing") + listed("type_1_opt_out")))
    known = [event.filter(lately, pl.col("code").is_in(signs)), tables["contact"].filter(lately)]
    often = pl.col("kind").count()
    return (
        pl.concat(known, how="diagonal")
        .group_by("patient_id")
        .agg(signs=pl.col("code").drop_nulls().n_unique() + (often > 12).cast(pl.UInt32), often=often)
        .join(here.filter(pl.col("birth_month") < on - timedelta(days=19 * 366)), on="patient_id", how="semi")
        .join(done, on="patient_id", how="anti")
        .sort("signs", "often", "patient_id", descending=True)["patient_id"]
    )


def _usual_day(rng: Dice, rows: pl.DataFrame, here: pl.DataFrame, on: date) -> pl.DataFrame:
    # A day brings what such a day of the last year brought: of events only those that are on no list, and on days
    # on which the practice is closed only emergencies and admissions.
    lately = pl.col("on_date") > on - timedelta(days=365)
    year = rows.filter(lately, pl.col("patient_id").is_in(here["patient_id"].implode()))
    if "value" in year.columns:
        year = year.filter(pl.col("code").is_in([code for code, *_ in FILLER]))
    always = pl.col("kind").is_in(_ALWAYS) if "kind" in year.columns else pl.lit(False)
    parts = [(year.filter(always), 365)] + ([(year.filter(~always), _OPEN_DAYS)] if is_open(on) else [])
    some = [part[np.sort(rng.choice(part.height, part.height // days, replace=False))] for part, days in parts]
    return pl.concat(some).with_columns(on_date=on)


def _told(who: Array, name: str, category: str, value: float | None = None) -> pl.DataFrame:
    facts = pl.DataFrame({"patient_id": who}, schema={"patient_id": pl.String})
    return facts.with_columns(code=pl.lit(listed(name, category)[0]), value=pl.lit(value, pl.Float64))
