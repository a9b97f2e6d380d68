"""Who the people are, and with whom they live."""

from datetime import timedelta

import polars as pl

from reachwell.invent.calibration.practices import Practices, mean, total

_BANDS = {"under 18": (0, 18), "18 to 64": (18, 65), "65 to 84": (65, 85), "85 and over": (85, 200)}


def age_and_sex(practices: Practices) -> dict[str, float]:
    """Age, sex, deprivation, and deaths of a year against those who are left."""
    people = practices.people
    died = practices.everybody["died_on"].is_between(practices.on - timedelta(days=364), practices.on)
    return {
        **{f"aged {name}": mean(people["age"].is_between(*ages, closed="left")) for name, ages in _BANDS.items()},
        "women": mean(people["sex"] == "female"),
        "most deprived fifth of areas": mean(people["imd_decile"] <= 2),
        "deaths in a year": total(died) / people.height,
    }


def living(practices: Practices) -> dict[str, float]:
    """Who lives alone, judged by who else is at the address, and how seldom it is coded."""
    alone = (pl.len().over("household_id") == 1) & ~pl.col("care_home")
    people = practices.people.with_columns(alone=alone)
    old = people.filter(pl.col("age") >= 65)
    coded = practices.coded("living_status").group_by("patient_id").agg(pl.col("on_date").max())
    known = old.join(coded, on="patient_id")
    return {
        "women over 65 living alone": mean(old.filter(sex="female")["alone"]),
        "men over 65 living alone": mean(old.filter(sex="male")["alone"]),
        "people living alone": mean(people["alone"]),
        "living status coded, over 65": known.height / max(old.height, 1),
        "coded in the last 5 years, of those": mean(known["on_date"] > practices.on - timedelta(days=1826)),
    }
