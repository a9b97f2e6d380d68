"""Whether a model can find, in what was known at a past date, who will come as an emergency in the year after."""

from datetime import date, timedelta

import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reachwell.invent.calibration.practices import PRACTICE, Practices
from reachwell.invent.history import Tables

OUTCOMES = ("emergency", "admission", "death")
_AGE_ONLY = ["age", "age_squared", "female"]


def discrimination(practices: list[Tables], at: date) -> dict[str, tuple[float, float, float]]:
    """By outcome: how many have it, and the areas under the curve of age and sex, and of all that is known.

    Adults who were on the list for a year at `at`. Logistic regressions are fitted on one half of them and judged on
    the other; an outcome is one in the 365 days after `at`, which the tables must cover.
    """
    known = _known(Practices(practices, at))
    people = _with_outcomes(known, practices, at)
    fitted = pl.int_range(pl.len()) % 2 == 0
    train, test = people.filter(fitted), people.filter(~fitted)
    found = {}
    for outcome in OUTCOMES:
        areas = [_area(train, test, columns, outcome) for columns in (_AGE_ONLY, known.columns[1:])]
        found[outcome] = (float(people[outcome].sum()) / people.height, areas[0], areas[1])
    return found


def _area(train: pl.DataFrame, test: pl.DataFrame, columns: list[str], outcome: str) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train.select(columns).to_numpy(), train[outcome].to_numpy())
    likely = model.predict_proba(test.select(columns).to_numpy())[:, 1]
    return float(roc_auc_score(test[outcome].to_numpy(), likely))


def _known(practices: Practices) -> pl.DataFrame:
    adults = practices.since(365).filter(pl.col("age") >= 18)
    columns = {
        "conditions": practices.conditions().rename({"conditions": "n"}),
        "contacts": practices.counts(PRACTICE, 365),
        "emergencies": practices.counts(["emergency"], 365),
        "admissions": practices.counts(["admission"], 365),
        "missed": practices.contact.filter(status="missed").group_by("patient_id").len("n"),
        "items": _lately(practices.medicine, practices.on).group_by("patient_id").len("n"),
    }
    known = adults.select(
        "patient_id", "age", age_squared=pl.col("age") ** 2, female=(pl.col("sex") == "female").cast(pl.Float64),
        deprived=11.0 - pl.col("imd_decile"),
    )  # fmt: skip
    for name, rows in columns.items():
        counted = rows.select("patient_id", pl.col("n").cast(pl.Float64).log1p().alias(name))
        known = known.join(counted, on="patient_id", how="left").with_columns(pl.col(name).fill_null(0))
    return known.sort("patient_id")


def _lately(rows: pl.DataFrame, on: date) -> pl.DataFrame:
    return rows.filter(pl.col("on_date") > on - timedelta(days=84))


def _with_outcomes(known: pl.DataFrame, practices: list[Tables], at: date) -> pl.DataFrame:
    contact, patient = (pl.concat([each[name] for each in practices]) for name in ("contact", "patient"))
    first, last = at + timedelta(days=1), at + timedelta(days=365)
    contact = contact.filter(pl.col("on_date").is_between(first, last))
    those = {
        "emergency": contact.filter(kind="emergency"),
        "admission": contact.filter(kind="admission"),
        "death": patient.filter(pl.col("died_on").is_between(first, last)),
    }
    ids = {name: rows["patient_id"].unique().implode() for name, rows in those.items()}
    return known.with_columns(pl.col("patient_id").is_in(each).alias(name) for name, each in ids.items())
