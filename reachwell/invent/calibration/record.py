"""What is coded of people: conditions, patient activation, and what is rare."""

from datetime import timedelta

import polars as pl

from reachwell.invent.calibration.practices import PRACTICE, Practices, mean, share_of
from reachwell.invent.codes import listed
from reachwell.invent.conditions import CONDITIONS

# Insignia's cut points after rounding to one decimal.
_CUTS = (47.0, 55.1, 72.4)


def prevalence(practices: Practices) -> dict[str, float]:
    """The share of people of whom each condition was ever coded."""
    lists = {each.name: ("long_term_condition", *each.codes) for each in CONDITIONS}
    lists |= {"end of life": ("end_of_life", "", "")}
    lists |= {"social prescribing referral": ("social_prescribing", "referral", "")}
    return {name: share_of(practices.people, practices.coded(*which)) for name, which in lists.items()}


def activation(practices: Practices) -> dict[str, float]:
    """Levels of patient activation of people with conditions who were asked, and their contacts in a year."""
    scored = pl.lit(1.0) + pl.sum_horizontal(pl.col("value") > cut for cut in _CUTS)
    is_level = pl.col("code").is_in(listed("pam", "level"))
    rows = practices.coded("pam").with_columns(level=pl.when(is_level).then("value").otherwise(scored))
    latest = rows.sort("on_date", "level").group_by("patient_id").last().select("patient_id", "level")
    ill = practices.conditions().filter(pl.col("conditions") > 0)
    asked = ill.join(latest, on="patient_id")
    year = practices.counts(PRACTICE, 365).join(asked, on="patient_id")
    found = {f"PAM level {each}": mean(asked["level"] == each) for each in range(1, 5)}
    found |= {f"contacts a year at PAM level {each}": mean(year.filter(level=each)["n"]) for each in range(1, 5)}
    adults = practices.people.filter(pl.col("age") >= 18).join(ill, on="patient_id", how="semi")
    return found | {"PAM recorded, adults with conditions": share_of(adults, latest)}


def seldom(practices: Practices) -> dict[str, float]:
    """Opt-outs, refusals, and social need as far as it is coded."""
    latest = practices.coded("type_1_opt_out").sort("on_date").group_by("patient_id").last()
    out = latest.filter(pl.col("code").is_in(listed("type_1_opt_out", "dissent")))
    lately = pl.col("on_date") > practices.on - timedelta(days=730)
    return {
        "type 1 opt-out": share_of(practices.people, out),
        "social prescribing declined": share_of(practices.people, practices.coded("social_prescribing", "declined")),
        "social need coded in 2 years": share_of(practices.people, practices.coded("social_need").filter(lately)),
    }
