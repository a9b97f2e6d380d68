"""Practices' tables put together, and what is asked of them again and again."""

from datetime import date, timedelta

import polars as pl

from reachwell.invent.codes import listed
from reachwell.invent.conditions import CONDITIONS
from reachwell.invent.history import Tables
from reachwell.tables import TABLES

PRACTICE = ["gp", "nurse", "other"]


class Practices:
    """Practices as they stand on a day, up to that of their extract.

    everybody: the patient table, with age in years. people: those who are on a list that day.
    """

    def __init__(self, practices: list[Tables], on: date) -> None:
        self.on = on
        whole = {name: pl.concat([each[name] for each in practices]) for name in TABLES}
        self.event, self.contact, self.medicine = (
            whole[name].filter(pl.col("on_date") <= on) for name in ("event", "contact", "medicine")
        )
        self.everybody = whole["patient"].with_columns(age=(on - pl.col("birth_month")).dt.total_days() / 365.25)
        ended = pl.min_horizontal("deregistered_on", "died_on")
        self.people = self.everybody.filter(pl.col("registered_on") <= on, ended.is_null() | (ended > on))

    def since(self, days: int) -> pl.DataFrame:
        """The people who have been on the list for so many days."""
        return self.people.filter(pl.col("registered_on") <= self.on - timedelta(days=days))

    def coded(self, name: str, category: str = "", term: str = "") -> pl.DataFrame:
        """The events whose code is on a list."""
        return self.event.filter(pl.col("code").is_in(listed(name, category, term)))

    def counts(self, kinds: list[str], days: int, until: int = 0) -> pl.DataFrame:
        """Attended contacts within so many days, that ended `until` days ago: patient_id, sex, age and n.

        Of the people who were on the list throughout, and since.
        """
        last = self.on - timedelta(days=until)
        within = pl.col("on_date").is_between(last - timedelta(days=days - 1), last)
        rows = self.contact.filter(within, pl.col("kind").is_in(kinds), status="attended")
        people = self.since(days + until).select("patient_id", "sex", "age")
        counted = people.join(rows.group_by("patient_id").len("n"), on="patient_id", how="left")
        return counted.with_columns(pl.col("n").fill_null(0))

    def conditions(self) -> pl.DataFrame:
        """How many long-term conditions, not resolved, each person has: patient_id and conditions."""
        rows = []
        for category in dict.fromkeys(each.codes[0] for each in CONDITIONS):
            begun, over = (
                self.coded(name, category).group_by("patient_id").agg(pl.col("on_date").max())
                for name in ("long_term_condition", "long_term_condition_resolved")
            )
            # No list of resolutions: whoever has it keeps it.
            if not listed("long_term_condition_resolved", category):
                over = over.clear()
            both = begun.join(over, on="patient_id", how="left", suffix="_over")
            rows.append(both.filter((pl.col("on_date") > pl.col("on_date_over")).fill_null(True)))
        counted = pl.concat(rows).group_by("patient_id").len("conditions")
        return self.people.select("patient_id").join(counted, on="patient_id", how="left").fill_null(0)


def mean(column: pl.Series) -> float:
    """A column's mean, or the share of it that is true; not a number where it is empty."""
    value = column.cast(pl.Float64).mean()
    return value if isinstance(value, float) else float("nan")


def total(column: pl.Series) -> float:
    """A column's sum."""
    return float(column.sum())


def share_of(people: pl.DataFrame, rows: pl.DataFrame) -> float:
    """The share of people of whom there is a row."""
    return people.join(rows, on="patient_id", how="semi").height / max(people.height, 1)
