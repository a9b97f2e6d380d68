"""How much people use: contacts, emergencies and medicines, and how unequally."""

from datetime import timedelta

import polars as pl

from reachwell.codelists import read
from reachwell.invent.calibration.practices import PRACTICE, Practices, mean, share_of, total
from reachwell.plugs import find_one

_AGES = {"under 5": (0, 5), "5 to 17": (5, 18), "18 to 64": (18, 65), "65 to 84": (65, 85), "over 85": (85, 200)}


def consultations(practices: Practices) -> dict[str, float]:
    """Attended contacts with the practice in a year, by age and sex, and the share of appointments missed."""
    year = practices.counts(PRACTICE, 365)
    by_age = {name: year.filter(pl.col("age").is_between(*ages, closed="left")) for name, ages in _AGES.items()}
    booked = practices.contact.filter(pl.col("kind").is_in(PRACTICE))
    return {
        "consultations": mean(year["n"]),
        **{f"consultations, {name}": mean(rows["n"]) for name, rows in by_age.items()},
        "consultations, women": mean(year.filter(sex="female")["n"]),
        "consultations, men": mean(year.filter(sex="male")["n"]),
        "appointments missed": mean(booked["status"] == "missed"),
    }


def multimorbidity(practices: Practices) -> dict[str, float]:
    """Adults with two conditions or more, and their share of GP consultations."""
    adults = practices.counts(["gp"], 365).filter(pl.col("age") >= 18).join(practices.conditions(), on="patient_id")
    several = adults.filter(pl.col("conditions") >= 2)
    share, of_all = several.height / max(adults.height, 1), total(several["n"]) / max(total(adults["n"]), 1)
    return {
        "adults with 2 conditions or more": share,
        "their share of GP consultations": of_all,
        "their consultations, times the mean": of_all / share if share else float("nan"),
    }


def attendance(practices: Practices) -> dict[str, float]:
    """How unequally people come to GPs, and how soon those who come most fall back."""
    year = practices.counts(["gp"], 365)
    three = [_frequent(practices, until) for until in (730, 365, 0)]
    persistent = three[0].join(three[1], on="patient_id", how="semi").join(three[2], on="patient_id", how="semi")
    before, after = (practices.counts(["gp"], 182, until).filter(pl.col("age") >= 18) for until in (182, 0))
    both = before.join(after, on="patient_id", suffix="_after")
    most = _top(both, 0.03)
    return {
        "GP consultations of the top tenth": total(_top(year, 0.1)["n"]) / max(total(year["n"]), 1),
        "frequent attenders for 3 years": persistent.height / max(three[0].height, 1),
        "top 3% attending less in 6 months": mean(most["n_after"] < most["n"]),
    }


def _top(people: pl.DataFrame, share: float) -> pl.DataFrame:
    # People who tie at the cut are told apart by their pseudonyms, which say nothing.
    return people.sort("n", "patient_id", descending=True).head(round(people.height * share))


def _frequent(practices: Practices, until: int) -> pl.DataFrame:
    # Of the adults who were on the list for all three years, a tenth of each sex and age band.
    adults = practices.counts(["gp"], 365, until).join(practices.since(1095), on="patient_id", how="semi")
    adults = adults.filter(pl.col("age") >= 18).with_columns(
        band=(pl.col("age") >= 45).cast(pl.Int8) + (pl.col("age") >= 65)
    )
    return pl.concat([_top(group, 0.1) for _, group in adults.group_by("sex", "band", maintain_order=True)])


def hospital(practices: Practices) -> dict[str, float]:
    """Emergencies and admissions in a year."""
    urgent = practices.counts(["emergency"], 365)
    return {
        "emergencies": mean(urgent["n"]),
        "people with any emergency": mean(urgent["n"] > 0),
        "admissions": mean(practices.counts(["admission"], 365)["n"]),
        "emergencies on Mondays": mean(practices.contact.filter(kind="emergency")["on_date"].dt.weekday() == 1),
    }


def medicines(practices: Practices) -> dict[str, float]:
    """Items, and pounds a head and week and an item, of people who were on the list for a year."""
    people = practices.since(365)
    lately = practices.medicine.filter(pl.col("on_date") > practices.on - timedelta(days=364))
    year = lately.join(people, on="patient_id", how="semi")
    substances = read(find_one("sql/codelists", "psychotropic_medicine")).filter(category="antidepressant")["code"]
    substance = pl.col("name").str.to_lowercase().str.extract("^([a-z]+)")
    pounds = total(year["cost_pence"]) / 100
    return {
        "pounds of medicines a week": pounds / max(people.height, 1) / 52,
        "pounds an item": pounds / max(year.height, 1),
        "people with an antidepressant in a year": share_of(people, year.filter(substance.is_in(substances.implode()))),
    }
